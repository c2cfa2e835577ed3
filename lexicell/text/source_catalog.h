#pragma once
#include "lexicell/genes/gene_reference.h"
#include "lexicell/text/knowledge_sources.h"

namespace lexicell {

// The genes of both species out of the sources. With tables, HGNC symbols are the approved ones, NCBI aliases come first and
// OrgDb adds the names that NCBI does not know, joined by Entrez id; without tables OrgDb is the whole of it, human only.
GeneCatalog source_catalog(SourceReader& sources);

}  // namespace lexicell
