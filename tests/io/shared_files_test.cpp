// Every file and folder of the shared data and its expected outcome (formats.md 9, the README of the data): the folder is
// walked, so that a file without an expectation fails. The table is shared_files.tsv.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "lexicell/io/read.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

namespace fs = std::filesystem;

std::string name_of(const fs::path& path, const fs::path& root) {
    return fs::relative(path, root).string() + (fs::is_directory(path) ? "/" : "");
}

// "cells genes stored sum warnings", or "R<exit code> type".
std::string outcome_of(const fs::path& path) {
    RecordingSink sink;
    std::string out;
    try {
        const Dataset data = read_dataset(path, {}, sink);
        out = fmt::format("loads\t{}\t{}\t", data.cells(), data.genes());
        if (data.x) {
            double sum = 0;
            const auto add = [&](float value) { if (std::isfinite(value)) sum += value; };
            const auto stored = std::visit([&](const auto& m) { std::ranges::for_each(m.values, add); return m.values.size(); }, *data.x);
            out += fmt::format("{}\t{:.9g}", stored, sum);
        } else {
            out += "-\t-";
        }
    } catch (const Error& error) {
        const ErrorDetail& detail = error.detail();
        const std::string sentence = error.what();
        EXPECT_FALSE(detail.hint.empty()) << sentence;
        EXPECT_TRUE(detail.file.starts_with(path.string())) << sentence;
        EXPECT_NE(sentence.find(detail.file), std::string::npos) << sentence;
        EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
        out = fmt::format("R{}\t{}\t\t\t", error.exit_code(), detail.type);
    }
    std::map<std::string, std::uint64_t> warnings;
    for (const Warning& warning : sink.warnings) warnings[warning.name] += warning.count;
    std::string list;
    for (const auto& [name, count] : warnings) list += fmt::format("{}{} {}", list.empty() ? "" : ", ", name, count);
    return out + "\t" + list;
}

std::map<std::string, std::string> expected_outcomes() {
    std::map<std::string, std::string> out;
    std::ifstream in(LEXICELL_SOURCE_DIR "/tests/io/shared_files.tsv");
    for (std::string line; std::getline(in, line);) {
        const std::size_t tab = line.find('\t');
        if (!line.empty() && line[0] != '#') out[line.substr(0, tab)] = line.substr(tab + 1);
    }
    return out;
}

TEST(GoldenSharedFiles, EveryOneHasItsExpectedOutcome) {
    const fs::path root = testing_support::shared_folder() / "data";
    LEXICELL_NEEDS(root);
    std::map<std::string, std::string> expected = expected_outcomes();
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (entry.path().filename() == "README.md") continue;
        const std::string name = name_of(entry.path(), root);
        const auto row = expected.find(name);
        if (row == expected.end() && entry.is_directory()) {
            EXPECT_EQ(outcome_of(entry.path()), "R3\tfolder-without-matrix\t\t\t\t") << name;
            continue;
        }
        if (row == expected.end()) {
            ADD_FAILURE() << "no expectation for\n" << name << "\t" << outcome_of(entry.path());
            continue;
        }
        EXPECT_EQ(outcome_of(entry.path()), row->second) << name;
        expected.erase(row);
    }
    for (const auto& [name, row] : expected) ADD_FAILURE() << "the table names " << name << ", which is not there";
}

}  // namespace
}  // namespace lexicell
