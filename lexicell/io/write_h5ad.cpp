#include "lexicell/io/write_h5ad.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "lexicell/base/atomic_file.h"
#include "lexicell/io/guard.h"
#include "lexicell/io/h5ad_elements.h"
#include "lexicell/io/h5ad_output.h"
#include "lexicell/io/read_h5ad.h"

namespace lexicell {

namespace {

using ChildKind = Hdf5Group::ChildKind;

std::string below(const std::string& path, const std::string& key) { return path + "/" + key; }

class H5adWriter {
public:
    H5adWriter(const Dataset& base, const Dataset& added, const std::filesystem::path& file, const WriteOptions& options, Sink& sink)
        : base_(base), added_(added), options_(options), sink_(sink), writer_(file, {options.compression, options.level, has_wide_frame()}), out_(writer_, sink) {
        if (base.origin) opaque_.insert(base.origin->opaque.begin(), base.origin->opaque.end());
        if (!base.origin || base.origin->format != "h5ad") return;
        origin_.emplace(base.origin->file, sink);
        root_.emplace(origin_->root());
        modern_ = encoding_of(*root_) == "anndata";
        obs_cut_ = is_cut("obs", base.obs.index, base.origin->obs_rows);
        var_cut_ = is_cut("var", base.var.index, base.origin->var_rows);
    }

    void write() {
        out_.encode("/", "anndata", "0.1.0");
        write_axis("obs", base_.obs, added_.obs, obs_cut_);
        write_axis("var", base_.var, added_.var, var_cut_);
        write_x();
        write_members("layers", base_.layers, added_.layers, obs_cut_ || var_cut_);
        write_members("obsm", base_.obsm, added_.obsm, obs_cut_);
        write_members("varm", base_.varm, added_.varm, var_cut_);
        write_members("obsp", base_.obsp, added_.obsp, obs_cut_);
        write_members("varp", base_.varp, added_.varp, var_cut_);
        write_raw();
        std::optional<Hdf5Group> uns = origin_group("uns");
        write_dict("/uns", uns ? &*uns : nullptr, base_.uns, &added_.uns);
        copy_strangers();
        writer_.close();
    }

private:
    // Attributes above 64 KB hold about 4000 column names.
    bool has_wide_frame() const {
        std::size_t widest = std::max(base_.obs.columns.size() + added_.obs.columns.size(), base_.var.columns.size() + added_.var.columns.size());
        const auto consider = [&](const Frame& frame) { widest = std::max(widest, frame.columns.size()); };
        for (const Dataset* dataset : {&base_, &added_}) {
            if (dataset->raw) consider(dataset->raw->var);
            for (const auto* arrays : {&dataset->obsm, &dataset->varm})
                for (const auto& [key, array] : *arrays)
                    if (const auto* frame = std::get_if<Frame>(&array)) consider(*frame);
        }
        return widest > 4000;
    }

    // Whether the axis in memory is less than the origin's. The names must be those of the origin: if they are not, the
    // file was changed since it was read, and copying from it would mix two data sets.
    bool is_cut(const char* axis, const std::vector<std::string>& names, const std::vector<std::int64_t>& rows) const {
        const std::vector<std::string> stored = read_frame_index(root_->open(axis));
        const auto count = static_cast<std::int64_t>(stored.size());
        bool same = rows.empty() ? names.empty() || names == stored : rows.size() == names.size();
        bool whole = rows.empty() ? names.size() == stored.size() : rows.size() == stored.size();
        for (std::size_t i = 0; same && i < rows.size(); ++i) {
            same = rows[i] >= 0 && rows[i] < count && stored[rows[i]] == names[i];
            whole = whole && rows[i] == static_cast<std::int64_t>(i);
        }
        if (!same) root_->refuse("origin-changed", "the file is not what it was when it was read", {}, {}, "read it again", axis);
        return !whole;
    }

    std::optional<Hdf5Group> origin_group(const std::string& name) const {
        if (!root_ || !root_->has(name)) return std::nullopt;
        Hdf5Element element = root_->open(name);
        if (auto* group = std::get_if<Hdf5Group>(&element)) return std::move(*group);
        return std::nullopt;
    }

    bool admits_new_elements() const { return options_.compat == Compat::v0_12; }

    // Text columns with a mask, which readers before 0.11 refuse; also within a table or as categories.
    bool holds_nullable_texts(const Hdf5Element& element) const {
        const auto* group = std::get_if<Hdf5Group>(&element);
        const std::string encoding = group ? group->text_attribute("encoding-type").value_or("") : "";
        if (encoding == "nullable-string-array") return true;
        if (encoding != "dataframe" && encoding != "categorical") return false;
        return std::ranges::any_of(group->children(), [&](const auto& child) { return child.kind == ChildKind::group && holds_nullable_texts(group->open(child.name)); });
    }

