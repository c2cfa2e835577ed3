#include "lexicell/io/read_loom.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "lexicell/base/utf8.h"
#include "lexicell/io/dataset_warnings.h"
#include "lexicell/io/read_hdf5.h"
#include "lexicell/io/tidy_rows.h"

namespace lexicell {

namespace {

using ChildKind = Hdf5Group::ChildKind;
using Kind = Hdf5Type::Kind;

constexpr std::array cell_names = {"CellID", "CellId", "cell_id", "obs_names", "barcode", "Barcode", "Cell", "cell"};
constexpr std::array gene_names = {"Gene", "gene", "GeneName", "gene_name", "var_names", "Accession"};

class LoomReader {
public:
    explicit LoomReader(const Hdf5Group& root) : root_(root) { out_.origin = Origin{.format = "loom"}; }

    Dataset read() {
        const Hdf5Dataset matrix = root_.dataset("matrix");
        if (matrix.rank() != 2) matrix.refuse("matrix-rank", "the matrix must have two dimensions", fmt::format("{}", matrix.rank()), "2");
        genes_ = matrix.shape()[0];
        cells_ = matrix.shape()[1];
        if (genes_ > std::numeric_limits<std::int32_t>::max() || cells_ > std::numeric_limits<std::int32_t>::max())
            matrix.refuse("matrix-too-wide", "the matrix has too many genes or cells", fmt::format("{} x {}", genes_, cells_));
        matrix.check_readable();  // before its sizes are believed
        entities_ = !is_version_3();
        read_axis("col_attrs", cells_, out_.obs, out_.obsm, cell_names, "cell");
        read_axis("row_attrs", genes_, out_.var, out_.varm, gene_names, "gene");
        out_.x = read_values(matrix);
        read_layers();
        for (const char* name : {"col_graphs", "col_edges"}) read_graphs(name, cells_, out_.obsp);
        for (const char* name : {"row_graphs", "row_edges"}) read_graphs(name, genes_, out_.varp);
        for (const auto& child : root_.children())
            if (child.name == "attrs") out_.origin->opaque.push_back("/attrs");
        return std::move(out_);
    }

private:
    bool is_version_3() const {
        if (!root_.has("attrs/LOOM_SPEC_VERSION")) return false;
        const auto version = root_.dataset("attrs/LOOM_SPEC_VERSION").read_texts();
        return !version.empty() && version[0] >= "3";
    }

    void skip(const std::string& key, const std::string& reason) {
        root_.sink().warn({"element-skipped", 1, fmt::format("{}: {}", key, reason)});
        out_.origin->opaque.push_back(key);
    }

    static void check_length(const Hdf5Dataset& dataset, std::int64_t length) {
        if (dataset.shape()[0] != length)
            dataset.refuse("axis-length", "the attribute does not fit its axis", fmt::format("{}", dataset.shape()[0]), fmt::format("{}", length));
    }

    std::vector<std::string> texts(const Hdf5Dataset& dataset) const {
        std::vector<std::string> out = dataset.read_texts();
        if (entities_)
            for (std::string& text : out) text = decode_xml_entities(text);
        return out;
    }

    template <std::size_t Size>
    void read_axis(const std::string& name, std::int64_t length, Frame& frame, std::map<std::string, AxisArray>& arrays,
                   const std::array<const char*, Size>& index_names, const char* what) {
        const Hdf5Group attributes = root_.group(name);
        const auto children = attributes.children();
        std::string index;
        for (const char* candidate : index_names)
            if (index.empty() && std::ranges::any_of(children, [&](const auto& c) { return c.name == candidate && c.kind == ChildKind::dataset; }))
                if (const Hdf5Dataset dataset = attributes.dataset(candidate); dataset.rank() == 1) {
                    index = candidate;
                    check_length(dataset, length);
                }
        frame.index.resize(static_cast<std::size_t>(length));
        if (index.empty()) {
            for (std::int64_t i = 0; i < length; ++i) frame.index[i] = fmt::format("{}_{}", what, i + 1);
            root_.sink().warn({"names-missing", static_cast<std::uint64_t>(length), fmt::format("{} holds no names", attributes.key())});
        }
        for (const auto& child : children) {
            const std::string key = attributes.key() + "/" + child.name;
            if (child.kind != ChildKind::dataset) {
                skip(key, "not a dataset");
                continue;
            }
            read_attribute(attributes.dataset(child.name), child.name, length, frame, arrays, child.name == index);
        }
    }

