#include "lexicell/prep/covariates.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"

namespace lexicell {

namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

const Column& column_of(const Frame& obs, const std::string& name) {
    if (const Column* column = obs.find(name)) return *column;
    std::string present;
    for (const auto& [other, column] : obs.columns) present += (present.empty() ? "" : ", ") + other;
    throw Error(ErrorKind::precondition, {.type = "missing-column", .message = "the covariate is not a column of obs",
                                          .key = "obs/" + name, .found = present});
}

// Every row as a number, NaN where missing or not finite; nothing when the column is not numeric.
std::optional<std::vector<double>> numbers(const Column& column) {
    std::vector<double> out(column.size(), kMissing);
    for (std::int64_t r = 0; r < column.size(); ++r) {
        if (column.is_missing(r)) continue;
        double value = 0;
        if (const auto* reals = std::get_if<std::vector<double>>(&column.values)) value = (*reals)[r];
        else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&column.values)) value = static_cast<double>((*integers)[r]);
        else if (const auto* flags = std::get_if<std::vector<bool>>(&column.values)) value = (*flags)[r];
        else {
            const std::string text = column.text(r);
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
            if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
        }
        if (std::isfinite(value)) out[r] = value;
    }
    return out;
}

std::vector<double> numbers_or_refuse(const Column& column, const std::string& name) {
    if (auto values = numbers(column)) return *std::move(values);
    throw Error(ErrorKind::precondition, {.type = "not-numeric", .message = "a continuous covariate must hold numbers",
                                          .key = "obs/" + name, .hint = "name it as a categorical covariate"});
}

[[noreturn]] void refuse_empty(const std::string& name) {
    throw Error(ErrorKind::precondition, {.type = "empty-covariate", .message = "the covariate has no value in any training cell",
                                          .key = "obs/" + name, .hint = "leave it out"});
}

void warn(Sink& sink, const char* name, std::uint64_t count, const std::string& detail) {
    if (count > 0) sink.warn({name, count, detail});
}

}  // namespace

std::int64_t CovariateEncoder::width() const {
    std::size_t out = continuous.size();
    for (const OneHot& block : categorical) out += block.categories.size();
    return static_cast<std::int64_t>(out);
}

std::vector<std::string> CovariateEncoder::column_names() const {
    std::vector<std::string> out;
    for (const OneHot& block : categorical)
        for (const std::string& category : block.categories) out.push_back(block.name + "=" + category);
    for (const ZScore& z : continuous) out.push_back(z.name);
    return out;
}

CovariateEncoder fit_covariates(const Frame& obs, const CovariateOptions& options) {
    CovariateEncoder out;
    for (const std::string& name : options.categorical) {
        const Column& column = column_of(obs, name);
        CovariateEncoder::OneHot block{.name = name};
        for (std::int64_t r = 0; r < column.size(); ++r)
            if (!column.is_missing(r)) block.categories.push_back(column.text(r));
        std::ranges::sort(block.categories);
        block.categories.erase(std::unique(block.categories.begin(), block.categories.end()), block.categories.end());
        if (block.categories.empty()) refuse_empty(name);
        out.categorical.push_back(std::move(block));
    }
    for (const std::string& name : options.continuous) {
        std::vector<double> values = numbers_or_refuse(column_of(obs, name), name);
        std::erase_if(values, [](double v) { return std::isnan(v); });
        if (values.empty()) refuse_empty(name);
        // Ascending, so that the order of the cells does not show in the last bit.
        std::ranges::sort(values);
        double sum = 0, squares = 0;
        for (const double v : values) sum += v;
        const double mean = sum / static_cast<double>(values.size());
        for (const double v : values) squares += (v - mean) * (v - mean);
        const double sd = std::sqrt(squares / static_cast<double>(values.size()));
        out.continuous.push_back({name, mean, sd > 1e-12 * std::abs(mean) ? sd : 1.0});
    }
    return out;
}

DenseMatrix encode_covariates(const CovariateEncoder& encoder, const Frame& obs, Sink& sink) {
    DenseMatrix out(obs.rows(), encoder.width());
    std::int64_t first = 0;
    for (const auto& block : encoder.categorical) {
        const auto width = static_cast<std::int64_t>(block.categories.size());
        if (const Column* column = obs.find(block.name)) {
            std::map<std::string_view, std::int64_t> position;
            for (std::int64_t k = 0; k < width; ++k) position.emplace(block.categories[k], k);
            std::uint64_t missing = 0, unseen = 0;
            std::string example;
            for (std::int64_t r = 0; r < out.rows; ++r) {
                if (column->is_missing(r)) {
                    ++missing;
                    continue;
                }
                const std::string text = column->text(r);
                if (const auto it = position.find(text); it != position.end()) {
                    out(r, first + it->second) = 1;
                } else {
                    if (unseen++ == 0) example = text;
                }
            }
            warn(sink, "unseen-category", unseen, fmt::format("obs/{}: e.g. {}", block.name, example));
            warn(sink, "missing-category", missing, "obs/" + block.name);
        } else {
            warn(sink, "absent-covariate", 1, "obs/" + block.name);
        }
        first += width;
    }
    for (const auto& z : encoder.continuous) {
        if (const Column* column = obs.find(z.name)) {
            const std::vector<double> values = numbers_or_refuse(*column, z.name);
            std::uint64_t missing = 0;
            for (std::int64_t r = 0; r < out.rows; ++r) {
                if (std::isnan(values[r])) ++missing;
                else out(r, first) = static_cast<float>((values[r] - z.mean) / z.sd);
            }
            warn(sink, "missing-covariate", missing, fmt::format("obs/{}: taken as the training mean", z.name));
        } else {
            warn(sink, "absent-covariate", 1, "obs/" + z.name);
        }
        ++first;
    }
    return out;
}

std::string to_json(const CovariateEncoder& encoder) {
    nlohmann::json out = {{"categorical", nlohmann::json::array()}, {"continuous", nlohmann::json::array()}};
    for (const auto& block : encoder.categorical) out["categorical"].push_back({{"name", block.name}, {"categories", block.categories}});
    for (const auto& z : encoder.continuous) out["continuous"].push_back({{"name", z.name}, {"mean", z.mean}, {"sd", z.sd}});
    return out.dump();
}

CovariateEncoder covariates_from_json(std::string_view text) {
    try {
        const nlohmann::json json = nlohmann::json::parse(text);
        CovariateEncoder out;
        for (const auto& block : json.at("categorical"))
            out.categorical.push_back({block.at("name").get<std::string>(), block.at("categories").get<std::vector<std::string>>()});
        for (const auto& z : json.at("continuous")) {
            out.continuous.push_back({z.at("name").get<std::string>(), z.at("mean").get<double>(), z.at("sd").get<double>()});
            if (!(out.continuous.back().sd > 0)) throw Error(ErrorKind::model, {.type = "bad-covariates", .message = "a standard deviation must be positive"});
        }
        return out;
    } catch (const nlohmann::json::exception& error) {
        throw Error(ErrorKind::model, {.type = "bad-covariates", .message = "not a covariate encoder", .found = error.what()});
    }
}

}  // namespace lexicell
