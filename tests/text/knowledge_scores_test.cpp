// The folder built from the shared tables must reach the bars of knowledge/README.md 7.2-7.4. One test, because building takes
// most of its time; GO and GGI, which need minutes, are in bench/gene_text_scores.py.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lexicell/base/parallel.h"
#include "lexicell/io/delimited.h"
#include "lexicell/text/knowledge.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/shared_data.h"
#include "tests/text/set_scores.h"

namespace lexicell {
namespace {

using namespace testing_support;
using testing::IsSupersetOf;
using testing::UnorderedElementsAre;

std::filesystem::path source() { return shared_folder() / "knowledge"; }

class Scorer {
public:
    explicit Scorer(const Knowledge& knowledge) : knowledge_(knowledge), unit_(unit_rows(knowledge.human.vectors)) {
        for (std::size_t i = 0; i < knowledge.human.ids.size(); ++i) row_of_[knowledge.human.ids[i]] = static_cast<std::int64_t>(i);
    }

    // The genes closest to `gene`, best first, without itself.
    std::vector<std::string> neighbours(const std::string& gene, std::size_t count) const {
        return closest(unit_, unit_.row(row_of_.at(gene)), count, gene);
    }

    std::vector<std::string> closest(const DenseMatrix& unit, std::span<const float> query, std::size_t count, const std::string& but = "") const {
        std::vector<std::pair<double, std::int64_t>> order;
        for (std::int64_t r = 0; r < unit.rows; ++r)
            if (knowledge_.human.ids[r] != but) order.emplace_back(-dot(unit.row(r), query), r);
        std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count), order.end());
        std::vector<std::string> names;
        for (std::size_t i = 0; i < count; ++i) names.push_back(knowledge_.human.ids[order[i].second]);
        return names;
    }

    // Mean share of the ten nearest neighbours of a class that belong to it.
    double purity(const std::function<bool(const std::string&)>& belongs) const {
        double sum = 0, members = 0;
        for (const auto& [gene, row] : row_of_) {
            if (!belongs(gene)) continue;
            for (const std::string& n : neighbours(gene, 10)) sum += belongs(n) / 10.0;
            ++members;
        }
        return sum / members;
    }

    double auc_of_list(const char* file) const {
        std::vector<std::int64_t> members, everyone;
        const GeneSet set{.genes = read_gene_list(source() / "sets" / file)};
        for (const std::string& gene : resolve_gene_sets({set}, knowledge_.catalog.human).sets[0].genes)
            if (const auto row = row_of_.find(gene); row != row_of_.end()) members.push_back(row->second);
        for (std::int64_t r = 0; r < unit_.rows; ++r) everyone.push_back(r);
        return set_auc(unit_, members, everyone);
    }

private:
    const Knowledge& knowledge_;
    DenseMatrix unit_;
    std::map<std::string, std::int64_t> row_of_;
};

std::vector<GeneSet> panglao_sets() {
    DelimitedReader reader(source() / "truth/PanglaoDB_markers_27_Mar_2020.tsv", {.delimiter = '\t', .quotes = false});
    std::map<std::string, GeneSet> sets;
    std::vector<std::string_view> fields;
    while (reader.next(fields))
        if (fields[0].find("Hs") != std::string_view::npos) sets[std::string(fields[2])].genes.emplace_back(fields[1]);
    std::vector<GeneSet> out;
    for (auto& [name, set] : sets) out.push_back(std::move(set));
    return out;
}

bool begins_with_any(const std::string& gene, std::initializer_list<const char*> starts) {
    return std::any_of(starts.begin(), starts.end(), [&](const char* start) { return gene.starts_with(start); });
}

