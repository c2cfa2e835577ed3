// Building and loading knowledge folders from small sources made here.
#include "lexicell/text/knowledge.h"

#include <sqlite3.h>

#include <cmath>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/base/hash.h"
#include "tests/support/scratch_folder.h"

namespace lexicell {
namespace {

namespace fs = std::filesystem;
using namespace testing_support;
using testing::HasSubstr;

std::string hint_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& e) {
        return e.what();
    }
    return "no error";
}

// Forty genes of two families in the table layout.
void write_tables(const fs::path& folder) {
    fs::create_directories(folder);
    std::vector<FactRow> genes, aliases, summaries, mouse_summaries, orthologs;
    const char* words[2][4] = {{"hemoglobin oxygen transport", "erythrocyte globin chain", "heme binding in blood", "anemia of red cells"},
                               {"synapse of neurons", "axon growth in cortex", "myelin sheath protein", "dendrite channel of nerve"}};
    for (int g = 0; g < 40; ++g) {
        const std::string symbol = (g % 2 ? "NRV" : "HMB") + std::to_string(g);
        genes.push_back({symbol, std::string(g % 2 ? "nerve factor " : "blood factor ") + std::to_string(g), g == 38 ? "lncRNA" : "protein_coding",
                         std::to_string(100 + g), "", "", g % 2 ? "2" : "1", "", ""});
        aliases.push_back({symbol, g == 0 ? "SHARED|OLD0" : g == 1 ? "SHARED" : "ALT" + std::to_string(g)});
        if (g < 30) summaries.push_back({symbol, std::string("This gene encodes ") + words[g % 2][g / 2 % 4] + " and " + words[g % 2][(g / 2 + 1) % 4] + "."});
        orthologs.push_back({symbol, (g % 2 ? "Nrv" : "Hmb") + std::to_string(g)});
    }
    aliases.push_back({"DEAD", "OLD0|GHOST"});
    mouse_summaries.push_back({"Solo1", "This mouse gene encodes hemoglobin oxygen transport."});
    write_fact_table(folder / "genes.tsv.zst", genes);
    write_fact_table(folder / "aliases_ncbi2018.tsv.zst", aliases);
    write_fact_table(folder / "summaries_human.tsv.zst", summaries);
    write_fact_table(folder / "summaries_mouse.tsv.zst", mouse_summaries);
    write_fact_table(folder / "orthologs.tsv.zst", orthologs);
    write_fact_table(folder / "gene_groups.tsv.zst", {{"1", "Globins", "Genes of hemoglobin."}, {"2", "Nerve genes", ""}});
    write_fact_table(folder / "celltypes.tsv.zst", {{"CL:1", "erythrocyte", "A red blood cell with hemoglobin.", "", ""}});
    write_fact_table(folder / "celltype_descriptions.tsv.zst", {{"CL:1", "Erythrocytes carry oxygen in blood by hemoglobin."}});
    write_fact_table(folder / "tissues.tsv.zst", {{"UBERON:1", "blood", "A fluid of cells.", ""}});
    write_fact_table(folder / "go_terms.tsv.zst", {{"GO:1", "oxygen transport", ""}, {"part_of", "part of", ""}});
}

void run_sql(const fs::path& path, const char* sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
    char* message = nullptr;
    EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, &message), SQLITE_OK) << message;
    sqlite3_close(db);
}

