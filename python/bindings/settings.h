#pragma once
// Keyword arguments that several functions share, from a dictionary; an absent key or None keeps the default.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nanobind/nanobind.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "lexicell/tasks/load_cells.h"

namespace lexicell::python {

namespace nb = nanobind;

template <class T>
std::optional<T> setting(const nb::dict& settings, const char* key) {
    if (!settings.contains(key) || settings[key].is_none()) return std::nullopt;
    return nb::cast<T>(settings[key]);
}

template <class T>
void set(T& field, const nb::dict& settings, const char* key) {
    if (auto value = setting<T>(settings, key)) field = std::move(*value);
}
template <class T>
void set(std::optional<T>& field, const nb::dict& settings, const char* key) {
    if (auto value = setting<T>(settings, key)) field = std::move(value);
}

// layer, gene_column, species, orthologs, nan_as_zero, allow_noninteger, min_genes, min_counts, max_mito, min_cells, threads
LoadOptions load_options(const nb::dict& settings);

struct TextSources {
    std::optional<std::filesystem::path> knowledge;
    std::vector<std::filesystem::path> gene_vectors;
};
TextSources text_sources(const nb::dict& settings);

}  // namespace lexicell::python
