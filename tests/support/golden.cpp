#include "tests/support/golden.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>

namespace lexicell::testing_support {

namespace fs = std::filesystem;

const HostTensor& GoldenCase::tensor(const std::string& file, const std::string& tensor) const {
    if (!has(file, tensor)) throw std::runtime_error(fmt::format("{}/{}: no tensor '{}' in {}.safetensors", model, name, tensor, file));
    return files.at(file).at(tensor);
}

bool GoldenCase::has(const std::string& file, const std::string& tensor) const {
    const auto found = files.find(file);
    return found != files.end() && found->second.contains(tensor);
}

std::vector<fs::path> golden_case_folders(const std::string& model) {
    std::vector<fs::path> folders;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(golden_folder() / model, missing))
        if (fs::exists(entry.path() / "case.json")) folders.push_back(entry.path());
    std::sort(folders.begin(), folders.end());
    if (folders.empty()) folders.emplace_back();
    return folders;
}

GoldenCase load_golden_case(const fs::path& folder) {
    GoldenCase golden{.model = folder.parent_path().filename().string(), .name = folder.filename().string(), .folder = folder};
    std::ifstream stream(folder / "case.json");
    golden.description = nlohmann::ordered_json::parse(stream);
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.path().extension() == ".safetensors")
            golden.files[entry.path().stem().string()] = read_safetensors(entry.path(), {.as_data = true, .allow_nonfinite = true}).tensors;
    return golden;
}

std::string golden_case_name(const testing::TestParamInfo<fs::path>& info) {
    std::string name = info.param.empty() ? "none" : info.param.filename().string();
    for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
    return fmt::format("{}_{}", name, info.index);
}

bool glob_matches(std::string_view glob, std::string_view text) {
    if (glob.empty()) return text.empty();
    if (glob[0] != '*') return !text.empty() && glob[0] == text[0] && glob_matches(glob.substr(1), text.substr(1));
    for (std::size_t taken = 0; taken <= text.size(); ++taken)
        if (glob_matches(glob.substr(1), text.substr(taken))) return true;
    return false;
}

void GoldenTest::SetUp() {
    if (GetParam().empty()) GTEST_SKIP() << "skipped: no shared data";
    golden_ = load_golden_case(GetParam());
}

Comparison::Comparison(const GoldenCase& golden) : golden_(golden) {
    if (const auto outputs = golden.files.find("outputs"); outputs != golden.files.end())
        for (const auto& [name, tensor] : outputs->second) listed_.insert(name);
    // Two forms: a list of {file, name}, or file -> list of {name}.
    const auto add = [&](const std::string& file, const nlohmann::ordered_json& entry) {
        if (file == "outputs" || file == "outputs.safetensors") listed_.insert(entry.at("name").get<std::string>());
    };
    const auto tensors = golden.description.find("tensors");
    if (tensors == golden.description.end()) return;
    if (tensors->is_array()) {
        for (const auto& entry : *tensors) add(entry.at("file"), entry);
    } else {
        for (const auto& [file, entries] : tensors->items())
            for (const auto& entry : entries) add(file, entry);
    }
}

Comparison::~Comparison() {
    if (!finished_ && std::uncaught_exceptions() == 0 && !testing::Test::HasFatalFailure() && !testing::Test::IsSkipped()) finish();
}