void write_orgdb(const fs::path& path, const std::string& version = "2.1") {
    run_sql(path, R"(CREATE TABLE metadata (name, value); CREATE TABLE genes (_id, gene_id); CREATE TABLE gene_info (_id, gene_name, symbol);
        CREATE TABLE genetype (_id, gene_type); CREATE TABLE alias (_id, alias_symbol); CREATE TABLE ensembl (_id, ensembl_id);
        CREATE TABLE go_bp (_id, go_id, evidence); CREATE TABLE go_mf (_id, go_id, evidence); CREATE TABLE go_cc (_id, go_id, evidence);
        WITH RECURSIVE n(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM n WHERE i < 49) INSERT INTO gene_info
            SELECT i, CASE i % 4 WHEN 0 THEN 'blood oxygen' WHEN 1 THEN 'nerve synapse' WHEN 2 THEN 'muscle fibre' ELSE 'bone matrix' END, 'X' || i FROM n;
        INSERT INTO genes SELECT _id, '9' || _id FROM gene_info; INSERT INTO genetype SELECT _id, 'protein-coding' FROM gene_info;
        INSERT INTO alias SELECT _id, symbol FROM gene_info; INSERT INTO go_bp SELECT _id, 'GO:0000001', 'IEA' FROM gene_info WHERE _id % 2 = 0;
        INSERT INTO genes VALUES (1, '100'), (2, '101'), (3, '500'), (4, '501');
        INSERT INTO gene_info VALUES (1, 'blood factor', 'HMBNEW'), (2, 'nerve factor', 'NRV1'), (3, 'twice, pseudo', 'TWICE'), (4, 'twice', 'TWICE');
        INSERT INTO genetype VALUES (1, 'protein-coding'), (2, 'protein-coding'), (3, 'pseudo'), (4, 'protein-coding');
        INSERT INTO alias VALUES (1, 'HMBNEW'), (1, 'NEWALIAS'), (2, 'NRV1'), (2, 'SHARED'), (4, 'TWICE');
        INSERT INTO ensembl VALUES (1, 'ENSG00000000001'), (2, 'ENSG00000000002'), (2, 'ENSG00000000003');
        INSERT INTO go_bp VALUES (1, 'GO:0000001', 'IDA'), (2, 'GO:0000002', 'ND'); INSERT INTO go_mf VALUES (2, 'GO:0120158', 'IEA');)");
    run_sql(path, ("INSERT INTO metadata VALUES ('DBSCHEMAVERSION', '" + version + "'), ('EGSOURCEDATE', '2022-Sep12')").c_str());
}

void write_godb(const fs::path& path) {
    run_sql(path, R"(CREATE TABLE metadata (name, value); CREATE TABLE go_term (_id, go_id, term, ontology, definition);
        INSERT INTO metadata VALUES ('DBSCHEMAVERSION', '2.1'), ('GOSOURCEDATE', '2022-07-01');
        INSERT INTO go_term VALUES (1, 'all', 'all', 'universal', 'all'), (2, 'GO:0000001', 'oxygen transport', 'BP', 'Movement of oxygen.'),
            (3, 'GO:0000002', 'unused', 'BP', 'x'), (4, 'GO:0120158', 'late term', 'MF', NULL);)");
}

class KnowledgeFolder : public testing::Test {
protected:
    void SetUp() override { write_tables(sources() / "tables"); }
    fs::path sources() const { return scratch_ / "sources"; }
    KnowledgeSources found() const { return find_knowledge_sources(std::vector<fs::path>{sources()}); }
    KnowledgeSummary build(const char* name, BuildKnowledgeOptions options = {}) {
        options.dimensions = 8;
        return build_knowledge(found(), scratch_ / name, options);
    }
    ScratchFolder scratch_;
};

TEST_F(KnowledgeFolder, HoldsWhatWasBuilt) {
    const KnowledgeSummary summary = build("k");
    EXPECT_EQ(summary.variant, "text-lsa-ppmi");
    EXPECT_EQ(summary.human_genes, 40);
    EXPECT_EQ(summary.human_vectors, 39);
    EXPECT_EQ(summary.mouse_genes, 41);
    EXPECT_EQ(summary.mouse_vectors, 40);
    EXPECT_EQ(summary.ambiguous_aliases, 1);

    const Knowledge knowledge = load_knowledge(scratch_ / "k");
    EXPECT_EQ(knowledge.human.ids.size(), 39u);
    EXPECT_EQ(knowledge.human.vectors.cols, 8);
    EXPECT_EQ(knowledge.mouse.ids.size(), 40u);
    EXPECT_EQ(knowledge.catalog.orthologs.size(), 40u);
    EXPECT_EQ(match_gene("SHARED", knowledge.catalog.human).step, GeneStep::ambiguous);
    EXPECT_EQ(match_gene("ALT4", knowledge.catalog.human).step, GeneStep::alias);
    // Also the alias of a gene whose symbol is no longer approved: which one is meant cannot be told.
    EXPECT_EQ(match_gene("OLD0", knowledge.catalog.human).gene, -1);
    EXPECT_THAT(knowledge.human.source, HasSubstr("text embedding (LSA + PPMI word vectors)"));
    EXPECT_THAT(read_bytes(scratch_ / "k/ATTRIBUTION.txt"), HasSubstr("HGNC"));
    // These are not the published bytes, so no release is claimed for them.
    EXPECT_THAT(read_bytes(scratch_ / "k/ATTRIBUTION.txt"), testing::Not(HasSubstr("2021-09")));
}