    bool may_copy(const Hdf5Group& folder, const std::string& name) const {
        return modern_ && folder.has(name) && (admits_new_elements() || !holds_nullable_texts(folder.open(name)));
    }

    void drop(const std::string& key) { sink_.warn({"element-dropped", 1, key + ": not understood, and its axis was cut"}); }

    void write_axis(const std::string& name, const Frame& base, const Frame& added, bool cut) {
        const std::string path = "/" + name;
        std::optional<Hdf5Group> stored = origin_group(name);
        const bool copies = stored && modern_ && !cut && stored->text_attribute("encoding-version") == "0.2.0" &&
                            !added.find(stored->text_attribute("_index").value_or(""));
        if (copies) return copy_axis(path, *stored, base, added);
        for (const std::string& key : opaque_)
            if (key.starts_with(path + "/")) drop(key);
        if (added.columns.empty()) return out_.frame(path, base);
        Frame merged = base;
        for (const auto& [column, values] : added.columns) merged.set(column, values);
        out_.frame(path, merged);
    }

    void copy_axis(const std::string& path, const Hdf5Group& stored, const Frame& base, const Frame& added) {
        const std::string index_name = stored.text_attribute("_index").value();
        std::vector<std::string> order = stored.text_list_attribute("column-order").value();
        for (const auto& [column, values] : added.columns)
            if (std::ranges::find(order, column) == order.end()) order.push_back(column);
        std::set<std::string> taken = {"_index", "__categories"};
        std::vector<std::string> names;
        for (const std::string& column : order) {
            names.push_back(out_.safe_key(path, column, taken));
            taken.insert(names.back());
        }
        out_.frame_head(path, index_name, names);
        if (may_copy(stored, index_name)) writer_.copy(stored, index_name, below(path, index_name));
        else out_.index(below(path, index_name), base.index);
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (order[i] == index_name) continue;
            const std::string target = below(path, names[i]);
            if (const Column* fresh = added.find(order[i])) out_.column(target, *fresh);
            else if (const Column* known = base.find(order[i]); known && !may_copy(stored, order[i])) out_.column(target, *known);
            else writer_.copy(stored, order[i], target);
        }
    }

    void write_x() {
        if (added_.x) return out_.matrix("/X", *added_.x);
        if (!base_.x) return;
        if (!obs_cut_ && !var_cut_ && root_ && may_copy(*root_, "X")) return writer_.copy(*root_, "X", "/X");
        out_.matrix("/X", *base_.x);
    }

    void put(const std::string& path, const Matrix& matrix) { out_.matrix(path, matrix); }
    void put(const std::string& path, const AxisArray& array) { out_.axis_array(path, array); }

    template <class Item>
    void write_members(const std::string& name, const std::map<std::string, Item>& base, const std::map<std::string, Item>& added, bool cut) {
        const std::string folder = "/" + name;
        out_.dict(folder);
        const std::optional<Hdf5Group> stored = origin_group(name);
        std::set<std::string> keys, taken;
        for (const auto* members : {&base, &added})
            for (const auto& [key, item] : *members) keys.insert(key);
        for (const std::string& key : opaque_)
            if (key.starts_with(folder + "/") && key.find('/', folder.size() + 1) == std::string::npos) keys.insert(key.substr(folder.size() + 1));
        for (const std::string& key : keys) {
            const std::string target = below(folder, out_.safe_key(folder, key, taken));
            taken.insert(target.substr(folder.size() + 1));
            if (const auto fresh = added.find(key); fresh != added.end()) put(target, fresh->second);
            else if (const auto known = base.find(key); known != base.end() && (cut || !stored || !may_copy(*stored, key))) put(target, known->second);
            else if (!cut && stored && stored->has(key)) writer_.copy(*stored, key, target);
            else drop(below(folder, key));
        }
    }

    void write_raw() {
        const bool replaced = added_.raw.has_value();
        const std::optional<Hdf5Group> stored = replaced ? std::nullopt : origin_group("raw");
        if (stored && !obs_cut_ && (opaque_.contains("/raw") || (modern_ && (admits_new_elements() || !holds_nullable_texts(stored->open("var"))))))
            return writer_.copy(*root_, "raw", "/raw");
        if (opaque_.contains("/raw") && !replaced) return drop("/raw");
        const std::optional<Raw>& raw = replaced ? added_.raw : base_.raw;
        if (!raw) return;
        writer_.group("/raw");
        out_.encode("/raw", "raw", "0.1.0");
        out_.matrix("/raw/X", raw->x);
        out_.frame("/raw/var", raw->var);
        if (stored && stored->has("varm")) writer_.copy(*stored, "varm", "/raw/varm");
        else out_.dict("/raw/varm");
    }

