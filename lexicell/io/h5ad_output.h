#pragma once
// The elements of an h5ad file, one writer each, by the rules of formats.md 3. Only io includes this.

#include <set>
#include <string>

#include "lexicell/base/sink.h"
#include "lexicell/data/dataset.h"
#include "lexicell/io/hdf5_writer.h"

namespace lexicell {

class H5adOutput {
public:
    H5adOutput(Hdf5Writer& writer, Sink& sink) : writer_(writer), sink_(sink) {}
    Hdf5Writer& writer() { return writer_; }

    void encode(const std::string& path, const char* type, const char* version);
    void dict(const std::string& path);  // an empty one
    void matrix(const std::string& path, const Matrix& matrix);
    void axis_array(const std::string& path, const AxisArray& array);
    void frame(const std::string& path, const Frame& frame);
    void frame_head(const std::string& path, const std::string& index_name, const std::vector<std::string>& columns);
    void column(const std::string& path, const Column& column);
    void index(const std::string& path, const std::vector<std::string>& names);
    void value(const std::string& path, const Value& value);

    // `name` as a key: '/', "." and "" cannot be ones; renamed with the warning "key-renamed". Never one of `taken`.
    std::string safe_key(const std::string& folder, const std::string& name, const std::set<std::string>& taken = {});

private:
    void texts(const std::string& path, const std::vector<std::int64_t>& shape, const std::vector<std::string>& values);
    void categorical(const std::string& path, const Categorical& categorical);

    Hdf5Writer& writer_;
    Sink& sink_;
};

}  // namespace lexicell
