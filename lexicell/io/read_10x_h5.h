#pragma once
#include <filesystem>

#include "lexicell/io/hdf5_file.h"
#include "lexicell/io/read.h"

namespace lexicell {

// Reads 10x HDF5 files of CellRanger 2 (one group a genome) and 3 and later (/matrix), guarded (formats.md 5.1). A file
// of CellRanger 2 with several genomes needs options.genome, else Error(precondition). Panels of probes load with one
// column a probe and the warning "probe-panel"; collapse_probes.h makes genes of them. Other warnings: duplicate-entries
// and those of dataset_warnings.h.
Dataset read_10x_h5(const std::filesystem::path& path, const ReadOptions& options = {}, Sink& sink = silence());

// The same from an open file, inside a guard, without the warnings that look at values.
Dataset parse_10x_h5(const Hdf5File& file, const ReadOptions& options);

// Whether the root looks like one of the two layouts.
bool is_10x_h5(const Hdf5Group& root);

}  // namespace lexicell
