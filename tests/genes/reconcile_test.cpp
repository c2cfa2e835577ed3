#include "lexicell/genes/reconcile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lexicell/base/error.h"
#include "lexicell/genes/gene_columns.h"

namespace lexicell {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

GeneCatalog small_catalog() {
    GeneCatalog catalog;
    catalog.human = GeneReference(Species::human,
                                  {{"CD3D", "CD3d molecule", "protein_coding", "915", "ENSG00000167286"},
                                   {"KRT20", "keratin 20", "protein_coding", "54474", "ENSG00000171431"},
                                   {"MS4A1", "", "protein_coding", "931", "ENSG00000156738"},
                                   {"C10orf105", "", "protein_coding", "414152", "ENSG00000214688"},
                                   {"CAD", "", "protein_coding", "790", "ENSG00000084774"},
                                   {"SEPTIN9", "", "protein_coding", "10801", "ENSG00000184640"},
                                   {"LINC00595", "", "lncRNA", "414243", "ENSG00000230417"},
                                   {"LINC00856", "", "lncRNA", "100132987", "ENSG00000230417"},
                                   {"CH507-9B2.2", "", "", "", ""}},
                                  {{"CD20", {"KRT20", "MS4A1"}},
                                   {"CAD", {"CD3D"}},
                                   {"T3D", {"CD3D"}},
                                   {"SEPT9", {"SEPTIN9"}},
                                   {"GONE", {"NOBODY"}}});
    catalog.mouse = GeneReference(Species::mouse, {{"Cd3d"}, {"Krt20"}, {"Ms4a1"}, {"Gm100"}, {"H2-Q1"}, {"Trp53"}, {"Dup1"}, {"Dup2"}}, {});
    const auto pair = [&](const char* human, const char* mouse) {
        catalog.orthologs.emplace_back(catalog.human.by_symbol(human)[0], catalog.mouse.by_symbol(mouse)[0]);
    };
    pair("CD3D", "Cd3d");
    pair("KRT20", "Krt20");
    pair("CAD", "Dup1");
    pair("CAD", "Dup2");
    return catalog;
}

Frame var_of(std::vector<std::string> index) { return Frame{.index = std::move(index)}; }
Column text(std::vector<std::string> values) { return {.values = std::move(values)}; }

GeneStep step_of(const std::string& name, bool fold = false) { return match_gene(name, small_catalog().human, fold).step; }

TEST(MatchGene, TakesTheStepsInOrder) {
    EXPECT_EQ(step_of("ENSG00000167286"), GeneStep::exact_id);
    EXPECT_EQ(step_of("ENSG00000167286.14"), GeneStep::id_without_version);
    EXPECT_EQ(step_of("CD3D"), GeneStep::exact_symbol);
    EXPECT_EQ(step_of("T3D"), GeneStep::alias);
    EXPECT_EQ(step_of("cd3d"), GeneStep::unmatched);
    EXPECT_EQ(step_of("cd3d", true), GeneStep::folded_symbol);
    EXPECT_EQ(step_of("nothing"), GeneStep::unmatched);
    EXPECT_EQ(step_of("ENSMUSG00000032094"), GeneStep::other_species);
    EXPECT_EQ(step_of(""), GeneStep::unmatched);
}

TEST(MatchGene, NeverGuesses) {
    const GeneCatalog catalog = small_catalog();
    EXPECT_EQ(match_gene("CD20", catalog.human), (GeneMatch{GeneStep::ambiguous, -1}));
    EXPECT_EQ(candidates("CD20", catalog.human).size(), 2u);
    EXPECT_EQ(match_gene("ENSG00000230417", catalog.human).step, GeneStep::ambiguous);
    EXPECT_EQ(match_gene("GONE", catalog.human).step, GeneStep::unmatched);
    // An approved symbol that is also somebody's alias is itself.
    EXPECT_EQ(catalog.human.genes()[match_gene("CAD", catalog.human).gene].symbol, "CAD");
    // A version is cut from Ensembl ids only: these are different genes.
    EXPECT_EQ(match_gene("CH507-9B2.2", catalog.human).step, GeneStep::exact_symbol);
    EXPECT_EQ(match_gene("CH507-9B2.1", catalog.human).step, GeneStep::unmatched);
    EXPECT_EQ(match_gene("CD3D.1", catalog.human).step, GeneStep::unmatched);
}

TEST(MatchGene, KnowsWhatIsNoGene) {
    EXPECT_EQ(step_of("ERCC-00002"), GeneStep::not_a_gene);
    EXPECT_EQ(step_of("CD3_TotalSeqB"), GeneStep::not_a_gene);
    EXPECT_NE(step_of("ERCC2"), GeneStep::not_a_gene);
    for (const char* date : {"1-Mar", "01-Sep", "Mar-01", "Dec-1", "2001-03-01", "9-SEP"}) EXPECT_EQ(step_of(date), GeneStep::date_like) << date;
    for (const char* name : {"MARCH1", "SEPT9", "HLA-A", "NKX2-5", "MIR1-1", "DEC1", "1-2", "TRNA-SEP"}) EXPECT_FALSE(looks_like_date(name)) << name;
}

TEST(MatchGene, ReadsEnsemblIdsStrictly) {
    EXPECT_EQ(parse_ensembl("ENSG00000167286")->species, Species::human);
    EXPECT_EQ(parse_ensembl("ENSMUSG00000032094.3")->species, Species::mouse);
    EXPECT_FALSE(parse_ensembl("ENSDARG00000000001")->species);
    for (const char* bad : {"ENSG0000016728", "ENSG000001672861", "ENSGXXXXXX", "ENST00000300692", "ENSG00000167286.", "ENSA", "ENSG00000167286.1a"})
        EXPECT_FALSE(parse_ensembl(bad)) << bad;
}

TEST(MatchGene, ReadsGenomePrefixes) {
    EXPECT_EQ(parse_genome_prefix("hg19_CD3D")->prefix, "hg19_");
    EXPECT_EQ(parse_genome_prefix("GRCh38_CD3D")->species, Species::human);
    EXPECT_EQ(parse_genome_prefix("mm10___Cd3d")->prefix, "mm10___");
    for (const char* no : {"hgCD3D", "mm", "hg19", "hg19_", "MMP9_x", "mm_a"}) EXPECT_FALSE(parse_genome_prefix(no)) << no;
}

TEST(Reconcile, CountsEveryStepAndListsTheAmbiguous) {
    const Frame var = var_of({"CD3D", "T3D", "CD20", "ENSG00000156738.2", "ERCC-00002", "1-Mar", "unheard", "SEPT9"});
    const Reconciliation genes = reconcile(var, small_catalog());
    EXPECT_EQ(genes.count(GeneStep::exact_symbol), 1);
    EXPECT_EQ(genes.count(GeneStep::alias), 2);
    EXPECT_EQ(genes.count(GeneStep::id_without_version), 1);
    EXPECT_EQ(genes.count(GeneStep::ambiguous), 1);
    EXPECT_EQ(genes.count(GeneStep::not_a_gene), 1);
    EXPECT_EQ(genes.count(GeneStep::date_like), 1);
    EXPECT_EQ(genes.count(GeneStep::unmatched), 1);
    EXPECT_EQ(genes.resolved(), 4);
    EXPECT_EQ(genes.merged, 1);
    ASSERT_EQ(genes.ambiguous.size(), 2u);
    EXPECT_EQ(genes.ambiguous[0].name, "CD20");
    EXPECT_THAT(genes.ambiguous[0].symbols, ElementsAre("KRT20", "MS4A1"));
    EXPECT_TRUE(genes.ambiguous[1].symbols.empty());
    EXPECT_THAT(approved_symbols(genes, small_catalog()), ElementsAre("CD3D", "CD3D", "", "MS4A1", "", "", "", "SEPTIN9"));
    EXPECT_THAT(summary(genes), HasSubstr("4 of 8 genes resolved"));
    EXPECT_THAT(summary(genes), HasSubstr("2 ambiguous"));
    const Dict data = report(genes);
    EXPECT_EQ(std::get<std::int64_t>(data.at("resolved").content), 4);
    EXPECT_EQ(std::get<std::int64_t>(std::get<Dict>(data.at("steps").content).at("alias").content), 2);
}

TEST(Reconcile, ChoosesTheBestColumnAndRejectsAConstantOne) {
    Frame var = var_of({"g1", "g2", "g3"});
    var.set("gene_ids", text({"ENSGXXXXXX", "ENSGXXXXXX", "ENSGXXXXXX"}));
    var.set("symbol", text({"CD3D", "KRT20", "unheard"}));
    var.set("n", {.values = std::vector<std::int64_t>{1, 2, 3}});
    const Reconciliation genes = reconcile(var, small_catalog());
    EXPECT_EQ(genes.column, "symbol");
    ASSERT_EQ(genes.shares.size(), 3u);
    EXPECT_EQ(genes.shares[0].column, "symbol");
    EXPECT_NEAR(genes.shares[0].share, 2.0 / 3, 1e-12);
    EXPECT_EQ(genes.shares[2].column, "gene_ids");
    EXPECT_THAT(genes.shares[2].rejected, HasSubstr("ENSGXXXXXX"));
    EXPECT_EQ(reconcile(var, small_catalog(), {.column = "index"}).resolved(), 0);
    try {
        reconcile(var, small_catalog(), {.column = "none"});
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::usage);
        EXPECT_THAT(e.what(), HasSubstr("symbol"));
    }
    EXPECT_THROW(reconcile(var, small_catalog(), {.column = "gene_ids"}), Error);
}