TEST_F(KnowledgeFolder, FlagsWhereATextComesFrom) {
    build("k");
    const auto source_of = [&](Species species, const std::string& symbol) {
        for (const GeneDocument& d : load_gene_documents(scratch_ / "k", species))
            if (d.symbol == symbol) return d.source;
        throw std::runtime_error(symbol);
    };
    EXPECT_EQ(source_of(Species::human, "HMB0"), GeneTextSource::summary);
    EXPECT_EQ(source_of(Species::human, "HMB36"), GeneTextSource::names);
    EXPECT_EQ(source_of(Species::mouse, "Hmb0"), GeneTextSource::ortholog);
    EXPECT_EQ(source_of(Species::mouse, "Solo1"), GeneTextSource::summary);
}

TEST_F(KnowledgeFolder, IsTheSameForAnyNumberOfThreads) {
    build("one");
    build("two", {.threads = 2});
    EXPECT_EQ(sha256_file(scratch_ / "one/manifest.json"), sha256_file(scratch_ / "two/manifest.json"));
}

TEST_F(KnowledgeFolder, TheEncoderSharesTheSpaceOfTheWordTable) {
    build("k");
    const SifEncoder encoder = load_text_encoder(scratch_ / "k");
    for (const Species species : {Species::human, Species::mouse}) {
        const GeneTable words = load_word_table(scratch_ / "k", species);
        const std::vector<GeneDocument> documents = load_gene_documents(scratch_ / "k", species);
        ASSERT_EQ(words.ids.size(), documents.size());
        for (std::size_t i = 0; i < documents.size(); ++i) {
            const DenseMatrix own = encode(encoder, {documents[i].prose});
            double dot = 0, a = 0, b = 0;
            for (std::int64_t k = 0; k < own.cols; ++k) {
                const double x = own(0, k), y = words.vectors(static_cast<std::int64_t>(i), k);
                dot += x * y, a += x * x, b += y * y;
            }
            EXPECT_GT(dot / std::sqrt(a * b), 0.999) << documents[i].symbol;
        }
    }
}

TEST_F(KnowledgeFolder, OrgDbAddsNamesButNotGoText) {
    write_orgdb(sources() / "org.Hs.eg.sqlite");
    write_godb(sources() / "GO.sqlite");
    EXPECT_EQ(build("k").variant, "text-lsa-ppmi");
    const Knowledge knowledge = load_knowledge(scratch_ / "k");
    const auto symbol_of = [&](const char* name) {
        const GeneMatch match = match_gene(name, knowledge.catalog.human);
        return match.gene < 0 ? std::string("none") : knowledge.catalog.human.genes()[match.gene].symbol;
    };
    EXPECT_EQ(symbol_of("NEWALIAS"), "HMB0");
    EXPECT_EQ(symbol_of("HMBNEW"), "HMB0");   // a later symbol, met through the Entrez id
    EXPECT_EQ(symbol_of("SHARED"), "none");   // ambiguous in the older table stays refused
    for (const GeneDocument& d : load_gene_documents(scratch_ / "k", Species::human))
        EXPECT_EQ(d.prose.find("Movement of oxygen"), std::string::npos);
    EXPECT_EQ(build("go", {.go_text = true}).variant, "text-lsa-ppmi-go");
}

TEST_F(KnowledgeFolder, OrgDbAloneSaysThatItContainsGo) {
    fs::remove_all(sources() / "tables");
    write_orgdb(sources() / "org.Hs.eg.sqlite");
    write_godb(sources() / "GO.sqlite");
    EXPECT_EQ(build("k").variant, "text-lsa-ppmi-go");
    const auto manifest = nlohmann::json::parse(read_bytes(scratch_ / "k/manifest.json"));
    EXPECT_EQ(manifest["score_only_on"], (nlohmann::json{"reactome", "hallmark", "panglao", "collectri"}));
    EXPECT_THAT(manifest["sources"].dump(), HasSubstr("Entrez Gene 2022-Sep12"));
    const std::vector<GeneDocument> documents = load_gene_documents(scratch_ / "k", Species::human);
    ASSERT_EQ(documents.size(), 43u);  // TWICE once, as its protein-coding record
    EXPECT_EQ(documents[0].prose, "blood factor. oxygen transport. Movement of oxygen.");
    EXPECT_EQ(documents[1].prose, "nerve factor. late term.");  // evidence ND dropped; a missing definition is no text
    const Knowledge knowledge = load_knowledge(scratch_ / "k");
    EXPECT_TRUE(knowledge.mouse.ids.empty());
    EXPECT_EQ(match_gene("ENSG00000000001", knowledge.catalog.human).step, GeneStep::exact_id);
    EXPECT_EQ(match_gene("ENSG00000000002", knowledge.catalog.human).gene, -1);
}

