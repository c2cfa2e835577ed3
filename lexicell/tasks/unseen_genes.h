#pragma once
// Does language tell how a gene is expressed that the model never saw? The one test that words can win (scilama.md, check 15).

#include <vector>

#include "lexicell/data/matrix.h"
#include "lexicell/models/capabilities.h"

namespace lexicell {

// Pearson correlation over cells of the predicted pattern <cell, gene> of each of P genes with its log expression.
// latent: N x K; covariates: N x C or empty; genes: P vectors; expression: N x P, columns as genes.genes. Constant genes give 0.
std::vector<double> unseen_gene_correlations(const CellGeneTie& tie, const DenseMatrix& latent, const DenseMatrix& covariates,
                                             const GeneVectorTables& genes, const CsrMatrix& expression);

}  // namespace lexicell
