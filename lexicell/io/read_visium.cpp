#include "lexicell/io/read_visium.h"

#include <array>
#include <cmath>
#include <fstream>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/io/delimited.h"
#include "lexicell/io/number_text.h"
#include "lexicell/io/read_10x_h5.h"

namespace lexicell {

namespace fs = std::filesystem;

namespace {

std::optional<fs::path> first_existing(const fs::path& folder, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (fs::is_regular_file(folder / name)) return folder / name;
    return std::nullopt;
}

std::optional<fs::path> matrix_of(const fs::path& folder) {
    return first_existing(folder, {"filtered_feature_bc_matrix.h5", "raw_feature_bc_matrix.h5"});
}
std::optional<fs::path> positions_of(const fs::path& folder) {
    return first_existing(folder, {"spatial/tissue_positions.csv", "tissue_positions.csv", "spatial/tissue_positions_list.csv", "tissue_positions_list.csv"});
}

struct Spot {
    bool in_tissue = false;
    std::int64_t row = 0, col = 0;
    double x = 0, y = 0;  // pixels of the full image
};

std::unordered_map<std::string, Spot> read_positions(const fs::path& path) {
    DelimitedReader reader(path, {.delimiter = ','});
    std::unordered_map<std::string, Spot> spots;
    std::vector<std::string_view> fields;
    bool first = true;
    while (reader.next(fields)) {
        if (fields.size() != 6)
            reader.refuse("table-width", "a spot has another number of fields", fmt::format("{}", fields.size()),
                          "barcode, in_tissue, array row, array column, pixel row, pixel column");
        if (std::exchange(first, false) && fields[0] == "barcode") continue;
        std::array<double, 5> numbers{};
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            const auto number = parse_number(fields[i + 1]);
            const bool whole = i < 3;
            if (!number || !std::isfinite(*number) || std::abs(*number) > 1e9 || (whole && *number != std::floor(*number)))
                reader.refuse("not-a-number", "a position is not a number", std::string(fields[i + 1].substr(0, 50)));
            numbers[i] = *number;
        }
        const Spot spot{numbers[0] != 0, static_cast<std::int64_t>(numbers[1]), static_cast<std::int64_t>(numbers[2]), numbers[4], numbers[3]};
        if (!spots.emplace(fields[0], spot).second) reader.refuse("spot-twice", "a barcode has two positions", std::string(fields[0].substr(0, 50)));
    }
    return spots;
}

Dict read_scale_factors(const fs::path& path) {
    const auto refuse = [&](std::string message) {
        throw Error(ErrorKind::unreadable, {.type = "scalefactors", .message = std::move(message), .file = path.string(), .hint = "get the file again"});
    };
    std::string text;
    TextSource source(path);
    for (std::string_view line; source.next_line(line);) text += line;
    if (text.size() > 1 << 20) refuse("the scale factors are too long");
    const auto parsed = nlohmann::json::parse(text, nullptr, false);
    if (!parsed.is_object()) refuse("the scale factors are not a JSON object");
    Dict out;
    for (const auto& [name, value] : parsed.items()) {
        if (!value.is_number()) refuse(fmt::format("'{}' is not a number", name));
        out[name] = Value{value.get<double>()};
    }
    return out;
}

}  // namespace

bool is_visium_folder(const fs::path& folder) { return fs::is_directory(folder) && matrix_of(folder) && positions_of(folder); }

Dataset read_visium(const fs::path& folder, const ReadOptions& options, Sink& sink) {
    const auto matrix = matrix_of(folder), positions = positions_of(folder);
    if (!matrix || !positions)
        throw Error(ErrorKind::unreadable, {.type = "visium-incomplete", .message = "the folder lacks a matrix or positions", .file = folder.string(),
                                            .expected = "filtered_feature_bc_matrix.h5 and spatial/tissue_positions.csv"});
    Dataset out = read_10x_h5(*matrix, options, sink);
    const auto spots = read_positions(*positions);
    std::vector<bool> in_tissue;
    std::vector<std::int64_t> rows, cols;
    DenseMatrix places(out.cells(), 2);
    for (std::int64_t c = 0; c < out.cells(); ++c) {
        const auto spot = spots.find(out.obs.index[c]);
        if (spot == spots.end())
            throw Error(ErrorKind::unreadable, {.type = "spot-missing", .message = "a spot of the matrix has no position", .file = positions->string(),
                                                .expected = out.obs.index[c], .hint = "take matrix and positions from one run"});
        in_tissue.push_back(spot->second.in_tissue);
        rows.push_back(spot->second.row);
        cols.push_back(spot->second.col);
        places(c, 0) = static_cast<float>(spot->second.x);
        places(c, 1) = static_cast<float>(spot->second.y);
    }
    out.obs.set("in_tissue", {.values = std::move(in_tissue)});
    out.obs.set("array_row", {.values = std::move(rows)});
    out.obs.set("array_col", {.values = std::move(cols)});
    out.obsm["spatial"] = std::move(places);
    if (const auto scales = first_existing(folder, {"spatial/scalefactors_json.json", "scalefactors_json.json"})) {
        Dict library;
        library["scalefactors"] = Value{read_scale_factors(*scales)};
        Dict libraries;
        libraries[fs::absolute(folder / ".").lexically_normal().parent_path().filename().string()] = Value{std::move(library)};
        out.uns["spatial"] = Value{std::move(libraries)};
    }
    sink.info(fmt::format("{} of {} spots joined by barcode", out.cells(), spots.size()));
    return out;
}

}  // namespace lexicell
