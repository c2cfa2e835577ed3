#include "lexicell/io/read_h5ad.h"

#include <set>

#include <fmt/format.h>

#include "lexicell/io/dataset_warnings.h"
#include "lexicell/io/h5ad_elements.h"
#include "lexicell/io/read_hdf5.h"

namespace lexicell {

namespace {

using ChildKind = Hdf5Group::ChildKind;

class H5adReader {
public:
    explicit H5adReader(const Hdf5Group& root) : root_(root), sink_(root.sink()) { out_.origin = Origin{.format = "h5ad"}; }

    Dataset read() {
        const std::string encoding = encoding_of(root_);
        if (!encoding.empty() && encoding != "anndata") refuse_unsupported(root_, encoding, "anndata");
        if (root_.has("raw") && root_.has("raw.X")) root_.refuse("raw-twice", "the file has both raw and raw.X", {}, {}, "keep one of them");
        legacy_categories();
        read_axis("obs", out_.obs);
        read_axis("var", out_.var);
        if (root_.has("X")) {
            const Hdf5Element x = root_.open("X");
            const auto* dataset = std::get_if<Hdf5Dataset>(&x);
            if (!dataset || !dataset->is_null()) out_.x = read_matrix(x, out_.cells(), out_.genes());
        }
        read_members("layers", out_.layers, [&](const Hdf5Element& e) { return read_matrix(e, out_.cells(), out_.genes()); });
        read_aligned("obsm", out_.obsm, out_.cells());
        read_aligned("varm", out_.varm, out_.genes());
        read_members("obsp", out_.obsp, [&](const Hdf5Element& e) { return read_matrix(e, out_.cells(), out_.cells()); });
        read_members("varp", out_.varp, [&](const Hdf5Element& e) { return read_matrix(e, out_.genes(), out_.genes()); });
        read_raw();
        read_uns();
        list_strangers();
        return std::move(out_);
    }

private:
    std::vector<std::string>& opaque() { return out_.origin->opaque; }

    void skip(const std::string& key, const std::string& reason) {
        sink_.warn({"element-skipped", 1, fmt::format("{}: {}", key, reason)});
        opaque().push_back(key);
    }

    // Runs `read`; an element of a kind we cannot read is skipped, damage is not.
    void or_skip(const std::string& key, const std::function<void()>& read) {
        try {
            read();
        } catch (const Error& error) {
            if (!is_unsupported(error)) throw;
            skip(key, error.detail().message + (error.detail().found.empty() ? "" : " (" + error.detail().found + ")"));
        }
    }

    // The oldest layouts keep the level names of categorical columns in uns/<column>_categories.
    void legacy_categories() {
        if (!encoding_of(root_).empty() || !root_.has("uns")) return;
        const Hdf5Element uns = root_.open("uns");
        const auto* group = std::get_if<Hdf5Group>(&uns);
        if (!group) return;
        static const std::string suffix = "_categories";
        for (const auto& child : group->children()) {
            if (!child.name.ends_with(suffix) || child.kind != ChildKind::dataset) continue;
            const Hdf5Dataset levels = group->dataset(child.name);
            if (levels.rank() > 1 || levels.is_null()) continue;
            or_skip(levels.key(), [&] {
                std::vector<std::string> names;
                if (levels.type().kind == Hdf5Type::Kind::text) {
                    names = levels.read_texts();
                } else {
                    for (const std::int64_t level : levels.read<std::int64_t>()) names.push_back(fmt::format("{}", level));
                }
                categories_.emplace(child.name.substr(0, child.name.size() - suffix.size()), std::move(names));
            });
        }
    }

    void read_axis(const char* name, Frame& frame) {
        FrameReading reading = read_frame(root_.open(name), categories_);
        frame = std::move(reading.frame);
        opaque().insert(opaque().end(), reading.opaque.begin(), reading.opaque.end());
        for (const std::string& used : reading.used_categories) used_categories_.insert(used + "_categories");
    }

    template <class Item>
    void read_members(const char* name, std::map<std::string, Item>& out, const std::function<Item(const Hdf5Element&)>& read) {
        if (!root_.has(name)) return;
        const Hdf5Element container = root_.open(name);
        const auto* group = std::get_if<Hdf5Group>(&container);
        if (!group) return skip(std::string("/") + name, "not a group");
        for (const auto& child : group->children()) {
            const std::string key = group->key() + "/" + child.name;
            if (child.kind == ChildKind::unreachable) {
                sink_.warn({"element-skipped", 1, key + ": the link leads out of the file or nowhere"});
                continue;
            }
            or_skip(key, [&] { out.emplace(child.name, read(group->open(child.name))); });
        }
    }
    template <class Item, class Read>
    void read_members(const char* name, std::map<std::string, Item>& out, Read read) {
        read_members(name, out, std::function<Item(const Hdf5Element&)>(read));
    }