Comparison::Rule Comparison::rule_of(const std::string& name) const {
    const nlohmann::ordered_json* best = nullptr;  // the file's order counts: the first match wins
    for (const auto& [glob, rule] : golden_.description.at("compare").items())
        if (!best && glob_matches(glob, name)) best = &rule;
    if (!best) throw std::runtime_error(fmt::format("{}/{}: no rule for '{}'", golden_.model, golden_.name, name));
    if (best->is_string()) {
        if (*best == "exact") return {Rule::Kind::exact};
        if (*best == "skip") return {Rule::Kind::skip};
        return {Rule::Kind::words};
    }
    if (best->contains("overlap")) return {Rule::Kind::overlap, best->at("overlap")};
    if (best->contains("abs")) return {Rule::Kind::absolute, best->at("abs")};
    Rule rule{Rule::Kind::relative, best->at("rel")};
    const std::string scale = best->value("scale", "element");
    if (scale == "tensor") rule.scale = Rule::Scale::tensor;
    else if (scale == "component") rule.scale = Rule::Scale::component;
    else if (scale != "element") throw std::runtime_error("an unknown scale of comparison: " + scale);
    const std::string on = best->value("on", "value");
    if (on != "value" && on != "log10") throw std::runtime_error("an unknown function of comparison: " + on);
    rule.log10 = on == "log10";
    return rule;
}

const HostTensor* Comparison::expect(const std::string& name, const std::vector<std::int64_t>& shape) {
    if (!listed_.contains(name)) {
        ADD_FAILURE() << golden_.model << "/" << golden_.name << ": '" << name << "' is not an output of this case";
        return nullptr;
    }
    checked_.insert(name);
    if (rule_of(name).kind == Rule::Kind::skip) return nullptr;
    if (!golden_.has("outputs", name)) {
        ADD_FAILURE() << golden_.model << "/" << golden_.name << ": '" << name << "' is listed, but not in outputs.safetensors";
        return nullptr;
    }
    const HostTensor& expected = golden_.output(name);
    if (shape != expected.shape) {
        ADD_FAILURE() << golden_.model << "/" << golden_.name << ": '" << name << "' has shape " << testing::PrintToString(shape)
                      << ", expected " << testing::PrintToString(expected.shape);
        return nullptr;
    }
    return &expected;
}

template <class Number, class Bound>
void Comparison::report(const std::string& name, const std::vector<Number>& actual, const std::vector<Number>& expected, Bound bound) {
    if (actual.size() != expected.size()) {
        ADD_FAILURE() << golden_.model << "/" << golden_.name << ": '" << name << "' has " << actual.size() << " elements, expected " << expected.size();
        return;
    }
    std::size_t outside = 0, worst = 0;
    double worst_excess = -1;
    for (std::size_t i = 0; i < actual.size(); ++i) {
        // NaN equals NaN, an infinity itself.
        if (actual[i] == expected[i] || (std::isnan(static_cast<double>(actual[i])) && std::isnan(static_cast<double>(expected[i])))) continue;
        const double distance = std::abs(static_cast<double>(actual[i]) - static_cast<double>(expected[i]));
        // Large integers may differ and still be one double; infinities have an infinite tolerance.
        if (bound(i) > 0 && std::isfinite(distance) && distance <= bound(i)) continue;
        ++outside;
        const double excess = std::isfinite(distance) ? distance / std::max(bound(i), 1e-300) : HUGE_VAL;
        if (excess > worst_excess) {
            worst_excess = excess;
            worst = i;
        }
    }
    if (outside)
        ADD_FAILURE() << fmt::format("{}/{}: '{}': {} of {} elements outside the tolerance; the worst is element {}: {} for {}, allowed distance {:.3g}",
                                     golden_.model, golden_.name, name, outside, actual.size(), worst, actual[worst], expected[worst], bound(worst));
}

void Comparison::check_overlap(const std::string& name, const std::vector<double>& actual, const std::vector<double>& expected, double share) {
    double equal = 0, in_actual = 0, in_expected = 0;
    for (std::size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) {
        in_actual += actual[i] != 0;
        in_expected += expected[i] != 0;
        equal += actual[i] != 0 && actual[i] == expected[i];
    }
    const double larger = std::max(in_actual, in_expected);
    if (actual.size() != expected.size() || equal < share * larger)
        ADD_FAILURE() << fmt::format("{}/{}: '{}': {} marked elements agree of {} and {} expected, which is less than {}", golden_.model,
                                     golden_.name, name, equal, in_actual, in_expected, share);
}

