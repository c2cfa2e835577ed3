// Coverage and traps of knowledge/README.md 6 and formats.md 6, on the tables and var frames of the shared folder.
#include "lexicell/text/source_catalog.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "lexicell/genes/merge_genes.h"
#include "lexicell/genes/reconcile.h"
#include "lexicell/io/read.h"
#include "tests/support/shared_data.h"
#include "tests/text/orgdb_folder.h"

namespace lexicell {
namespace {

using namespace testing_support;
using testing::ElementsAre;

std::filesystem::path knowledge() { return shared_folder() / "knowledge"; }

GeneCatalog tables_only() {
    SourceReader reader({.tables = knowledge() / "tables"});
    return source_catalog(reader);
}

GeneCatalog tables_and_orgdb() {
    SourceReader reader({.tables = knowledge() / "tables", .orgdb = orgdb_file()});
    return source_catalog(reader);
}

Frame var_of(const std::string& file) { return read_dataset(shared_folder() / "data" / file).var; }

std::vector<std::string> keys_of(const nlohmann::json& object) {
    std::vector<std::string> keys;
    for (const auto& [key, value] : object.items()) keys.push_back(key);
    return keys;
}

std::vector<std::string> scfoundation_genes() {
    std::vector<std::string> genes;
    for (const FactRow& row : read_fact_table(knowledge() / "vocab/OS_scRNA_gene_index.19264.tsv", 2, "gene_name\tindex")) genes.push_back(row[0]);
    return genes;
}

std::vector<std::string> scgpt_genes() {
    return keys_of(nlohmann::json::parse(read_text(knowledge() / "vocab/default_census_vocab.json")));
}

std::int64_t resolved(const std::vector<std::string>& names, const GeneReference& reference) {
    std::int64_t count = 0;
    for (const std::string& name : names) count += match_gene(name, reference).gene >= 0;
    return count;
}

std::int64_t exact(const std::vector<std::string>& names, const GeneReference& reference) {
    std::int64_t count = 0;
    for (const std::string& name : names) count += !reference.by_symbol(name).empty();
    return count;
}

TEST(SourceCatalog, HoldsWhatTheTablesHold) {
    LEXICELL_NEEDS(knowledge());
    const GeneCatalog catalog = tables_only();
    EXPECT_EQ(catalog.human.genes().size(), 42854u);
    EXPECT_EQ(catalog.mouse.genes().size(), 22234u);
    // 24,857 pairs, of which 24,769 name an approved human symbol; some of the others are reached by their alias.
    EXPECT_GE(catalog.orthologs.size(), 24769u);
    EXPECT_LE(catalog.orthologs.size(), 24857u);
    const auto one_to_one = one_to_one_orthologs(catalog, Species::human);
    EXPECT_NEAR(std::count_if(one_to_one.begin(), one_to_one.end(), [](std::int32_t m) { return m >= 0; }), 16757, 30);
}

TEST(SourceCatalog, CoversTheListsOfTheKnowledgeTable) {
    LEXICELL_NEEDS(knowledge());
    const GeneCatalog catalog = tables_only();
    const std::vector<std::string> pbmc = var_of("rcppml_pbmc3k.h5ad").index;
    EXPECT_EQ(exact(pbmc, catalog.human), 11550);
    EXPECT_EQ(resolved(pbmc, catalog.human), 12070);
    EXPECT_EQ(exact(scfoundation_genes(), catalog.human), 19204);
    EXPECT_EQ(resolved(scfoundation_genes(), catalog.human), 19214);
    EXPECT_EQ(exact(scgpt_genes(), catalog.human), 39078);
    EXPECT_EQ(resolved(scgpt_genes(), catalog.human), 39104);
}

TEST(SourceCatalog, OrgDbKnowsLaterNames) {
    LEXICELL_NEEDS(knowledge());
    LEXICELL_NEEDS(orgdb_file());
    const GeneCatalog catalog = tables_and_orgdb();
    EXPECT_NEAR(resolved(var_of("rcppml_pbmc3k.h5ad").index, catalog.human), 12372, 5);
    EXPECT_NEAR(resolved(scgpt_genes(), catalog.human), 39297, 5);
    // 22 more than the 19,215 of the knowledge table: symbols approved since, met through their Entrez id.
    EXPECT_GE(resolved(scfoundation_genes(), catalog.human), 19215);
    const auto symbol_of = [&](const char* name) {
        const GeneMatch match = match_gene(name, catalog.human);
        return match.gene < 0 ? std::string(name_of(match.step)) : catalog.human.genes()[match.gene].symbol;
    };
    EXPECT_EQ(symbol_of("SEPT9"), "SEPTIN9");
    EXPECT_EQ(symbol_of("MARCH1"), "MARCHF1");
    EXPECT_EQ(symbol_of("HIST1H4C"), "H4C3");
    EXPECT_EQ(symbol_of("AARS"), "AARS1");
    EXPECT_EQ(symbol_of("T"), "TBXT");
    EXPECT_EQ(symbol_of("FAM64A"), "PIMREG");
    EXPECT_EQ(symbol_of("HN1"), "ambiguous");
    EXPECT_EQ(symbol_of("CD20"), "ambiguous");
}

TEST(SourceCatalog, AmbiguousAliasesAreRefusedWithTheirTargets) {
    LEXICELL_NEEDS(knowledge());
    const GeneReference human = tables_only().human;
    const auto targets = [&](const char* name) {
        std::vector<std::string> symbols;
        for (const std::int32_t row : candidates(name, human)) symbols.push_back(human.genes()[row].symbol);
        return symbols;
    };
    EXPECT_EQ(match_gene("CD20", human).step, GeneStep::ambiguous);
    EXPECT_THAT(targets("CD20"), ElementsAre("KRT20", "MS4A1"));
    EXPECT_GE(targets("CAP").size(), 6u);
    EXPECT_EQ(targets("p40").size(), 6u);
    for (const char* symbol : {"CAD", "CAP1", "PGP"}) EXPECT_EQ(match_gene(symbol, human).step, GeneStep::exact_symbol) << symbol;
}

TEST(SourceCatalog, OrgDbAloneIsHumanOnly) {
    LEXICELL_NEEDS(orgdb_file());
    SourceReader reader({.orgdb = orgdb_file()});
    const GeneCatalog catalog = source_catalog(reader);
    EXPECT_EQ(catalog.human.genes().size(), 77510u);
    EXPECT_TRUE(catalog.mouse.genes().empty());
    EXPECT_EQ(catalog.human.genes()[match_gene("SEPT9", catalog.human).gene].symbol, "SEPTIN9");
    EXPECT_EQ(match_gene("CD20", catalog.human).step, GeneStep::ambiguous);
    const auto hbd = catalog.human.by_symbol("HBD");
    ASSERT_EQ(hbd.size(), 1u);
    EXPECT_EQ(catalog.human.genes()[hbd[0]].locus_type, "protein_coding");
}

TEST(RealGenes, MouseEnsemblFileUsesItsSymbols) {
    LEXICELL_NEEDS(shared_folder() / "data");
    const Dataset heart = read_dataset(shared_folder() / "data/heart_1k_v2_cellranger.h5");
    const Reconciliation genes = reconcile(heart.var, tables_only());
    EXPECT_EQ(genes.species, Species::mouse);
    EXPECT_GT(genes.resolved(), 15000);
    EXPECT_GT(genes.merged, 0);  // Ccl19, Ccl21b, ... are repeated names
    const MergedGenes merged = merge_duplicate_genes(to_csr(*heart.x), genes.targets);
    EXPECT_EQ(merged.merged, genes.merged);
    EXPECT_GT(merged.median_kept, 0.8);
}

TEST(RealGenes, GenomePrefixIsNoPartOfTheName) {
    LEXICELL_NEEDS(shared_folder() / "data");
    const Reconciliation genes = reconcile(var_of("citeseq_citefuse.h5ad"), tables_only());
    EXPECT_EQ(genes.species, Species::human);
    EXPECT_EQ(genes.prefixed, 19521);
    EXPECT_EQ(genes.count(GeneStep::exact_symbol), 15664);
}

TEST(RealGenes, MouseInCapitalsIsNotTakenForHuman) {
    LEXICELL_NEEDS(shared_folder() / "data");
    const GeneCatalog catalog = tables_only();
    const Frame var = var_of("embryo_E3.5_E4.5_mouse.h5ad");
    const Reconciliation genes = reconcile(var, catalog);
    EXPECT_EQ(genes.species, Species::mouse);
    EXPECT_TRUE(genes.folded);
    EXPECT_NEAR(genes.resolved(), 3497, 5);
    const Reconciliation human = reconcile(var, catalog, {.target = Species::human});
    EXPECT_GT(human.resolved(), 3000);
    EXPECT_EQ(reconcile(var, catalog, {.species = Species::human}).count(GeneStep::exact_symbol), 3328);
}

TEST(RealGenes, EverySetHasTheSpeciesItsReadmeStates) {
    LEXICELL_NEEDS(shared_folder() / "data");
    const GeneCatalog catalog = tables_only();
    for (const char* file : {"mOB_st.h5ad", "osmfish_cortex.h5ad", "pancreas_veloviz.h5ad", "paul15_tradeseq.h5ad", "zeisel_descend.h5ad"}) {
        const Reconciliation genes = reconcile(var_of(file), catalog);
        EXPECT_EQ(genes.species, Species::mouse) << file << ": " << summary(genes);
        EXPECT_GT(genes.resolved(), 0.8 * static_cast<double>(genes.genes())) << file << ": " << summary(genes);
    }
    for (const char* file : {"glioblastoma_lemur.h5ad", "kang_harmony_labelled.h5ad", "kang_muscat_se.h5ad", "kang_scgen_valid_counts.h5ad",
                             "mudan_pbmcA.h5ad", "pbmc68k_reduced_counts.h5ad", "perturbench_devel_counts.h5ad", "symphony_pbmcs_lognorm.h5ad",
                             "totalvi_pbmc10k_cite.h5ad", "zheng68k_mini_165.h5ad"}) {
        const Reconciliation genes = reconcile(var_of(file), catalog);
        EXPECT_EQ(genes.species, Species::human) << file << ": " << summary(genes);
        EXPECT_FALSE(genes.folded) << file;
        EXPECT_GT(genes.resolved(), 0.8 * static_cast<double>(genes.genes())) << file << ": " << summary(genes);
    }
}

TEST(RealGenes, SpikeInsNeverEnterTheGeneSpace) {
    LEXICELL_NEEDS(shared_folder() / "data");
    const Reconciliation genes = reconcile(var_of("scmixology_5batches.h5ad"), tables_only());
    EXPECT_EQ(genes.column, "index");
    EXPECT_EQ(genes.count(GeneStep::not_a_gene), 62);
    EXPECT_GT(genes.count(GeneStep::exact_id), 20000);
}

TEST(RealGenes, AConstantIdColumnGivesWayToSymbols) {
    LEXICELL_NEEDS(shared_folder() / "data/readers/10x-seurat");
    const Frame var = var_of("readers/10x-seurat");
    const Reconciliation genes = reconcile(var, tables_only());
    EXPECT_GT(genes.resolved(), 70);
    EXPECT_NE(genes.shares.back().rejected, "");
}

TEST(RealGenes, MouseIdsWithSymbolsBesideThem) {
    LEXICELL_NEEDS(shared_folder() / "data/readers/reader-malformed");
    const Reconciliation genes = reconcile(var_of("readers/reader-malformed/indexed_by_gene_id.h5ad"), tables_only());
    EXPECT_EQ(genes.species, Species::mouse);
    EXPECT_NE(genes.column, "index");
    EXPECT_GT(genes.resolved(), 60);
}

}  // namespace
}  // namespace lexicell