    // obsm or varm: a group, or in v0.5 one compound dataset whose members are array types.
    void read_aligned(const char* name, std::map<std::string, AxisArray>& out, std::int64_t rows) {
        if (!root_.has(name)) return;
        const Hdf5Element container = root_.open(name);
        const auto* table = std::get_if<Hdf5Dataset>(&container);
        if (!table) return read_members(name, out, [rows](const Hdf5Element& e) { return read_axis_array(e, rows); });
        if (table->is_null() || (table->size() == 0 && table->fields().empty())) return;
        if (table->rank() != 1 || table->size() != rows)
            table->refuse("axis-length", "the element does not fit its axis", fmt::format("{} rows", table->size()), fmt::format("{}", rows));
        for (const auto& field : table->fields()) {
            or_skip(table->key() + "/" + field.name, [&] {
                if (field.type.inner_shape.size() > 1) refuse_unsupported(*table, "an array of several dimensions", "a list of numbers");
                DenseMatrix matrix;
                matrix.rows = rows;
                matrix.cols = field.type.inner_shape.empty() ? 1 : field.type.inner_shape[0];
                matrix.values = table->read_field<float>(field.name);
                out.emplace(field.name, std::move(matrix));
            });
        }
    }

    void read_raw() {
        const auto take = [&](const Hdf5Element& x, const Hdf5Element& var) {
            Raw raw;
            FrameReading reading = read_frame(var, categories_);
            raw.var = std::move(reading.frame);
            opaque().insert(opaque().end(), reading.opaque.begin(), reading.opaque.end());
            raw.x = read_matrix(x, out_.cells(), raw.var.rows());
            out_.raw = std::move(raw);
        };
        if (root_.has("raw.X")) {
            or_skip("/raw.X", [&] { take(root_.open("raw.X"), root_.open("raw.var")); });
        } else if (root_.has("raw")) {
            const Hdf5Element element = root_.open("raw");
            const auto* raw = std::get_if<Hdf5Group>(&element);
            if (!raw) return skip("/raw", "not a group");
            if (!raw->has("X") && !raw->has("var")) return skip("/raw", "empty");
            or_skip("/raw", [&] { take(raw->open("X"), raw->open("var")); });
            if (raw->has("varm") && out_.raw) {
                const Hdf5Element varm = raw->open("varm");
                if (const auto* group = std::get_if<Hdf5Group>(&varm); group && !group->children().empty()) opaque().push_back("/raw/varm");
            }
        }
    }

    void read_uns() {
        if (!root_.has("uns")) return;
        const Hdf5Element element = root_.open("uns");
        const auto* uns = std::get_if<Hdf5Group>(&element);
        if (!uns) return skip("/uns", "not a group");
        for (const auto& child : uns->children()) {
            const std::string key = "/uns/" + child.name;
            if (used_categories_.contains(child.name)) continue;
            if (child.kind == ChildKind::unreachable) {
                sink_.warn({"element-skipped", 1, key + ": the link leads out of the file or nowhere"});
                continue;
            }
            const Hdf5Element member = uns->open(child.name);
            if (auto value = read_value(member, opaque())) out_.uns.emplace(child.name, std::move(*value));
            if (child.name == "neighbors") adopt_neighbors(member);
        }
    }

    // Before v0.7 the graphs lay in uns/neighbors; they belong in obsp.
    void adopt_neighbors(const Hdf5Element& element) {
        const auto* neighbors = std::get_if<Hdf5Group>(&element);
        if (!neighbors || !encoding_of(root_).empty()) return;
        for (const char* name : {"connectivities", "distances"}) {
            if (out_.obsp.contains(name) || !neighbors->has(name)) continue;
            or_skip(neighbors->key() + "/" + name, [&] {
                const Hdf5Element graph = neighbors->open(name);
                if (!encoding_of(object_of(graph)).ends_with("_matrix")) return;
                out_.obsp.emplace(name, read_matrix(graph, out_.cells(), out_.cells()));
                std::get<Dict>(out_.uns["neighbors"].content).emplace(name + std::string("_key"), Value{std::string(name)});
                std::erase(opaque(), neighbors->key() + "/" + name);
            });
        }
    }

    void list_strangers() {
        static const std::set<std::string> known = {"X", "obs", "var", "layers", "obsm", "varm", "obsp", "varp", "uns", "raw",
                                                    "raw.X", "raw.var", "raw.varm", "raw.cat"};
        for (const auto& child : root_.children()) {
            if (child.kind == ChildKind::unreachable) sink_.warn({"element-skipped", 1, "/" + child.name + ": the link leads out of the file or nowhere"});
            else if (!known.contains(child.name)) skip("/" + child.name, "not an element of AnnData");
        }
    }

    const Hdf5Group& root_;
    Sink& sink_;
    Dataset out_;
    LegacyCategories categories_;
    std::set<std::string> used_categories_;
};

}  // namespace

Dataset parse_h5ad(const Hdf5File& file) {
    const Hdf5Group root = file.root();
    return H5adReader(root).read();
}

Dataset read_h5ad(const std::filesystem::path& path, const ReadOptions& options, Sink& sink) {
    Dataset out = read_hdf5(path, options, sink, parse_h5ad);
    warn_about(out, sink);
    return out;
}

}  // namespace lexicell
