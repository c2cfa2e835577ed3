#include "lexicell/io/hdf5_file.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "lexicell/io/guard.h"
#include "lexicell/io/hdf5_filters.h"
#include "lexicell/io/hdf5_internal.h"

namespace lexicell {

Hdf5Id::~Hdf5Id() {
    if (id_ >= 0) H5Idec_ref(id_);
}

void start_hdf5() {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);
    register_hdf5_filters();
}

Hdf5Failure hdf5_failure() {
    Hdf5Failure failure;
    const auto visit = [](unsigned, const H5E_error2_t* entry, void* data) -> herr_t {
        auto& out = *static_cast<Hdf5Failure*>(data);
        const std::string text = entry->desc ? entry->desc : "";
        if (out.message.empty()) out.message = text;
        if (entry->min_num == H5E_NOSPACE && entry->maj_num == H5E_RESOURCE) out.memory = true;
        if (const auto at = text.find("errno = "); at != std::string::npos && !out.system_error)
            out.system_error = std::atoi(text.c_str() + at + 8);
        return 0;
    };
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit, &failure);
    return failure;
}

void hdf5_refuse(const Hdf5State& state, const std::string& key, const std::string& action) {
    const Hdf5Failure failure = hdf5_failure();
    if (failure.memory)
        throw Error(ErrorKind::memory, {.type = "hdf5-memory", .message = fmt::format("not enough memory to {}", action),
                                        .file = state.path.string(), .key = key, .hint = "use a machine with more memory"});
    throw Error(ErrorKind::unreadable,
                {.type = "hdf5-failure", .message = fmt::format("cannot {}: {}", action, failure.message),
                 .file = state.path.string(), .key = key,
                 .hint = "the file may be damaged or cut short; fetch or write it again"});
}

Hdf5Object::Hdf5Object(std::shared_ptr<Hdf5State> state, std::string key, Hdf5Id id)
    : state_(std::move(state)), key_(std::move(key)), id_(std::move(id)) {}

const std::filesystem::path& Hdf5Object::file() const { return state_->path; }
Sink& Hdf5Object::sink() const { return *state_->sink; }

void Hdf5Object::refuse(std::string type, std::string message, std::string found, std::string expected,
                        std::string hint, std::string_view below) const {
    if (hint.empty()) hint = "the file is malformed; write it again";
    std::string key = key_;
    if (!below.empty()) key += (key_ == "/" ? "" : "/") + std::string(below);
    throw Error(ErrorKind::unreadable, {.type = std::move(type), .message = std::move(message), .file = state_->path.string(),
                                        .key = std::move(key), .found = std::move(found), .expected = std::move(expected),
                                        .hint = std::move(hint)});
}

// ---- groups ----

namespace {

std::string join(const std::string& key, const std::string& name) { return key == "/" ? "/" + name : key + "/" + name; }

std::uint64_t address_of(hid_t id) {
    H5O_info_t info;
    return H5Oget_info2(id, &info, H5O_INFO_BASIC) < 0 ? ~std::uint64_t{0} : info.addr;
}

herr_t refuse_external_link(const char*, const char*, const char*, const char*, unsigned*, hid_t, void*) { return -1; }

}  // namespace

Hdf5Group::Hdf5Group(std::shared_ptr<Hdf5State> state, std::string key, Hdf5Id id, int depth, std::vector<std::uint64_t> above)
    : Hdf5Object(std::move(state), std::move(key), std::move(id)), depth_(depth), above_(std::move(above)) {
    const std::uint64_t address = address_of(id_.get());
    if (std::ranges::find(above_, address) != above_.end())
        refuse("link-cycle", "a group contains itself", {}, {}, "the file is malformed; write it again");
    above_.push_back(address);
}

std::vector<Hdf5Group::Child> Hdf5Group::children() const {
    note_key(key_);
    std::vector<std::string> names;
    struct Visit {
        std::vector<std::string>& names;
        std::int64_t limit;
    } visit{names, state_->caps.objects};
    hsize_t position = 0;
    const auto collect = [](hid_t, const char* name, const H5L_info_t*, void* data) -> herr_t {
        auto& v = *static_cast<Visit*>(data);
        v.names.emplace_back(name);
        return static_cast<std::int64_t>(v.names.size()) > v.limit ? 1 : 0;
    };
    const herr_t status = H5Literate(id_.get(), H5_INDEX_NAME, H5_ITER_INC, &position, collect, &visit);
    if (status < 0) hdf5_refuse(*state_, key_, "list the group");
    if (status > 0) refuse("too-many-objects", "the group has too many members");
    std::ranges::sort(names);
    std::vector<Child> out;
    for (std::string& name : names) {
        note_key(join(key_, name));
        H5L_info_t link;
        H5O_info_t info;
        ChildKind kind = ChildKind::unreachable;
        if (H5Lget_info(id_.get(), name.c_str(), &link, H5P_DEFAULT) >= 0 && (link.type == H5L_TYPE_HARD || link.type == H5L_TYPE_SOFT) &&
            H5Oget_info_by_name2(id_.get(), name.c_str(), &info, H5O_INFO_BASIC, state_->link_access.get()) >= 0) {
            if (info.type == H5O_TYPE_NAMED_DATATYPE) continue;
            if (info.type == H5O_TYPE_GROUP) kind = ChildKind::group;
            if (info.type == H5O_TYPE_DATASET) kind = ChildKind::dataset;
        }
        out.push_back({std::move(name), kind});
    }
    return out;
}

