#include "lexicell/genes/gene_sets.h"

#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lexicell/base/error.h"
#include "lexicell/io/fact_table.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"

namespace lexicell {
namespace {

using testing::ElementsAre;
using namespace testing_support;

std::filesystem::path sets() { return shared_folder() / "knowledge/sets"; }

GeneReference human_symbols() {
    std::vector<Gene> genes;
    for (const FactRow& row : read_fact_table(shared_folder() / "knowledge/tables/genes.tsv.zst", 9)) genes.push_back({.symbol = row[0]});
    return GeneReference(Species::human, std::move(genes), {});
}

TEST(GeneSets, ReadsGmt) {
    ScratchFolder folder;
    const auto path = folder.write("a.gmt", "one\thttp://x\tA\tB\tA\r\ntwo\t\tC\n\none\tmore\tD\tB\n");
    const GeneSetFile file = read_gmt(path);
    ASSERT_EQ(file.sets.size(), 2u);
    EXPECT_THAT(file.sets[0].genes, ElementsAre("A", "B", "D"));
    EXPECT_EQ(file.sets[0].description, "http://x");
    EXPECT_EQ(file.repeated, 2);
    EXPECT_THROW(read_gmt(folder.write("b.gmt", "lonely\n")), Error);
    EXPECT_THROW(read_gmt(folder / "missing.gmt"), Error);
}

TEST(GeneSets, ReadsGeneLists) {
    ScratchFolder folder;
    EXPECT_THAT(read_gene_list(folder.write("l.txt", "# comment\nA\r\n\nB\nA")), ElementsAre("A", "B"));
}

TEST(GeneSets, PublishedCollectionsHaveTheStatedSizes) {
    LEXICELL_NEEDS(sets());
    const GeneReference human = human_symbols();
    const GeneSetFile reactome = read_gmt(sets() / "ReactomePathways_2024-09-18.gmt");
    EXPECT_EQ(reactome.sets.size(), 2694u);
    EXPECT_TRUE(reactome.sets[0].description.starts_with("R-HSA-"));
    EXPECT_EQ(resolve_gene_sets(reactome.sets, human).unresolved.size(), 391u);
    const GeneSetFile hallmark = read_gmt(sets() / "h.all.v7.5.1.symbols.gmt");
    EXPECT_EQ(hallmark.sets.size(), 50u);
    std::set<std::string> members;
    for (const GeneSet& set : hallmark.sets) members.insert(set.genes.begin(), set.genes.end());
    EXPECT_EQ(members.size(), 4383u);
    EXPECT_TRUE(resolve_gene_sets(hallmark.sets, human).unresolved.empty());
}

TEST(GeneSets, TheCellCycleFileRepeatsOneGene) {
    LEXICELL_NEEDS(sets());
    const GeneSetFile cycle = read_gmt(sets() / "cell_cycle_human.gmt");
    EXPECT_EQ(cycle.repeated, 1);  // HJURP
    std::size_t genes = 0;
    for (const GeneSet& set : cycle.sets) genes += set.genes.size();
    EXPECT_EQ(genes, 97u);
}

TEST(GeneSets, ThePlainlyNamedCellCycleListsAreMouse) {
    LEXICELL_NEEDS(sets());
    const GeneReference human = human_symbols();
    const auto approved = [&](const char* name) {
        const std::vector<std::string> genes = read_gene_list(sets() / name);
        return std::count_if(genes.begin(), genes.end(), [&](const std::string& g) { return !human.by_symbol(g).empty(); });
    };
    EXPECT_GT(approved("s_genes_tirosh_hm.txt"), 40);
    EXPECT_LT(approved("s_genes_tirosh.txt"), 2);
}

}  // namespace
}  // namespace lexicell