TEST_F(KnowledgeFolder, RefusesForeignAndMissingSources) {
    EXPECT_THAT(hint_of([&] { find_knowledge_sources(std::vector<fs::path>{scratch_ / "none"}); }), HasSubstr("no such folder"));
    fs::create_directories(scratch_ / "empty");
    EXPECT_THAT(hint_of([&] { find_knowledge_sources(std::vector<fs::path>{scratch_ / "empty"}); }), HasSubstr("fetch-orgdb"));
    EXPECT_THAT(hint_of([&] { read_orgdb(scratch_ / "none.sqlite"); }), HasSubstr("r-bioc-org.hs.eg.db"));
    EXPECT_THAT(hint_of([&] { read_orgdb(scratch_.write("bad.sqlite", std::string(4096, 'x'))); }), HasSubstr("bad.sqlite"));
    write_orgdb(scratch_ / "new.sqlite", "9.9");
    EXPECT_THAT(hint_of([&] { read_orgdb(scratch_ / "new.sqlite"); }), HasSubstr("9.9"));
    write_godb(scratch_ / "GO.sqlite");
    EXPECT_THAT(hint_of([&] { read_orgdb(scratch_ / "GO.sqlite"); }), HasSubstr("not the expected annotation file"));
    write_fact_table(sources() / "tables/orthologs.tsv.zst", {{"A", "B", "C"}});
    EXPECT_THAT(hint_of([&] { build("k"); }), HasSubstr("orthologs.tsv.zst"));
    EXPECT_FALSE(fs::exists(scratch_ / "k"));
}

TEST_F(KnowledgeFolder, IsNeverOverwrittenUnasked) {
    build("k");
    EXPECT_THAT(hint_of([&] { build("k"); }), HasSubstr("--overwrite"));
    build("k", {.seed = 3, .overwrite = true});
    EXPECT_EQ(nlohmann::json::parse(read_bytes(scratch_ / "k/manifest.json"))["seed"], 3);
}

TEST_F(KnowledgeFolder, LoadingADamagedFolderSaysTheWayOut) {
    build("k");
    EXPECT_THAT(hint_of([&] { load_knowledge(scratch_ / "none"); }), HasSubstr("lexicell knowledge build"));
    const std::string manifest = read_bytes(scratch_ / "k/manifest.json"), table = read_bytes(scratch_ / "k/gene_text_human.safetensors");
    scratch_.write("k/gene_text_human.safetensors", table.substr(0, table.size() - 1) + "x");
    EXPECT_THAT(hint_of([&] { load_knowledge(scratch_ / "k"); }), HasSubstr("changed or damaged"));
    fs::remove(scratch_ / "k/gene_text_human.safetensors");
    EXPECT_THAT(hint_of([&] { load_knowledge(scratch_ / "k"); }), HasSubstr("missing"));
    for (const std::string& bad : {std::string("{"), std::string("[]"), std::string("{\"format\": 3}"), std::string("{\"format\": \"lexicell-knowledge\"}"),
                                   std::string("{\"format\": \"lexicell-knowledge\", \"variant\": \"v\", \"files\": {\"../x\": \"\"}, \"format_version\": 1}")}) {
        scratch_.write("k/manifest.json", bad);
        EXPECT_THAT(hint_of([&] { load_knowledge(scratch_ / "k"); }), HasSubstr("lexicell knowledge build")) << bad;
    }
    std::string other = manifest;
    other.replace(other.find("\"format_version\": 1"), 19, "\"format_version\": 7");
    scratch_.write("k/manifest.json", other);
    EXPECT_THAT(hint_of([&] { load_knowledge(scratch_ / "k"); }), HasSubstr("format version 7"));
}

TEST_F(KnowledgeFolder, AStopLeavesNothing) {
    class Stopper : public Sink {
        bool stop_requested() override { return true; }
    } sink;
    try {
        build_knowledge(found(), scratch_ / "k", {}, sink);
        FAIL();
    } catch (const Error& e) {
        EXPECT_EQ(e.kind(), ErrorKind::interrupted);
    }
    EXPECT_EQ(std::distance(fs::directory_iterator(scratch_.path()), {}), 1);  // the sources
}

}  // namespace
}  // namespace lexicell