bool Hdf5Group::has(const std::string& path) const {
    note_key(join(key_, path));
    for (std::size_t end = path.find('/');; end = path.find('/', end + 1)) {
        const std::string part = path.substr(0, end);
        if (!part.empty() && H5Lexists(id_.get(), part.c_str(), state_->link_access.get()) <= 0) return false;
        if (end == std::string::npos) return true;
    }
}

Hdf5Id Hdf5Group::open_object(const std::string& path) const {
    const std::string key = join(key_, path);
    note_key(key);
    if (++state_->objects > state_->caps.objects) refuse("too-many-objects", "the file has too many objects", {}, {}, {}, path);
    if (!has(path)) refuse("missing-element", "the element is missing", {}, {}, {}, path);
    Hdf5Id id(H5Oopen(id_.get(), path.c_str(), state_->link_access.get()));
    if (!id) {
        H5L_info_t link;
        if (H5Lget_info(id_.get(), path.c_str(), &link, state_->link_access.get()) >= 0 && link.type == H5L_TYPE_EXTERNAL)
            refuse("external-link", "the element lies in another file", {}, {}, "copy it into this file, e.g. with h5repack", path);
        hdf5_refuse(*state_, key, "open the element");
    }
    return id;
}

Hdf5Group Hdf5Group::group(const std::string& path) const {
    auto object = open(path);
    if (auto* group = std::get_if<Hdf5Group>(&object)) return std::move(*group);
    refuse("not-a-group", "the element is not a group", "a dataset", "a group", {}, path);
}

Hdf5Dataset Hdf5Group::dataset(const std::string& path) const {
    auto object = open(path);
    if (auto* dataset = std::get_if<Hdf5Dataset>(&object)) return std::move(*dataset);
    refuse("not-a-dataset", "the element is not a dataset", "a group", "a dataset", {}, path);
}

std::variant<Hdf5Group, Hdf5Dataset> Hdf5Group::open(const std::string& path) const {
    Hdf5Id id = open_object(path);
    const H5I_type_t kind = H5Iget_type(id.get());
    if (kind == H5I_GROUP) {
        if (depth_ + 1 > state_->caps.group_depth) refuse("too-deep", "groups are nested too deeply", {}, {}, {}, path);
        return Hdf5Group(state_, join(key_, path), std::move(id), depth_ + 1, above_);
    }
    if (kind == H5I_DATASET) return Hdf5Dataset(state_, join(key_, path), std::move(id));
    refuse("not-data", "the element is neither group nor dataset", {}, {}, {}, path);
}

// ---- files ----

Hdf5File::Hdf5File(const std::filesystem::path& path, Sink& sink, const Hdf5Caps& caps) : state_(std::make_shared<Hdf5State>()) {
    start_hdf5();
    note_key("/");
    state_->path = path;
    state_->sink = &sink;
    state_->caps = caps;
    std::error_code code;
    state_->file_bytes = static_cast<std::int64_t>(std::filesystem::file_size(path, code));
    if (code) throw Error(ErrorKind::unreadable, {.type = "cannot-open", .message = "cannot open: " + code.message(), .file = path.string()});
    state_->link_access = Hdf5Id(H5Pcreate(H5P_LINK_ACCESS));
    H5Pset_elink_cb(state_->link_access.get(), refuse_external_link, nullptr);
    const Hdf5Id access(H5Pcreate(H5P_FILE_ACCESS));
    H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
    state_->file = Hdf5Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.get()));
    if (!state_->file)
        throw Error(ErrorKind::unreadable,
                    {.type = "hdf5-open", .message = fmt::format("cannot be opened as HDF5: {}", hdf5_failure().message),
                     .file = path.string(), .offset = static_cast<std::uint64_t>(state_->file_bytes),
                     .hint = "the file may be damaged or cut short; fetch or write it again"});
}

Hdf5Group Hdf5File::root() const {
    Hdf5Id id(H5Gopen2(state_->file.get(), "/", H5P_DEFAULT));
    if (!id) hdf5_refuse(*state_, "/", "open the root group");
    return Hdf5Group(state_, "/", std::move(id), 0, {});
}

const std::filesystem::path& Hdf5File::path() const { return state_->path; }
Sink& Hdf5File::sink() const { return *state_->sink; }

}  // namespace lexicell
