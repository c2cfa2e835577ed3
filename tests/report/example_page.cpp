// Writes a report of invented but realistic content: example_page CELLS OUT.html [hostile]. The browser test opens it.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "lexicell/base/random.h"
#include "lexicell/report/cell_map.h"
#include "lexicell/report/dot_plot.h"
#include "lexicell/report/drop_report.h"
#include "lexicell/report/gene_map.h"
#include "lexicell/report/heatmap.h"
#include "lexicell/report/loss_curves.h"
#include "lexicell/report/manifest_section.h"
#include "lexicell/report/page.h"
#include "lexicell/report/qc_figures.h"

using namespace lexicell;

namespace {

struct Type {
    const char* name;
    double share, x, y, spread;
    std::vector<const char*> markers;
};

const std::vector<Type> types = {
    {"CD4 T naive", .21, -6.0, 3.2, 1.1, {"CCR7", "LEF1", "TCF7"}},   {"CD4 T memory", .16, -4.2, 1.2, 1.0, {"IL7R", "LTB", "AQP3"}},
    {"CD8 T", .11, -6.8, -0.6, .9, {"CD8A", "CD8B", "GZMK"}},         {"Regulatory T", .04, -3.0, 3.6, .5, {"FOXP3", "IL2RA", "CTLA4"}},
    {"NK", .09, -7.4, -4.4, .8, {"GNLY", "NKG7", "KLRD1"}},           {"B naive", .09, 2.2, 8.0, .8, {"MS4A1", "TCL1A", "IGHD"}},
    {"B memory", .05, 4.0, 7.0, .6, {"CD27", "TNFRSF13B", "AIM2"}},   {"Plasma", .01, 6.8, 9.6, .35, {"MZB1", "XBP1", "JCHAIN"}},
    {"CD14 monocytes", .14, 6.4, -3.4, 1.2, {"CD14", "LYZ", "S100A8"}}, {"CD16 monocytes", .05, 8.6, -0.8, .7, {"FCGR3A", "MS4A7", "CDKN1C"}},
    {"Dendritic", .03, 3.4, -1.4, .55, {"FCER1A", "CST3", "CLEC10A"}}, {"Platelets", .02, 1.0, -7.0, .4, {"PPBP", "PF4", "GP9"}},
};

struct Example {
    DenseMatrix umap;
    Frame obs;
    CsrMatrix expression;
    std::vector<std::string> genes;
    Categorical type;
    std::vector<float> counts, detected, mitochondrial;
};

Example make_cells(std::int64_t cells, bool hostile) {
    RandomStream random(random_key(7, 1));
    Example example;
    example.umap = DenseMatrix(cells, 2);
    for (const Type& type : types) {
        example.type.categories.push_back(type.name);
        for (const char* marker : type.markers) example.genes.emplace_back(marker);
    }
    for (int g = 0; g < 1200; ++g) example.genes.push_back(fmt::format("GENE{:04}", g));
    Categorical donor{{}, {"donor 1", "donor 2", "donor 3"}};
    if (hostile) {
        example.type.categories[0] = "</script><script>document.title='owned'</script>";
        example.type.categories[1] = "<img src=x onerror=\"document.title='owned'\">";
        example.type.categories[2] = "a \"quoted\" & 'single' <b>bold</b> %{x} \xff\xfe";
        example.genes[0] = "<!--<script>";
        example.genes[1] = "=cmd|'/c calc'!A1";
    }
    auto& index = example.obs.index;
    auto& matrix = example.expression;
    matrix.cols = static_cast<std::int64_t>(example.genes.size());
    std::vector<double> score;
    for (std::int64_t i = 0; i < cells; ++i) {
        double u = random.uniform();
        std::size_t k = 0;
        while (k + 1 < types.size() && u > types[k].share) u -= types[k++].share;
        const Type& type = types[k];
        const double along = random.normal(), across = random.normal() * .6, bend = .25 * along * along;
        const double angle = 0.9 * static_cast<double>(k);
        example.umap(i, 0) = static_cast<float>(type.x + type.spread * (along * std::cos(angle) - (across + bend) * std::sin(angle)));
        example.umap(i, 1) = static_cast<float>(type.y + type.spread * (along * std::sin(angle) + (across + bend) * std::cos(angle)));
        example.type.codes.push_back(static_cast<std::int32_t>(k));
        donor.codes.push_back(random.uniform() < .02 ? -1 : static_cast<std::int32_t>(random.below(3)));
        index.push_back(fmt::format("{:08X}-1", random.next32()));
        const double depth = std::exp(8.1 + .45 * random.normal());
        example.counts.push_back(static_cast<float>(std::floor(depth)));
        example.detected.push_back(static_cast<float>(std::floor(std::pow(depth, .82) * (1 + .06 * random.normal()))));
        example.mitochondrial.push_back(static_cast<float>(std::min(60.0, std::exp(1.3 + .5 * random.normal()))));
        score.push_back(random.uniform() < .01 ? std::nan("") : std::tanh(example.umap(i, 0) / 6) + .2 * random.normal());
        for (std::size_t g = 0; g < example.genes.size(); ++g) {
            const bool marker = g < 3 * types.size();
            const double share = marker ? (g / 3 == k ? .85 : .04) : .16 / (1 + .004 * static_cast<double>(g));
            if (random.uniform() > share) continue;
            matrix.indices.push_back(static_cast<std::int32_t>(g));
            matrix.values.push_back(static_cast<float>(std::log1p(std::exp((marker && g / 3 == k ? 2.4 : .6) + .5 * random.normal()))));
        }
        matrix.indptr.push_back(static_cast<std::int64_t>(matrix.indices.size()));
    }
    matrix.rows = cells;
    example.obs.set("cell type", {example.type});
    example.obs.set("donor", {donor});
    example.obs.set("counts", {std::vector<double>(example.counts.begin(), example.counts.end())});
    example.obs.set("pseudotime", {score});
    return example;
}

Section markers(const Example& example) {
    const auto groups = static_cast<std::int64_t>(types.size()), genes = 3 * groups;
    DenseMatrix mean(groups, genes), share(groups, genes);
    std::vector<double> size(types.size());
    for (std::int64_t i = 0; i < example.expression.rows; ++i) {
        const int k = example.type.codes[i];
        ++size[k];
        for (std::size_t j = 0; j < example.expression.row_indices(i).size(); ++j) {
            const int g = example.expression.row_indices(i)[j];
            if (g < genes) mean(k, g) += example.expression.row_values(i)[j], share(k, g) += 1;
        }
    }
    Table table{"Marker genes", {{"cell type"}, {"gene"}, {"log2 fold change", true}, {"share in", true}, {"q", true}}, {}, ""};
    std::vector<std::string> blocks;
    RandomStream random(3);
    for (std::int64_t g = 0; g < genes; ++g) blocks.push_back(example.type.categories[g / 3]);
    for (std::int64_t k = 0; k < groups; ++k) {
        for (std::int64_t g = 0; g < genes; ++g) {
            mean(k, g) /= static_cast<float>(std::max(1.0, size[k]));
            share(k, g) /= static_cast<float>(std::max(1.0, size[k]));
        }
        for (int m = 0; m < 12; ++m) {
            table.rows.push_back({example.type.categories[k], example.genes[m < 3 ? 3 * k + m : 36 + k * 12 + m], format_number(5.1 - .31 * m + .1 * random.normal()),
                                  format_percent(.92 - .05 * m), format_number(std::pow(10.0, -60 + 4 * m))});
        }
    }
    const std::vector<std::string> names(example.genes.begin(), example.genes.begin() + genes);
    return {"markers", "Marker genes", "Genes that set a cell type apart from all other cells.",
            {dot_plot(example.type.categories, names, mean, share, blocks, {.group_name = "cell type"}), table}};
}

Section modules(const Example& example) {
    RandomStream random(5);
    const auto genes = static_cast<std::int64_t>(example.genes.size());
    DenseMatrix map(genes, 2);
    Categorical module{{}, {"M1 T cell activation", "M2 antigen presentation", "M3 cell cycle", "M4 ribosome", "M5 interferon response", "M6 oxidative phosphorylation"}};
    std::vector<float> importance;
    for (std::int64_t g = 0; g < genes; ++g) {
        const int m = static_cast<int>(random.below(7)) - 1;
        module.codes.push_back(m);
        const double angle = 1.05 * m, reach = m < 0 ? 0 : 5;
        map(g, 0) = static_cast<float>(reach * std::cos(angle) + (m < 0 ? 3.0 : .9) * random.normal());
        map(g, 1) = static_cast<float>(reach * std::sin(angle) + (m < 0 ? 3.0 : .9) * random.normal());
        importance.push_back(static_cast<float>(std::exp(random.normal())));
    }
    return {"modules", "Gene modules", "Groups of genes that the model places together.",
            {gene_map(map, example.genes, module, {.numbers = {{"importance", importance}}})}};
}

Section annotation(const Example& example) {
    const auto& names = example.type.categories;
    DenseMatrix confusion(static_cast<std::int64_t>(names.size()), static_cast<std::int64_t>(names.size()));
    for (std::int64_t r = 0; r < confusion.rows; ++r) {
        for (std::int64_t c = 0; c < confusion.cols; ++c) confusion(r, c) = r == c ? .88f : .12f / static_cast<float>(confusion.cols - 1);
    }
    return {"annotation", "Annotation", "How often each label was found on held-out cells.",
            {heatmap(names, names, confusion, {"Confusion", "true label", "predicted label", "share of true", false, 0, 1})}};
}

Page make_page(std::int64_t cells, bool hostile) {
    const Example example = make_cells(cells, hostile);
    Page page{.title = hostile ? "<script>alert(1)</script>" : "Peripheral blood, three donors",
              .subtitle = "From counts to cell types, markers and gene modules; sciLaMA preset “recommended”, seed 0."};
    page.facts = {{"cells kept", format_count(cells)}, {"genes modelled", "2,000"}, {"cell types", "12"}, {"gene modules", "6"}, {"macro-F1, held out", "0.91"}, {"run time", "3 min 12 s"}};
    page.notes = {{Note::Level::info, "Counts were read from the layer “counts”; X holds log-normalised values."},
                  {Note::Level::warning, "Annotation is 0.02 macro-F1 below logistic regression on this data set: prefer the baseline, `--classifier logistic`."}};
    DropReport drops{{{"file", "pbmc_three_donors.h5ad"}, {"format", "h5ad (anndata 0.1.0)"}, {"matrix", "layers/counts, CSR, float32"}, {"SHA-256", "9f2c4e61a7d8b03c…"}},
                     cells + 1310, 33538,
                     {{"fewer than 200 genes", 902, ""}, {"more than 20 % mitochondrial", 371, ""}, {"doublet score", 37, ""}},
                     {{"in fewer than 3 cells", 12107, ""}, {"duplicate name", 24, "TBCE, HSPA14, PINX1, …"}, {"not variable enough", 19407, "kept in the file, not modelled"}}};
    page.sections.push_back({"input", "Input", "What was read, and what was left out before the analysis.", drop_blocks(drops)});
    Section qc{"quality", "Quality", "Measures of the cells before filtering.", {}};
    const std::vector<QcMetric> metrics = {{"Counts per cell", example.counts, true, 500.0, std::nullopt},
                                           {"Genes per cell", example.detected, true, 200.0, std::nullopt},
                                           {"Mitochondrial counts, %", example.mitochondrial, false, std::nullopt, 20.0}};
    const auto& donor = std::get<Categorical>(example.obs.find("donor")->values);
    for (Figure& figure : qc_violins(metrics, &donor)) qc.blocks.push_back(std::move(figure));
    LossCurve training{"training", {}, {}}, validation{"validation", {}, {}};
    for (int e = 1; e <= 120; ++e) {
        training.step.push_back(e);
        training.value.push_back(612 + 240 * std::exp(-e / 14.0) + 1.5 * std::sin(e * 1.7));
        validation.step.push_back(e);
        validation.value.push_back(628 + 230 * std::exp(-e / 13.0) + .0035 * (e - 60) * (e - 60) * (e > 60) + 2 * std::sin(e * 2.3));
    }
    page.sections.push_back(std::move(qc));
    page.sections.push_back({"training", "Training", "", {loss_curves({training, validation}, {.title = "Negative ELBO", .value_name = "negative ELBO a cell", .best_step = 78})}});
    CellMapOptions options{.title = "Cells, UMAP of the latent space", .colour_by = "cell type"};
    for (int g = 0; g < 36; ++g) options.first_genes.push_back(example.genes[g]);
    page.sections.push_back({"cells", "Cells", "Colour the cells by any column or gene; select a region to see what it holds.",
                             {cell_map(example.umap, example.obs, example.expression, example.genes, options)}});
    page.sections.push_back(markers(example));
    page.sections.push_back(annotation(example));
    page.sections.push_back(modules(example));
    page.sections.push_back(manifest_section({
        {"command", "lexicell run pbmc_three_donors.h5ad --out result/"}, {"version", "0.1.0"}, {"seed", 0}, {"started", "2026-03-01T09:12:44Z"}, {"seconds", 192.4},
        {"inputs", {{{"file", "pbmc_three_donors.h5ad"}, {"bytes", 18231002}, {"sha256", "9f2c4e61a7d8b03c5f"}}, {{"file", "gene_text.safetensors"}, {"bytes", 61400120}, {"sha256", "00aa91"}}}},
        {"hardware", {{"cpu", "2 cores, AVX2"}, {"memory_bytes", 8123456512}, {"device", "cpu"}}},
        {"parameters", {{"model", "scilama"}, {"latent", 30}, {"epochs", 120}, {"learning_rate", 0.001}, {"likelihood", "nb"}, {"min_genes", nullptr}, {"hidden", {256, 128}}, {"optimizer", {{"name", "AdamW"}, {"weight_decay", 0.0}, {"amsgrad", false}}}}}}));
    return page;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    write_page(make_page(std::atoll(argv[1]), argc > 3), argv[2]);
}