TEST(Reconcile, StripsAPrefixOnlyWhenABlockSharesIt) {
    const Reconciliation all = reconcile(var_of({"hg19_CD3D", "hg19_KRT20", "hg19_ERCC-00002"}), small_catalog());
    EXPECT_EQ(all.resolved(), 2);
    EXPECT_EQ(all.prefixed, 3);
    EXPECT_EQ(all.count(GeneStep::not_a_gene), 1);
    const Reconciliation stray = reconcile(var_of({"hg19_CD3D", "KRT20", "CD3D", "a", "b", "c"}), small_catalog());
    EXPECT_EQ(stray.prefixed, 0);
    EXPECT_EQ(stray.resolved(), 2);
}

TEST(Reconcile, APrefixAssignsTheSpeciesOfMixedFiles) {
    std::vector<std::string> names;
    for (const char* name : {"CD3D", "KRT20", "MS4A1", "CAD", "SEPTIN9", "LINC00595"}) names.push_back(std::string("hg19_") + name);
    for (const char* name : {"Cd3d", "Krt20", "Ms4a1", "Gm100", "CD3D"}) names.push_back(std::string("mm10_") + name);
    const Reconciliation genes = reconcile(var_of(names), small_catalog());
    EXPECT_EQ(genes.species, Species::human);
    EXPECT_EQ(genes.resolved(), 6);
    EXPECT_EQ(genes.count(GeneStep::other_species), 5);
}