    void read_attribute(const Hdf5Dataset& dataset, const std::string& name, std::int64_t length, Frame& frame, std::map<std::string, AxisArray>& arrays,
                        bool is_index) {
        const bool text = dataset.type().kind == Kind::text, number = dataset.type().is_number() || dataset.type().kind == Kind::boolean;
        const bool simple = dataset.type().inner_shape.empty() && (text || number);
        if (!simple || dataset.rank() < 1 || dataset.rank() > 2 || (dataset.rank() == 2 && !number))
            return skip(dataset.key(), fmt::format("{} of {} dimensions", dataset.type().name, dataset.rank()));
        check_length(dataset, length);
        if (dataset.rank() == 2) {
            DenseMatrix values;
            values.rows = length;
            values.cols = dataset.shape()[1];
            values.values = dataset.read<float>();
            arrays.emplace(name, std::move(values));
            return;
        }
        Column column = read_column(dataset);
        if (is_index) {
            for (std::int64_t i = 0; i < length; ++i) frame.index[i] = column.text(i);
            frame.index_name = name;
        } else {
            frame.set(name, std::move(column));
        }
    }

    Column read_column(const Hdf5Dataset& dataset) const {
        switch (dataset.type().kind) {
            case Kind::text: return {.values = texts(dataset)};
            case Kind::boolean: return {.values = dataset.read_flags()};
            case Kind::real: return {.values = dataset.read<double>()};
            default: return {.values = dataset.read<std::int64_t>()};
        }
    }

    // G x N as stored, in blocks of genes, to N x G.
    CsrMatrix read_values(const Hdf5Dataset& matrix) const {
        if (!matrix.type().inner_shape.empty() || (!matrix.type().is_number() && matrix.type().kind != Kind::boolean))
            matrix.refuse("type-not-supported", "the values of a matrix must be numbers", matrix.type().name, "numbers");
        if (matrix.rank() != 2 || matrix.shape()[0] != genes_ || matrix.shape()[1] != cells_)
            matrix.refuse("matrix-shape", "the layer does not fit the matrix", {}, fmt::format("{} x {}", genes_, cells_));
        constexpr std::int64_t block_values = 1 << 24, block_rows = 64;
        const std::int64_t step = std::max(block_rows, block_values / std::max<std::int64_t>(1, cells_));
        CsrMatrix by_gene{.rows = genes_, .cols = cells_};
        for (std::int64_t begin = 0; begin < genes_; begin += step) {
            const std::int64_t end = std::min(genes_, begin + step);
            const std::vector<float> block = matrix.read_block<float>(begin, end);
            for (std::int64_t g = begin; g < end; ++g) {
                for (std::int64_t c = 0; c < cells_; ++c) {
                    const float value = block[(g - begin) * cells_ + c];
                    if (value == 0) continue;
                    by_gene.indices.push_back(static_cast<std::int32_t>(c));
                    by_gene.values.push_back(value);
                }
                by_gene.indptr.push_back(by_gene.nonzeros());
            }
        }
        return transpose(by_gene);
    }

    void read_layers() {
        if (!root_.has("layers")) return;
        const Hdf5Group layers = root_.group("layers");
        for (const auto& child : layers.children()) {
            if (child.kind == ChildKind::dataset) out_.layers.emplace(child.name, read_values(layers.dataset(child.name)));
            else skip(layers.key() + "/" + child.name, "not a dataset");
        }
    }

