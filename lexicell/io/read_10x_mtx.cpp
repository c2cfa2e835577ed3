#include "lexicell/io/read_10x_mtx.h"

#include <algorithm>

#include <fmt/format.h>

#include "lexicell/io/dataset_warnings.h"
#include "lexicell/io/delimited.h"
#include "lexicell/io/matrix_market.h"
#include "lexicell/io/tenx_features.h"

namespace lexicell {

namespace fs = std::filesystem;

namespace {

// "GSM123_matrix.mtx.gz" -> "GSM123_"; nothing when the name is not that of a 10x matrix.
std::optional<std::string> prefix_of(const fs::path& file) {
    std::string name = file.filename().string();
    if (name.ends_with(".gz")) name.resize(name.size() - 3);
    static const std::string suffix = "matrix.mtx";
    if (!name.ends_with(suffix)) return std::nullopt;
    return name.substr(0, name.size() - suffix.size());
}

std::vector<fs::path> matrices_in(const fs::path& folder) {
    std::vector<fs::path> out;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(folder, ignored))
        if (entry.is_regular_file(ignored) && prefix_of(entry.path())) out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
}

fs::path matrix_in(const fs::path& folder) {
    const std::vector<fs::path> found = matrices_in(folder);
    // Beside the plain names there may be others, and of a name both the plain and the packed file.
    for (const char* name : {"matrix.mtx", "matrix.mtx.gz"})
        if (std::ranges::find(found, folder / name) != found.end()) return folder / name;
    if (found.size() == 1) return found[0];
    std::string names;
    for (const fs::path& path : found) names += (names.empty() ? "" : ", ") + path.filename().string();
    if (found.empty())
        throw Error(ErrorKind::unreadable, {.type = "mtx-missing", .message = "the folder holds no matrix.mtx or matrix.mtx.gz", .file = folder.string(),
                                            .hint = "give the folder that holds it, such as filtered_feature_bc_matrix"});
    throw Error(ErrorKind::precondition, {.type = "mtx-several", .message = "the folder holds several matrices", .file = folder.string(), .found = names,
                                          .hint = "give the path of one of them"});
}

std::optional<fs::path> sibling(const fs::path& matrix, const std::string& prefix, std::initializer_list<const char*> names) {
    for (const char* name : names)
        for (const char* packing : {"", ".gz"}) {
            const fs::path path = matrix.parent_path() / (prefix + name + packing);
            if (fs::exists(path)) return path;
        }
    return std::nullopt;
}

// The columns of a file without header; every line has as many fields as the first.
std::vector<std::vector<std::string>> read_columns(const fs::path& path, std::size_t at_most) {
    DelimitedReader reader(path, {.delimiter = '\t', .quotes = false, .skip_blank_lines = false});
    std::vector<std::vector<std::string>> columns;
    std::vector<std::string_view> fields;
    std::size_t width = 0;
    while (reader.next(fields)) {
        if (columns.empty()) {
            width = fields.size();
            columns.resize(std::min(width, at_most));
        }
        if (fields.size() != width)
            reader.refuse("table-width", "a line has another number of fields than the first", fmt::format("{}", fields.size()), fmt::format("{}", width));
        if (fields[0].empty()) reader.refuse("empty-name", "a line has no name");
        for (std::size_t c = 0; c < columns.size(); ++c) columns[c].emplace_back(fields[c]);
    }
    if (columns.empty()) columns.resize(1);
    return columns;
}

std::vector<std::string> numbered(const char* what, std::int64_t count) {
    std::vector<std::string> out;
    out.reserve(static_cast<std::size_t>(count));
    for (std::int64_t i = 1; i <= count; ++i) out.push_back(fmt::format("{}_{}", what, i));
    return out;
}

Dataset read_without_names(const fs::path& matrix, const ReadOptions& options, Sink& sink) {
    CsrMatrix counts = read_matrix_market_transposed(TextSource(matrix), sink);
    if (options.genes_as_rows == false) counts = transpose(counts);
    sink.warn({"names-missing", static_cast<std::uint64_t>(counts.rows + counts.cols),
               "no barcodes.tsv and features.tsv beside the matrix: cells and genes are numbered"});
    Dataset out;
    out.obs.index = numbered("cell", counts.rows);
    out.var.index = numbered("gene", counts.cols);
    out.x = std::move(counts);
    return out;
}

Dataset read_with_names(const fs::path& matrix, const fs::path& barcode_file, const fs::path& feature_file, const ReadOptions& options, Sink& sink) {
    std::vector<std::string> barcodes = std::move(read_columns(barcode_file, 1)[0]);
    std::vector<std::vector<std::string>> columns = read_columns(feature_file, 3);
    const auto cells = static_cast<std::int64_t>(barcodes.size()), genes = static_cast<std::int64_t>(columns[0].size());
    CsrMatrix counts = read_matrix_market_transposed(TextSource(matrix), sink);
    if (counts.rows != cells || counts.cols != genes) {
        if (counts.rows != genes || counts.cols != cells)
            throw Error(ErrorKind::unreadable, {.type = "mtx-names", .message = "the matrix does not fit its names", .file = matrix.string(),
                                                .found = fmt::format("{} x {}", counts.cols, counts.rows),
                                                .expected = fmt::format("{} features in {} x {} barcodes in {}", genes, feature_file.filename().string(),
                                                                        cells, barcode_file.filename().string()),
                                                .hint = "take all three files from one run"});
        counts = transpose(counts);
        sink.warn({"matrix-transposed", 1, "the matrix has cells as rows: only so does it fit its names"});
    }
    TenxFeatures features;
    if (columns.size() == 1) {
        features.names = std::move(columns[0]);
    } else {
        features.ids = std::move(columns[0]);
        features.names = std::move(columns[1]);
        if (columns.size() > 2) features.types = std::move(columns[2]);
    }
    return assemble_10x(std::move(counts), std::move(barcodes), std::move(features), options, matrix, sink);
}

}  // namespace

bool is_10x_mtx_folder(const fs::path& path) { return fs::is_directory(path) && !matrices_in(path).empty(); }

Dataset read_10x_mtx(const fs::path& path, const ReadOptions& options, Sink& sink) {
    const fs::path matrix = fs::is_directory(path) ? matrix_in(path) : path;
    const std::optional<std::string> prefix = prefix_of(matrix);
    const auto barcodes = prefix ? sibling(matrix, *prefix, {"barcodes.tsv"}) : std::nullopt;
    const auto features = prefix ? sibling(matrix, *prefix, {"features.tsv", "genes.tsv"}) : std::nullopt;
    if (barcodes.has_value() != features.has_value())
        throw Error(ErrorKind::unreadable, {.type = "mtx-names", .message = "only one of the two files with names lies beside the matrix", .file = matrix.string(),
                                            .found = (barcodes ? *barcodes : *features).filename().string(),
                                            .expected = "barcodes.tsv and features.tsv (or genes.tsv), each plain or .gz", .hint = "add the other"});
    Dataset out = barcodes ? read_with_names(matrix, *barcodes, *features, options, sink) : read_without_names(matrix, options, sink);
    out.origin = Origin{.file = matrix, .format = "10x-mtx"};
    warn_about(out, sink);
    return out;
}

}  // namespace lexicell