void Comparison::check_reals(const std::string& name, const std::vector<double>& actual, const std::vector<std::int64_t>& shape) {
    const HostTensor* tensor = expect(name, shape);
    if (!tensor) return;
    const Rule rule = rule_of(name);
    std::vector<double> expected = tensor->to_double(), values = actual;
    if (rule.kind == Rule::Kind::overlap) return check_overlap(name, values, expected, rule.bound);
    const auto exactly = [](std::size_t) { return 0.0; };
    if (!is_real_dtype(tensor->dtype) || rule.kind == Rule::Kind::exact || rule.kind == Rule::Kind::words)
        return report(name, values, expected, exactly);
    if (rule.kind == Rule::Kind::absolute) return report(name, values, expected, [&](std::size_t) { return rule.bound; });

    if (rule.log10)
        for (auto* both : {&values, &expected})
            for (double& value : *both) value = std::log10(value);
    // A block is what one "largest value" scales: the tensor, or a component (the last axis; all of a vector).
    const std::size_t blocks = rule.scale == Rule::Scale::component && shape.size() > 1 ? static_cast<std::size_t>(shape.back()) : 1;
    std::vector<double> largest(blocks, rule.scale == Rule::Scale::tensor ? 1.0 : 0.0);
    for (std::size_t i = 0; i < expected.size(); ++i)
        if (std::isfinite(expected[i])) largest[i % blocks] = std::max(largest[i % blocks], std::abs(expected[i]));
    report(name, values, expected, [&](std::size_t i) {
        return rule.bound * (rule.scale == Rule::Scale::element ? std::max(1.0, std::abs(expected[i])) : largest[i % blocks]);
    });
}

void Comparison::check_integers(const std::string& name, const std::vector<std::int64_t>& actual, const std::vector<std::int64_t>& shape) {
    const auto outputs = golden_.files.find("outputs");
    const bool integer = golden_.has("outputs", name) && !is_real_dtype(outputs->second.at(name).dtype);
    if (!integer || rule_of(name).kind == Rule::Kind::overlap) return check_reals(name, {actual.begin(), actual.end()}, shape);
    if (const HostTensor* tensor = expect(name, shape)) report(name, actual, tensor->to_int64(), [](std::size_t) { return 0.0; });
}

void Comparison::check(const std::string& name, const HostTensor& actual) {
    if (is_real_dtype(actual.dtype)) check_reals(name, actual.to_double(), actual.shape);
    else check_integers(name, actual.to_int64(), actual.shape);
}

void Comparison::check_value(const std::string& name, double actual) {
    const std::vector<std::int64_t> shape = golden_.has("outputs", name) ? golden_.output(name).shape : std::vector<std::int64_t>{};
    check_reals(name, {actual}, shape);
}

void Comparison::checked_by_test(const std::string& name) {
    if (rule_of(name).kind != Rule::Kind::words)
        ADD_FAILURE() << golden_.model << "/" << golden_.name << ": '" << name << "' has a rule that check() applies";
    checked_.insert(name);
}

void Comparison::leave(const std::string& glob, const std::string& reason) {
    for (const std::string& name : listed_)
        if (glob_matches(glob, name)) checked_.insert(name);
    testing::Test::RecordProperty("left " + glob, reason);
}

std::vector<std::string> Comparison::unchecked() const {
    std::vector<std::string> names;
    for (const std::string& name : listed_)
        if (!checked_.contains(name) && rule_of(name).kind != Rule::Kind::skip) names.push_back(name);
    return names;
}

void Comparison::finish() {
    finished_ = true;
    const auto names = unchecked();
    if (!names.empty())
        ADD_FAILURE() << golden_.model << "/" << golden_.name << ": " << names.size() << " outputs were not compared: " << testing::PrintToString(names);
}

}  // namespace lexicell::testing_support