TEST(Reconcile, InfersTheSpeciesAndSaysWhy) {
    EXPECT_EQ(reconcile(var_of({"CD3D", "KRT20"}), small_catalog()).species, Species::human);
    const Reconciliation mouse = reconcile(var_of({"Cd3d", "Krt20", "Gm100"}), small_catalog());
    EXPECT_EQ(mouse.species, Species::mouse);
    EXPECT_EQ(mouse.resolved(), 3);
    EXPECT_FALSE(mouse.folded);
    const Reconciliation capitals = reconcile(var_of({"CD3D", "KRT20", "GM100", "H2-Q1", "TRP53"}), small_catalog());
    EXPECT_EQ(capitals.species, Species::mouse);
    EXPECT_TRUE(capitals.folded);
    EXPECT_EQ(capitals.count(GeneStep::folded_symbol), 4);
    EXPECT_EQ(capitals.resolved(), 5);
    EXPECT_THAT(capitals.species_reason, HasSubstr("capitals"));
    Frame ids = var_of({"ENSMUSG00000032094", "ENSMUSG00000051951"});
    ids.set("symbol", text({"Cd3d", "Xkr4"}));
    EXPECT_EQ(reconcile(ids, small_catalog()).species, Species::mouse);
    EXPECT_EQ(reconcile(ids, small_catalog()).column, "symbol");
    EXPECT_EQ(reconcile(var_of({"Cd3d"}), small_catalog(), {.species = Species::human}).resolved(), 0);
    EXPECT_THAT(reconcile(var_of({"x", "y"}), small_catalog()).species_reason, HasSubstr("assumed"));
}

TEST(Reconcile, CarriesOverOneToOneOrthologsOnly) {
    const GeneCatalog catalog = small_catalog();
    const Frame var = var_of({"Cd3d", "Dup1", "Dup2", "Gm100", "Krt20"});
    const Reconciliation genes = reconcile(var, catalog, {.target = Species::human});
    EXPECT_EQ(genes.species, Species::mouse);
    EXPECT_THAT(approved_symbols(genes, catalog), ElementsAre("CD3D", "", "", "", "KRT20"));
    EXPECT_EQ(genes.without_ortholog, 3);
    const Reconciliation never = reconcile(var, catalog, {.target = Species::human, .orthologs = false});
    EXPECT_EQ(never.resolved(), 0);
}

TEST(Reconcile, LeavesDeclaredOtherFeaturesAlone) {
    Frame var = var_of({"CD3D", "KRT20", "chr1:1-100"});
    var.set("feature_types", text({"Gene Expression", "Antibody Capture", "Peaks"}));
    const Reconciliation genes = reconcile(var, small_catalog());
    EXPECT_EQ(genes.resolved(), 1);
    EXPECT_EQ(genes.count(GeneStep::not_a_gene), 2);
}

TEST(Reconcile, AnEmptyVarHasNoGenes) {
    const Reconciliation genes = reconcile(var_of({}), small_catalog());
    EXPECT_EQ(genes.genes(), 0);
    EXPECT_EQ(genes.resolved(), 0);
}

}  // namespace
}  // namespace lexicell
