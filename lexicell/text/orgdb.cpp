#include "lexicell/text/orgdb.h"

#include <algorithm>
#include <memory>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>
#include <sqlite3.h>

#include "lexicell/base/error.h"

namespace lexicell {

namespace fs = std::filesystem;

namespace {

// A database opened so that nothing is ever written beside it: these files are installed by the system.
class Database {
public:
    Database(const fs::path& path, std::string_view package) : path_(path) {
        if (!fs::is_regular_file(path))
            fail("annotation-missing", "the annotation file is not there",
                 fmt::format("install the Debian package {} or run scripts/fetch-orgdb, then name the file", package));
        sqlite3* opened = nullptr;
        const std::string uri = "file:" + escaped(fs::absolute(path).string()) + "?mode=ro&immutable=1";
        const int code = sqlite3_open_v2(uri.c_str(), &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
        handle_.reset(opened);
        if (code != SQLITE_OK) fail("sqlite-damaged", fmt::format("cannot open: {}", sqlite3_errstr(code)));
        sqlite3_exec(opened, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON", nullptr, nullptr, nullptr);
    }

    // Calls row(columns) for every result row; NULL reads as "".
    template <class Row>
    void query(const char* sql, Row row) const {
        sqlite3_stmt* raw = nullptr;
        if (sqlite3_prepare_v2(handle_.get(), sql, -1, &raw, nullptr) != SQLITE_OK)
            fail("sqlite-schema", fmt::format("not the expected annotation file: {}", sqlite3_errmsg(handle_.get())));
        const std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement(raw, &sqlite3_finalize);
        int code;
        while ((code = sqlite3_step(raw)) == SQLITE_ROW) row(raw);
        if (code != SQLITE_DONE) fail("sqlite-damaged", fmt::format("cannot read: {}", sqlite3_errmsg(handle_.get())));
    }

    std::map<std::string, std::string> metadata() const;

    [[noreturn]] void fail(std::string type, std::string message, std::string hint = {}) const {
        throw Error(ErrorKind::unreadable,
                    {.type = std::move(type), .message = std::move(message), .file = path_.string(), .hint = std::move(hint)});
    }

private:
    static std::string escaped(std::string_view path) {
        std::string out;
        for (const char c : path) out += c == '?' || c == '#' || c == '%' ? fmt::format("%{:02X}", c) : std::string(1, c);
        return out;
    }

    fs::path path_;
    std::unique_ptr<sqlite3, decltype(&sqlite3_close)> handle_{nullptr, &sqlite3_close};
};

std::string text(sqlite3_stmt* row, int column) {
    const auto* bytes = sqlite3_column_text(row, column);
    std::string out(bytes ? reinterpret_cast<const char*>(bytes) : "");
    std::replace_if(out.begin(), out.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
    return out;
}

std::map<std::string, std::string> Database::metadata() const {
    std::map<std::string, std::string> values;
    query("SELECT name, value FROM metadata", [&](sqlite3_stmt* row) { values[text(row, 0)] = text(row, 1); });
    if (values["DBSCHEMAVERSION"] != "2.1")
        throw Error(ErrorKind::unreadable,
                    {.type = "annotation-version", .message = "this version of the annotation file is unknown", .file = path_.string(),
                     .key = "metadata/DBSCHEMAVERSION", .found = "'" + values["DBSCHEMAVERSION"] + "'", .expected = "'2.1'",
                     .hint = "use the packages of Debian 12 (3.16.0)"});
    return values;
}

void sort_unique(std::vector<std::string>& values) {
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

OrgDb read_orgdb(const fs::path& path) {
    const Database db(path, "r-bioc-org.hs.eg.db");
    OrgDb out{.metadata = db.metadata()};
    std::unordered_map<std::int64_t, OrgGene> by_key;
    db.query("SELECT i._id, g.gene_id, i.symbol, i.gene_name, k.gene_type FROM gene_info i JOIN genes g USING(_id) "
             "JOIN genetype k USING(_id)",
             [&](sqlite3_stmt* row) {
                 by_key[sqlite3_column_int64(row, 0)] = {.entrez = text(row, 1), .symbol = text(row, 2),
                                                         .name = text(row, 3), .type = text(row, 4)};
             });
    const auto collect = [&](const char* sql, auto member) {
        db.query(sql, [&](sqlite3_stmt* row) {
            const auto gene = by_key.find(sqlite3_column_int64(row, 0));
            if (gene != by_key.end()) (gene->second.*member).push_back(text(row, 1));
        });
    };
    collect("SELECT _id, alias_symbol FROM alias", &OrgGene::aliases);
    for (const char* sql : {"SELECT _id, go_id FROM go_bp WHERE evidence <> 'ND'", "SELECT _id, go_id FROM go_mf WHERE evidence <> 'ND'",
                            "SELECT _id, go_id FROM go_cc WHERE evidence <> 'ND'"})
        collect(sql, &OrgGene::go_ids);
    std::unordered_map<std::int64_t, std::vector<std::string>> ensembl;
    db.query("SELECT _id, ensembl_id FROM ensembl",
             [&](sqlite3_stmt* row) { ensembl[sqlite3_column_int64(row, 0)].push_back(text(row, 1)); });

    for (auto& [key, gene] : by_key) {
        std::erase(gene.aliases, gene.symbol);
        sort_unique(gene.aliases);
        sort_unique(gene.go_ids);
        if (const auto ids = ensembl.find(key); ids != ensembl.end() && ids->second.size() == 1) gene.ensembl = ids->second.front();
        out.genes.push_back(std::move(gene));
    }
    // Shorter Entrez ids are older records.
    std::sort(out.genes.begin(), out.genes.end(), [](const OrgGene& a, const OrgGene& b) {
        const bool a_other = a.type != "protein-coding", b_other = b.type != "protein-coding";
        return std::tuple(std::string_view(a.symbol), a_other, a.entrez.size(), std::string_view(a.entrez)) <
               std::tuple(std::string_view(b.symbol), b_other, b.entrez.size(), std::string_view(b.entrez));
    });
    out.genes.erase(std::unique(out.genes.begin(), out.genes.end(),
                                [](const OrgGene& a, const OrgGene& b) { return a.symbol == b.symbol; }),
                    out.genes.end());
    return out;
}

GoDb read_godb(const fs::path& path) {
    const Database db(path, "r-bioc-go.db");
    GoDb out{.metadata = db.metadata()};
    db.query("SELECT go_id, term, definition FROM go_term WHERE ontology <> 'universal' ORDER BY go_id",
             [&](sqlite3_stmt* row) { out.terms.push_back({text(row, 0), text(row, 1), text(row, 2)}); });
    return out;
}

}  // namespace lexicell
