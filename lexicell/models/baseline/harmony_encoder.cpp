#include "lexicell/models/baseline/harmony_encoder.h"

#include <fmt/format.h>

namespace lexicell {

HarmonyEncoder::HarmonyEncoder(PcaEncoder components, HarmonyReference reference, std::string batch)
    : components_(std::move(components)), reference_(std::move(reference)), batch_(std::move(batch)) {}

HarmonyEncoder HarmonyEncoder::load(const TensorReader& tensors, PcaEncoder components, std::string batch, double sigma, double lambda) {
    const std::int64_t width = components.latent_width();
    HarmonyReference reference{.centroids = tensors.matrix("harmony.centroids", std::nullopt, width), .sigma = sigma, .lambda = lambda};
    reference.mass = tensors.vector("harmony.mass", reference.centroids.rows);
    reference.sums = tensors.matrix("harmony.sums", reference.centroids.rows, width);
    return HarmonyEncoder(std::move(components), std::move(reference), std::move(batch));
}

SafetensorsFile HarmonyEncoder::tensors() const {
    SafetensorsFile file = components_.tensors();
    file.tensors["harmony.centroids"] = to_host(reference_.centroids);
    file.tensors["harmony.mass"] = to_host(reference_.mass);
    file.tensors["harmony.sums"] = to_host(reference_.sums);
    return file;
}

DenseMatrix HarmonyEncoder::embed_cells(const CellSource& cells, Sink& sink) const {
    const DenseMatrix points = components_.embed_cells(cells, sink);
    std::vector<std::int32_t> codes(static_cast<std::size_t>(points.rows));
    if (const Column* column = cells.obs().find(batch_)) {
        const Categorical batches = as_categorical(*column);
        // Cells without a value are a batch of their own.
        for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = batches.codes[i] < 0 ? static_cast<std::int32_t>(batches.categories.size()) : batches.codes[i];
    } else {
        sink.warn({"one-batch", 1, fmt::format("the file has no obs column '{}': its cells are mapped as one batch", batch_)});
    }
    return map_query(reference_, points, codes);
}

}  // namespace lexicell
