#pragma once
// HDF5, read-only, behind RAII. A file is hostile until parsed (formats.md 1): every size is checked against the caps
// before it is allocated, every refusal is an Error that names the file and the full key path, and every step notes the
// key it touches (guard.h), so that a crash of the library can be reported. Use it inside the guard only: read_hdf5.h.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "lexicell/base/error.h"
#include "lexicell/base/sink.h"

namespace lexicell {

// Limits of formats.md 1.4. A larger value admits stranger files and larger damage.
struct Hdf5Caps {
    int group_depth = 32;                           // nested groups
    int rank = 8;                                   // dimensions of a dataset
    std::int64_t objects = 1'000'000;               // groups and datasets opened in all
    std::int64_t attribute_bytes = 64LL << 20;      // of all attributes read
    std::int64_t string_bytes = 16LL << 20;         // one string
    std::int64_t chunk_bytes = 1LL << 30;           // one chunk, unpacked
    std::int64_t inflation = 2000;                  // bytes declared per byte stored
};

// Owns one identifier of the library.
class Hdf5Id {
public:
    Hdf5Id() = default;
    explicit Hdf5Id(std::int64_t id) : id_(id) {}
    Hdf5Id(Hdf5Id&& other) noexcept : id_(std::exchange(other.id_, -1)) {}
    Hdf5Id& operator=(Hdf5Id&& other) noexcept {
        std::swap(id_, other.id_);
        return *this;
    }
    ~Hdf5Id();
    std::int64_t get() const { return id_; }
    std::int64_t release() { return std::exchange(id_, -1); }
    explicit operator bool() const { return id_ >= 0; }

private:
    std::int64_t id_ = -1;
};

// What an element is, independent of byte order and width.
struct Hdf5Type {
    enum class Kind { integer, unsigned_integer, real, boolean, text, complex, record, reference, other };
    Kind kind = Kind::other;
    std::size_t bytes = 0;
    std::vector<std::int64_t> inner_shape;  // of an array type, else empty; `kind` is then that of its elements
    std::string name;                       // as messages say it: "uint16", "text", "variable-length sequence"

    bool is_number() const { return kind == Kind::integer || kind == Kind::unsigned_integer || kind == Kind::real; }
};

struct Hdf5State;  // what the objects of one file share

// A group or a dataset: its key path and attributes. Absent attributes are std::nullopt; one that is there but of the
// wrong kind is refused.
class Hdf5Object {
public:
    const std::string& key() const { return key_; }
    const std::filesystem::path& file() const;
    Sink& sink() const;
    std::int64_t id() const { return id_.get(); }

    bool has_attribute(const std::string& name) const;
    std::optional<std::string> text_attribute(const std::string& name) const;          // scalar or one element
    std::optional<std::vector<std::string>> text_list_attribute(const std::string& name) const;  // also an empty one of any type
    std::optional<std::vector<std::int64_t>> integer_attribute(const std::string& name) const;   // flattened; booleans count
    // Key path of the object that an object reference points to (formats.md 1.4: legacy `categories` only).
    std::optional<std::string> reference_attribute(const std::string& name) const;

    // Error(unreadable) that names the file and this key, or `below` it.
    [[noreturn]] void refuse(std::string type, std::string message, std::string found = {}, std::string expected = {},
                             std::string hint = {}, std::string_view below = {}) const;

protected:
    Hdf5Object(std::shared_ptr<Hdf5State> state, std::string key, Hdf5Id id);
    std::shared_ptr<Hdf5State> state_;
    std::string key_;
    Hdf5Id id_;
};

struct Hdf5Field {
    std::string name;
    Hdf5Type type;
};

class Hdf5Dataset : public Hdf5Object {
public:
    const std::vector<std::int64_t>& shape() const { return shape_; }  // empty for a scalar
    std::int64_t rank() const { return static_cast<std::int64_t>(shape_.size()); }
    std::int64_t size() const { return size_; }                        // elements; 0 when null
    bool is_null() const { return null_; }                             // without a value: NULL dataspace
    const Hdf5Type& type() const { return type_; }
    const std::vector<Hdf5Field>& fields() const { return fields_; }   // of a record type

    // All elements, row-major, converted: exact or refused for integer targets, rounded for float and double. Booleans
    // read as 0 and 1. Instantiated for float, double, std::int32_t and std::int64_t.
    template <class Number>
    std::vector<Number> read() const { return read_block<Number>(0, shape_.empty() ? 1 : shape_[0]); }
    // The same for rows [begin, end) of the first axis.
    template <class Number>
    std::vector<Number> read_block(std::int64_t begin, std::int64_t end) const;
    std::vector<bool> read_flags() const;         // booleans, or integers 0 and 1
    std::vector<std::string> read_texts() const;  // every string flavour; bytes that are not UTF-8 become U+FFFD, with a warning

    // One field of a record dataset, as if it were a dataset of its own: elements x inner_shape, row-major.
    template <class Number>
    std::vector<Number> read_field(const std::string& name) const;
    std::vector<std::string> read_text_field(const std::string& name) const;

    // Refuses what must not or cannot be read: external or virtual storage, unknown filters, sizes over the caps.
    void check_readable() const;

private:
    friend class Hdf5Group;
    friend struct Hdf5Transfer;
    Hdf5Dataset(std::shared_ptr<Hdf5State> state, std::string key, Hdf5Id id);
    void check_chunks(std::int64_t plan) const;
    std::vector<std::int64_t> shape_;
    std::int64_t size_ = 0;
    bool null_ = false;
    Hdf5Type type_;
    std::vector<Hdf5Field> fields_;
};

class Hdf5Group : public Hdf5Object {
public:
    // Committed datatypes are not listed; links that lead out of the file or nowhere are `unreachable`.
    enum class ChildKind { group, dataset, unreachable };
    struct Child {
        std::string name;
        ChildKind kind;
    };
    std::vector<Child> children() const;  // in byte order of the names
    bool has(const std::string& path) const;
    // Each refuses when `path` (relative, may hold '/') is missing or of the other kind.
    Hdf5Group group(const std::string& path) const;
    Hdf5Dataset dataset(const std::string& path) const;
    std::variant<Hdf5Group, Hdf5Dataset> open(const std::string& path) const;

private:
    friend class Hdf5File;
    Hdf5Group(std::shared_ptr<Hdf5State> state, std::string key, Hdf5Id id, int depth, std::vector<std::uint64_t> above);
    Hdf5Id open_object(const std::string& path) const;
    int depth_ = 0;
    std::vector<std::uint64_t> above_;  // addresses of this group and those above, to see a cycle
};

class Hdf5File {
public:
    explicit Hdf5File(const std::filesystem::path& path, Sink& sink = silence(), const Hdf5Caps& caps = {});
    Hdf5Group root() const;
    const std::filesystem::path& path() const;
    Sink& sink() const;

private:
    std::shared_ptr<Hdf5State> state_;
};

}  // namespace lexicell
