#include "lexicell/models/vae/trained_scilama.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "lexicell/base/error.h"
#include "lexicell/models/vae/host_matrix.h"
#include "lexicell/models/vae/scilama_embed.h"
#include "lexicell/nn/ridge.h"
#include "lexicell/prep/scaled_log.h"

namespace lexicell {
namespace {

using torch::Tensor;

constexpr std::int64_t kCellsAtOnce = 512;
constexpr std::int64_t kCellsForMeans = 50;  // fewer give no usable mean of a gene

// Calls body(rows) for consecutive blocks of cells.
void for_each_block(std::int64_t cells, const std::function<void(std::int64_t first, std::span<const std::int64_t> rows)>& body) {
    std::vector<std::int64_t> rows;
    for (std::int64_t first = 0; first < cells; first += kCellsAtOnce) {
        rows.resize(static_cast<std::size_t>(std::min(kCellsAtOnce, cells - first)));
        std::iota(rows.begin(), rows.end(), first);
        body(first, rows);
    }
}

Tensor tensor_of(const HostArray& array) {
    return torch::from_blob(const_cast<float*>(array.floats().data()), array.shape, torch::kFloat32).clone();
}

[[noreturn]] void refuse(ErrorKind kind, std::string type, std::string message, std::string found, std::string expected, std::string hint = "") {
    throw Error(kind, {.type = std::move(type), .message = std::move(message), .found = std::move(found), .expected = std::move(expected), .hint = std::move(hint)});
}

}  // namespace

TrainedScilama::TrainedScilama(std::unique_ptr<Scilama> network, std::unique_ptr<Featurizer> featurizer)
    : network_(std::move(network)), featurizer_(std::move(featurizer)) {
    const auto genes = static_cast<std::int64_t>(featurizer_->genes().size());
    const std::int64_t covariates = featurizer_->covariates() ? featurizer_->covariates()->width() : 0;
    if (genes != network_->gene_count() || covariates != network_->covariate_count())
        refuse(ErrorKind::model, "featurizer-mismatch", "the featurizer does not belong to this network",
               fmt::format("{} genes, {} covariate columns", genes, covariates),
               fmt::format("{} genes, {} covariate columns", network_->gene_count(), network_->covariate_count()));
    const Tensor tied = network_->genes().tied;
    for (std::int64_t k = 0; k < tied.size(0); ++k) tied_genes_.push_back(featurizer_->genes()[tied[k].item<std::int64_t>()]);
}

DenseMatrix TrainedScilama::embed_cells(const CellSource& cells, Sink& sink) const {
    const FeatureReader reader(*featurizer_, cells, sink);
    DenseMatrix out(cells.cells(), latent_width());
    for_each_block(cells.cells(), [&](std::int64_t first, std::span<const std::int64_t> rows) {
        Batch batch;
        for (const auto& [name, array] : reader.read(rows))
            if (std::holds_alternative<std::vector<float>>(array.values)) batch.tensors[name] = tensor_of(array);
        copy_rows(lexicell::embed_cells(*network_, batch), out, first);
    });
    return out;
}

DenseMatrix TrainedScilama::embed_panel(const CellSource& cells, const GeneVectorTables& vectors, Sink& sink) const {
    if (!network_->panel_free())
        refuse(ErrorKind::precondition, "not-panel-free", "this model reads only the genes it was trained on", "encoder columns", "encoder panel-free");
    const std::vector<Tensor> tables = tensors_of(vectors);
    std::unordered_map<std::string_view, std::int64_t> row_of;
    for (std::size_t p = 0; p < vectors.genes.size(); ++p) row_of.emplace(vectors.genes[p], static_cast<std::int64_t>(p));
    std::vector<std::int64_t> columns, rows_of_table;
    for (std::size_t g = 0; g < cells.genes().size(); ++g)
        if (const auto found = row_of.find(cells.genes()[g]); found != row_of.end()) {
            columns.push_back(static_cast<std::int64_t>(g));
            rows_of_table.push_back(found->second);
        }
    if (columns.empty())
        refuse(ErrorKind::precondition, "no-gene-vectors", "none of the genes measured has a vector", fmt::format("{} genes", cells.genes().size()), "genes of the vector table", "check that both use the same names");
    std::vector<Tensor> read;
    for (const Tensor& table : tables) read.push_back(table.index_select(0, torch::tensor(rows_of_table, torch::kInt64)));

    const auto values = [&](std::span<const std::int64_t> rows) { return to_tensor(to_dense(Matrix(take_cols(cells.read(rows), columns)))); };
    const auto panel = static_cast<std::int64_t>(columns.size());
    Tensor centre;
    if (cells.cells() >= kCellsForMeans) {
        Tensor sum = torch::zeros({panel}, torch::kFloat64);
        for_each_block(cells.cells(), [&](std::int64_t, std::span<const std::int64_t> rows) { sum += panel_input(*network_, values(rows)).to(torch::kFloat64).sum(0); });
        centre = (sum / static_cast<double>(cells.cells())).to(torch::kFloat32);
    } else {
        const Ridge ridge = fit_ridge(network_->all_vectors(), network_->genes().centre.unsqueeze(1));
        centre = ridge.predict(torch::cat(read, 1)).squeeze(1).to(torch::kFloat32).clamp_min(0.0);
        std::unordered_map<std::string_view, std::int64_t> trained;
        for (std::size_t k = 0; k < tied_genes_.size(); ++k) trained.emplace(tied_genes_[k], static_cast<std::int64_t>(k));
        std::uint64_t predicted = 0;
        for (std::int64_t p = 0; p < panel; ++p) {
            const auto found = trained.find(cells.genes()[static_cast<std::size_t>(columns[p])]);
            if (found != trained.end()) centre[p] = network_->genes().centre[found->second];
            else ++predicted;
        }
        if (predicted > 0) sink.warn({"predicted-gene-means", predicted, fmt::format("too few cells for means; predicted from vectors, cross-validated R^2 {:.2f}", ridge.r_squared)});
    }

    const CovariateEncoder* covariates = featurizer_->covariates();
    const DenseMatrix encoded = covariates ? encode_covariates(*covariates, cells.obs(), sink) : DenseMatrix();
    DenseMatrix out(cells.cells(), latent_width());
    for_each_block(cells.cells(), [&](std::int64_t first, std::span<const std::int64_t> rows) {
        const Tensor extra = covariates ? to_tensor(take_rows(encoded, rows)) : Tensor();
        copy_rows(lexicell::embed_panel(*network_, values(rows), read, centre, extra), out, first);
    });
    return out;
}

void TrainedScilama::require_gene_side() const {
    if (!network_->has_gene_side())
        refuse(ErrorKind::precondition, "no-gene-side", "this model was trained without gene vectors", "mode beta_vae or no vectors", "a model with a gene side",
               "train with gene vectors to embed genes");
}

std::vector<Tensor> TrainedScilama::tensors_of(const GeneVectorTables& genes) const {
    const std::vector<Tensor>& own = network_->genes().vectors;
    if (genes.tables.size() != own.size())
        refuse(ErrorKind::precondition, "vector-tables", "the model reads another number of vector tables", std::to_string(genes.tables.size()), std::to_string(own.size()));
    std::vector<Tensor> tensors;
    for (std::size_t s = 0; s < own.size(); ++s) {
        const DenseMatrix& table = genes.tables[s];
        if (table.cols != own[s].size(1) || table.rows != static_cast<std::int64_t>(genes.genes.size()))
            refuse(ErrorKind::precondition, "vector-tables", "a vector table does not fit the model", fmt::format("{} x {}", table.rows, table.cols),
                   fmt::format("{} x {}", genes.genes.size(), own[s].size(1)), "use the table that the model was trained with");
        tensors.push_back(to_tensor(table));
    }
    return tensors;
}

DenseMatrix TrainedScilama::embed_genes() const {
    require_gene_side();
    return to_matrix(lexicell::embed_genes(*network_));
}

DenseMatrix TrainedScilama::embed_genes(const GeneVectorTables& genes) const {
    require_gene_side();
    return to_matrix(lexicell::embed_genes(*network_, tensors_of(genes)));
}

const std::vector<std::string>& TrainedScilama::decoded_genes() const { return decodes_through_tie(*network_) ? tied_genes_ : featurizer_->genes(); }

DenseMatrix TrainedScilama::decode(const DenseMatrix& latent, const DenseMatrix& covariates, std::span<const std::int64_t> genes) const {
    const auto* scaled = dynamic_cast<const ScaledLog*>(featurizer_.get());
    const auto count = static_cast<std::int64_t>(genes.empty() ? decoded_genes().size() : genes.size());
    const Tensor chosen = torch::tensor(std::vector<std::int64_t>(genes.begin(), genes.end()), torch::kInt64);
    Tensor mean, sd;
    if (scaled) {
        mean = torch::tensor(scaled->means(), torch::kFloat64).to(torch::kFloat32);
        sd = torch::tensor(scaled->sds(), torch::kFloat64).to(torch::kFloat32);
        if (decodes_through_tie(*network_)) {
            mean = mean.index_select(0, network_->genes().tied);
            sd = sd.index_select(0, network_->genes().tied);
        }
    }
    DenseMatrix out(latent.rows, count);
    for_each_block(latent.rows, [&](std::int64_t first, std::span<const std::int64_t> rows) {
        const Tensor extra = covariates.cols > 0 ? to_tensor(take_rows(covariates, rows)) : Tensor();
        Tensor expression = decode_expression(*network_, to_tensor(take_rows(latent, rows)), extra);
        if (network_->likelihood().of_counts()) expression = (expression * 1e4).log1p();
        if (scaled) expression = (expression * sd + mean).clamp_min(0.0);
        copy_rows(genes.empty() ? expression : expression.index_select(1, chosen), out, first);
    });
    return out;
}

DenseMatrix TrainedScilama::tie_of_cells(const DenseMatrix& latent, const DenseMatrix& covariates) const {
    return to_matrix(lexicell::tie_of_cells(*network_, to_tensor(latent), covariates.cols > 0 ? to_tensor(covariates) : Tensor()));
}

DenseMatrix TrainedScilama::tie_of_genes() const {
    require_gene_side();
    return to_matrix(lexicell::tie_of_genes(*network_, lexicell::embed_genes(*network_)));
}

DenseMatrix TrainedScilama::tie_of_genes(const GeneVectorTables& genes) const {
    require_gene_side();
    return to_matrix(lexicell::tie_of_genes(*network_, lexicell::embed_genes(*network_, tensors_of(genes))));
}

std::vector<float> TrainedScilama::tie_bias() const {
    require_gene_side();
    const Tensor bias = network_->tie_terms().bias.detach().contiguous();
    return {bias.data_ptr<float>(), bias.data_ptr<float>() + bias.numel()};
}

CellGeneTie::PredictedBias TrainedScilama::predict_bias(const GeneVectorTables& genes) const {
    require_gene_side();
    const Ridge ridge = fit_ridge(network_->all_vectors(), network_->tie_terms().bias.detach().unsqueeze(1));
    const Tensor bias = ridge.predict(torch::cat(tensors_of(genes), 1)).squeeze(1).to(torch::kFloat32).contiguous();
    return {{bias.data_ptr<float>(), bias.data_ptr<float>() + bias.numel()}, ridge.r_squared};
}

}  // namespace lexicell