    // Edges a -> b of weight w.
    void read_graphs(const char* name, std::int64_t nodes, std::map<std::string, Matrix>& out) {
        if (!root_.has(name)) return;
        const Hdf5Group graphs = root_.group(name);
        for (const auto& child : graphs.children()) {
            if (child.kind != ChildKind::group) {
                skip(graphs.key() + "/" + child.name, "not a graph");
                continue;
            }
            const Hdf5Group graph = graphs.group(child.name);
            const auto from = graph.dataset("a").read<std::int64_t>(), to = graph.dataset("b").read<std::int64_t>();
            const auto weights = graph.dataset("w").read<float>();
            if (from.size() != to.size() || from.size() != weights.size()) graph.refuse("graph-lengths", "a, b and w of a graph differ in length");
            CsrMatrix matrix{.rows = nodes, .cols = nodes};
            matrix.indptr.assign(static_cast<std::size_t>(nodes) + 1, 0);
            for (std::size_t e = 0; e < from.size(); ++e) {
                if (from[e] < 0 || from[e] >= nodes || to[e] < 0 || to[e] >= nodes)
                    graph.refuse("graph-index-out-of-range", "an edge leads out of the axis", fmt::format("{} -> {}", from[e], to[e]), fmt::format("0 to {}", nodes - 1));
                ++matrix.indptr[from[e] + 1];
            }
            for (std::int64_t i = 0; i < nodes; ++i) matrix.indptr[i + 1] += matrix.indptr[i];
            matrix.indices.resize(from.size());
            matrix.values.resize(from.size());
            std::vector<std::int64_t> place(matrix.indptr.begin(), matrix.indptr.end() - 1);
            for (std::size_t e = 0; e < from.size(); ++e) {
                const std::int64_t slot = place[from[e]]++;
                matrix.indices[slot] = static_cast<std::int32_t>(to[e]);
                matrix.values[slot] = weights[e];
            }
            if (const std::uint64_t summed = tidy_rows(matrix))
                root_.sink().warn({"duplicate-entries", summed, fmt::format("{}: edges given twice were summed", graph.key())});
            out.emplace(child.name, std::move(matrix));
        }
    }

    const Hdf5Group& root_;
    Dataset out_;
    std::int64_t genes_ = 0, cells_ = 0;
    bool entities_ = false;
};

}  // namespace

std::string decode_xml_entities(std::string_view text) {
    static constexpr std::array<std::pair<std::string_view, char>, 5> named = {{{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
    std::string out;
    for (;;) {
        const std::size_t at = text.find('&');
        out += text.substr(0, at);
        if (at == std::string_view::npos) return out;
        text.remove_prefix(at);
        const std::size_t stop = text.substr(0, 12).find(';');
        const std::string_view body = stop == std::string_view::npos ? std::string_view() : text.substr(1, stop - 1);
        const std::size_t before = out.size();
        if (body.starts_with('#')) {
            const bool hex = body.size() > 1 && (body[1] == 'x' || body[1] == 'X');
            const char *begin = body.data() + (hex ? 2 : 1), *last = body.data() + body.size();
            std::uint32_t c = 0;
            const auto [end, error] = std::from_chars(begin, last, c, hex ? 16 : 10);
            if (error == std::errc{} && end == last && c > 0 && c < 0x110000 && (c < 0xd800 || c > 0xdfff)) append_utf8(out, c);
        } else {
            for (const auto& [name, c] : named)
                if (body == name) out += c;
        }
        const bool decoded = out.size() > before;
        if (!decoded) out += '&';
        text.remove_prefix(decoded ? stop + 1 : 1);
    }
}

bool is_loom(const Hdf5Group& root) {
    bool matrix = false, rows = false, columns = false;
    for (const auto& child : root.children()) {
        matrix = matrix || (child.name == "matrix" && child.kind == ChildKind::dataset);
        rows = rows || (child.name == "row_attrs" && child.kind == ChildKind::group);
        columns = columns || (child.name == "col_attrs" && child.kind == ChildKind::group);
    }
    return matrix && rows && columns;
}

Dataset parse_loom(const Hdf5File& file) {
    const Hdf5Group root = file.root();
    if (!is_loom(root)) root.refuse("not-loom", "the file does not have the layout of loom", {}, "matrix, row_attrs and col_attrs");
    return LoomReader(root).read();
}

Dataset read_loom(const std::filesystem::path& path, const ReadOptions& options, Sink& sink) {
    Dataset out = read_hdf5(path, options, sink, parse_loom);
    warn_about(out, sink);
    return out;
}

}  // namespace lexicell