    void write_dict(const std::string& path, const Hdf5Group* stored, const Dict& base, const Dict* added) {
        out_.dict(path);
        std::set<std::string> keys, taken;
        for (const auto& [key, value] : base) keys.insert(key);
        if (added)
            for (const auto& [key, value] : *added) keys.insert(key);
        for (const std::string& key : opaque_)
            if (key.starts_with(path + "/") && key.find('/', path.size() + 1) == std::string::npos) keys.insert(key.substr(path.size() + 1));
        for (const std::string& key : keys) {
            const std::string target = below(path, out_.safe_key(path, key, taken));
            taken.insert(target.substr(path.size() + 1));
            const auto known = base.find(key);
            const Dict* known_dict = known == base.end() ? nullptr : std::get_if<Dict>(&known->second.content);
            const Value* fresh = nullptr;
            if (added)
                if (const auto found = added->find(key); found != added->end()) fresh = &found->second;
            const Dict* fresh_dict = fresh ? std::get_if<Dict>(&fresh->content) : nullptr;
            if (known_dict && (!fresh || fresh_dict)) {
                std::optional<Hdf5Group> inner;
                if (stored && stored->has(key)) {
                    Hdf5Element element = stored->open(key);
                    if (auto* group = std::get_if<Hdf5Group>(&element)) inner = std::move(*group);
                }
                write_dict(target, inner ? &*inner : nullptr, *known_dict, fresh_dict);
            } else if (fresh) {
                out_.value(target, *fresh);
            } else if (known != base.end() && !(stored && may_copy(*stored, key))) {
                out_.value(target, known->second);
            } else if (stored && stored->has(key)) {
                copy_unless_null(*stored, key, target);
            }
        }
    }

    void copy_unless_null(const Hdf5Group& folder, const std::string& key, const std::string& target) {
        const Hdf5Element element = folder.open(key);
        const auto* dataset = std::get_if<Hdf5Dataset>(&element);
        if (dataset && dataset->is_null() && !admits_new_elements())
            return sink_.info(fmt::format("{}: None was left out, older readers refuse it", below(folder.key(), key)));
        writer_.copy(folder, key, target);
    }

    void copy_strangers() {
        static const std::set<std::string> written = {"/X", "/obs", "/var", "/layers", "/obsm", "/varm", "/obsp", "/varp", "/uns", "/raw"};
        for (const std::string& key : opaque_)
            if (root_ && key.rfind('/') == 0 && !written.contains(key) && root_->has(key.substr(1))) writer_.copy(*root_, key.substr(1), key);
    }

    const Dataset& base_;
    const Dataset& added_;
    const WriteOptions& options_;
    Sink& sink_;
    Hdf5Writer writer_;
    H5adOutput out_;
    std::set<std::string> opaque_;
    std::optional<Hdf5File> origin_;
    std::optional<Hdf5Group> root_;
    bool modern_ = false, obs_cut_ = false, var_cut_ = false;
};

void verify(const std::filesystem::path& file, const Dataset& base, const Dataset& added) {
    const Dataset written = read_h5ad(file);
    const bool has_x = base.x || added.x;
    if (written.obs.index == base.obs.index && written.var.index == base.var.index && written.x.has_value() == has_x) return;
    throw Error(ErrorKind::write, {.type = "verify-failed", .message = "what was written does not read back as it was", .file = file.string(), .hint = "check the disk"});
}

}  // namespace

void write_h5ad(const Dataset& base, const Dataset& additions, const std::filesystem::path& target, const WriteOptions& options, Sink& sink) {
    const bool copies = base.origin && base.origin->format == "h5ad";
    write_file_atomically(target, [&](const std::filesystem::path& temporary) {
        try {
            run_guarded({.file = copies ? base.origin->file.string() : target.string(), .wall_seconds = options.wall_seconds, .may_write = true}, sink,
                        [&](ByteWriter&, Sink& child_sink) { H5adWriter(base, additions, temporary, options, child_sink).write(); });
            if (options.verify) verify(temporary, base, additions);
        } catch (const Error& error) {
            if (error.detail().file != temporary.string()) throw;
            ErrorDetail detail = error.detail();
            detail.file = target.string();
            throw Error(error.kind(), std::move(detail));
        }
    });
}

}  // namespace lexicell
