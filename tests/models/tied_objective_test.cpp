// Training through the tie, against a reference in double precision written out with elementary operations, and what each
// stage may change (check 11). The reference covers what no official run does: dot_scale sqrt, the true mixture, gene
// dropout and dropout.

#include "lexicell/models/vae/tied_objective.h"

#include <gtest/gtest.h>

#include "lexicell/models/vae/frozen_cells_objective.h"
#include "lexicell/models/vae/gene_mask.h"
#include "tests/models/planted.h"

namespace lexicell {
namespace {

using testing_support::Planted;
using torch::Tensor;

std::map<std::string, Tensor> copy_of(const Scilama& network) {
    std::map<std::string, Tensor> tensors;
    for (const auto& entry : network.named_parameters()) tensors[entry.key()] = entry.value().detach().clone();
    return tensors;
}

ScilamaConfig exact_config() {
    ScilamaConfig c = scilama_preset("exact");
    c.hidden = {12, 8};
    c.latent = 4;
    return c;
}

struct Reference {
    std::map<std::string, Tensor> w;  // double, on the tape
    double dropout;

    Tensor layer(const Tensor& x, const std::string& module, const std::string& site, const Tensor& ids, const Noise& noise) const {
        const Tensor a = torch::mm(x, w.at(module + ".weight").t()) + w.at(module + ".bias");
        const Tensor centred = a - a.mean(1, true);
        const Tensor n = centred / (centred.square().mean(1, true) + 1e-5).sqrt();
        return torch::where(n > 0, n, 0.01 * n) * noise.dropout(site, ids, n.size(1), dropout, n.options());
    }
    std::pair<Tensor, Tensor> encode(const Tensor& x, const std::string& name, const Tensor& ids, const Noise& noise) const {
        Tensor h = layer(x, name + ".hidden.linear0", name + ".0", ids, noise);
        h = layer(h, name + ".hidden.linear1", name + ".1", ids, noise);
        const Tensor mu = torch::mm(h, w.at(name + ".heads.mu.weight").t()) + w.at(name + ".heads.mu.bias");
        const Tensor s = torch::mm(h, w.at(name + ".heads.log_variance.weight").t()) + w.at(name + ".heads.log_variance.bias");
        return {mu, (s.exp() + 1e-4).sqrt()};
    }
    Tensor decode(const Tensor& z, const std::string& name, const Tensor& ids, const Noise& noise) const {
        const Tensor h = layer(z, name + ".hidden.linear0", name + ".0", ids, noise);
        return torch::mm(h, w.at(name + ".out.weight").t()) + w.at(name + ".out.bias");
    }
};

Tensor kl_of(const Tensor& mu, const Tensor& sigma) { return 0.5 * (mu.square() + sigma.square() - 1 - sigma.square().log()).sum(1); }

TEST(TiedObjective, MatchesTheReferenceInLossAndGradients) {
    const Planted data;
    for (const std::string fusion : {"average", "poe", "moe"}) {
        ScilamaConfig config = exact_config();
        config.dot_scale = ScilamaConfig::DotScale::sqrt;
        config.fusion = fusion;
        config.gene_dropout = 0.5;
        config.dropout = 0.25;
        ScilamaGenes genes = data.gene_table(data.in_order());
        genes.log_frequency = Tensor();
        genes.vectors.push_back(torch::randn({data.genes, 7}));
        Scilama network(config, genes, 3);
        const Tensor covariates = torch::randn({data.cells, 3}, torch::kFloat64);
        Batch batch{{{"cells", torch::arange(data.cells)}, {"x", torch::randn({data.cells, data.genes}, torch::kFloat64)}, {"covariates", covariates}}};
        network.to(torch::kFloat64);
        TiedObjective objective(network, TiedObjective::Trains::everything);
        const StepContext context{.seed = 3, .step = 5, .kl_weight = 0.7};
        const Loss loss = objective.forward_backward(batch, context);

        Reference r{.dropout = 0.25};
        for (const auto& entry : network.named_parameters()) r.w[entry.key()] = entry.value().detach().clone().requires_grad_();
        const PhiloxNoise noise(3, 5);
        const Tensor cells = batch.at("cells"), x = batch.at("x"), keys = data.keys;
        const auto wide = torch::TensorOptions(torch::kFloat64);
        const Tensor mask = shown_genes(noise, keys, 0.5, wide);
        const auto [mu, sigma] = r.encode(torch::cat({x * mask, covariates}, 1), "cell_encoder", cells, noise);
        const Tensor z = mu + sigma * noise.normal("cell.latent", cells, 4, wide);
        const Tensor h = r.decode(torch::cat({z, covariates}, 1), "cell_decoder", cells, noise);
        std::vector<Tensor> means, deviations;
        for (std::size_t s = 0; s < 2; ++s) {
            const auto [m, d] = r.encode(genes.vectors[s].to(torch::kFloat64), "gene_encoder" + std::to_string(s), keys, noise);
            means.push_back(m);
            deviations.push_back(d);
        }
        const Tensor eps = noise.normal("gene.latent", keys, 4, wide);
        Tensor gene_z, gene_kl;
        if (fusion == "average") {
            const Tensor m = (means[0] + means[1]) / 2, d = (deviations[0] + deviations[1]) / 2;
            gene_z = m + d * eps;
            gene_kl = kl_of(m, d);
        } else if (fusion == "poe") {
            const Tensor p0 = 1 / (deviations[0].square() + 1e-8), p1 = 1 / (deviations[1].square() + 1e-8);
            const Tensor m = (p0 * means[0] + p1 * means[1]) / (p0 + p1), d = (1 / (p0 + p1)).sqrt();
            gene_z = m + d * eps;
            gene_kl = kl_of(m, d);
        } else {
            const Tensor first = noise.uniform("gene.expert", keys, 1, wide) < 0.5;
            gene_z = torch::where(first, means[0], means[1]) + torch::where(first, deviations[0], deviations[1]) * eps;
            gene_kl = (kl_of(means[0], deviations[0]) + kl_of(means[1], deviations[1])) / 2;
        }
        const Tensor gene_h = r.decode(gene_z, "gene_decoder", keys, noise), b = r.w.at("head_bias");
        const Tensor recon = torch::mm(h, gene_h.t()) / std::sqrt(12.0) + b, alignment = torch::mm(z, gene_z.t()) / 2.0 + b;
        const Tensor total = ((recon - x).square().sum(1) + 0.05 * (alignment - x).square().sum(1)).mean() + 0.7 * (kl_of(mu, sigma).mean() + gene_kl.mean());
        total.backward();
        EXPECT_NEAR(loss.total, total.item<double>(), 1e-6 * total.item<double>()) << fusion;
        for (const auto& [name, parameter] : objective.parameters()) {
            const Tensor expected = r.w.at(name).grad();
            EXPECT_LT(((parameter.grad() - expected).abs() / expected.abs().clamp_min(1.0)).max().item<double>(), 1e-6) << fusion << " " << name;
        }
    }
}

// Check 11, exact mode: stage 2 moves the gene side only; stage 3 moves everything but W.
TEST(TiedObjective, StagesMoveWhatTheyMay) {
    const Planted data;
    Scilama network(exact_config(), data.gene_table(data.in_order()), 0);
    const auto start = copy_of(network);
    TiedObjective stage2(network, TiedObjective::Trains::genes);
    const Pass pass;
    EXPECT_TRUE(torch::equal(stage2.forward(data.everything(), 0, pass, {.ids = data.keys}).nll,
                             network.likelihood().loss(stage2.forward(data.everything(), 0, pass, {.ids = data.keys}).recon, data.counts, {}, {})))
        << "gamma is 0 in stage 2";
    data.train(stage2, 5);
    auto after = copy_of(network);
    for (const auto& [name, tensor] : start) EXPECT_EQ(torch::equal(tensor, after.at(name)), !name.starts_with("gene_")) << name;
    TiedObjective stage3(network, TiedObjective::Trains::everything);
    data.train(stage3, 5);
    const auto end = copy_of(network);
    for (const auto& [name, tensor] : after) EXPECT_EQ(torch::equal(tensor, end.at(name)), name == "head_weight") << name;
}

// Check 11, recommended mode: frozen cells stay bit for bit, the tie has its own terms.
TEST(FrozenCellsObjective, MovesGenesAndTieOnly) {
    const Planted data;
    Scilama network(Planted::config(), data.gene_table(data.in_order()), 0);
    bool read = false;
    FrozenCellsObjective stage2 = freeze_cells(network, data.cells, [&]() -> std::optional<Batch> {
        if (read) return std::nullopt;
        read = true;
        return data.everything();
    });
    const auto start = copy_of(network);
    data.train(stage2, 5);
    const auto end = copy_of(network);
    for (const auto& [name, tensor] : start) EXPECT_EQ(torch::equal(tensor, end.at(name)), !name.starts_with("gene_") && !name.starts_with("tie_")) << name;
}

// Counts through the tie: direct training on counts lowers its loss, and the joint stage after frozen cells moves cells.
TEST(TiedObjective, TrainsOnCounts) {
    const Planted data;
    ScilamaConfig config = Planted::config();
    config.mode = ScilamaConfig::Mode::direct;
    Scilama network(config, data.gene_table(data.in_order()), 0);
    TiedObjective direct(network, TiedObjective::Trains::everything);
    const double first = direct.evaluate(data.everything(), {.kl_weight = 0.1}).total;
    EXPECT_LT(data.train(direct, 150), first - 5);
}

}  // namespace
}  // namespace lexicell