TEST(KnowledgeScores, TheFolderFromTheTablesReachesItsBars) {
    LEXICELL_NEEDS(source());
    ScratchFolder scratch;
    const std::filesystem::path folders[] = {source() / "tables", source() / "ontology"};
    const KnowledgeSummary summary = build_knowledge(find_knowledge_sources(folders), scratch / "k", {.threads = available_threads()});
    EXPECT_EQ(summary.human_vectors, 19216);
    EXPECT_GT(summary.mouse_vectors, 17000);
    EXPECT_NEAR(summary.words, 22329, 200);
    EXPECT_NEAR(summary.documents, 173420, 200);

    const Knowledge knowledge = load_knowledge(scratch / "k");  // int8, as users get it
    const GeneReference& human = knowledge.catalog.human;
    const std::vector<GeneSet> hallmark = read_gmt(source() / "sets/h.all.v7.5.1.symbols.gmt").sets;
    const SetScore hallmark_score = score_sets(knowledge.human, hallmark, human);
    EXPECT_EQ(hallmark_score.sets, 50);
    EXPECT_GE(hallmark_score.mean, 0.77);
    const SetScore panglao_score = score_sets(knowledge.human, panglao_sets(), human);
    EXPECT_EQ(panglao_score.sets, 149);
    EXPECT_GE(panglao_score.mean, 0.715);
    EXPECT_NEAR(score_sets(shuffled(knowledge.human, 1), hallmark, human).mean, 0.5, 0.015);
    EXPECT_NEAR(score_sets(random_like(knowledge.human, 1), hallmark, human).mean, 0.5, 0.015);
    RecordProperty("hallmark", std::to_string(hallmark_score.mean));
    RecordProperty("panglao", std::to_string(panglao_score.mean));

    const Scorer scorer(knowledge);
    EXPECT_THAT(scorer.neighbours("CD3D", 3), UnorderedElementsAre("CD247", "CD3E", "CD3G"));
    EXPECT_GE(scorer.purity([](const std::string& g) { return g.starts_with("HLA-"); }), 0.9);
    EXPECT_GE(scorer.purity([](const std::string& g) { return begins_with_any(g, {"CCL", "CXCL", "XCL", "CX3CL"}); }), 0.9);
    const std::vector<std::string> ribosomal = read_gmt(source() / "sets/ribosomal_genes_human.gmt").sets[0].genes;
    const std::set<std::string> ribo(ribosomal.begin(), ribosomal.end());
    EXPECT_GE(scorer.purity([&](const std::string& g) { return ribo.contains(g); }), 0.9);
    EXPECT_GE(scorer.auc_of_list("s_genes_tirosh_hm.txt"), 0.93);
    EXPECT_GE(scorer.auc_of_list("g2m_genes_tirosh_hm.txt"), 0.90);

    const SifEncoder encoder = load_text_encoder(scratch / "k");
    const DenseMatrix words = unit_rows(load_word_table(scratch / "k", Species::human).vectors);
    const auto asked = [&](const char* text, std::size_t count) { return scorer.closest(words, encode(encoder, {text}).row(0), count); };
    EXPECT_THAT(asked("hemoglobin oxygen transport in erythrocytes", 10), IsSupersetOf({"HBZ", "HBG2", "HBG1", "HBE1", "HBB"}));
    EXPECT_THAT(asked("insulin secretion by pancreatic beta cells", 20), IsSupersetOf({"GIP", "IAPP", "GCG", "PDX1"}));
    EXPECT_THAT(asked("antigen presentation by MHC class II", 15), IsSupersetOf({"HLA-DOA", "HLA-DMA", "HLA-DMB"}));

    // Mouse genes are placed among human ones: an ortholog lies next to its counterpart.
    const DenseMatrix mouse = unit_rows(knowledge.mouse.vectors);
    const auto place = std::ranges::find(knowledge.mouse.ids, "Cd3d") - knowledge.mouse.ids.begin();
    EXPECT_EQ(scorer.closest(unit_rows(knowledge.human.vectors), mouse.row(place), 1), std::vector<std::string>{"CD3D"});
}

}  // namespace
}  // namespace lexicell
