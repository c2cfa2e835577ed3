#pragma once
// Local regression of one variable (Cleveland & Devlin 1988; Cleveland & Grosse 1991, "Computational methods for local
// regression"): what flavour seurat_v3 fits through log variance against log mean.

#include <span>
#include <vector>

namespace lexicell {

struct LoessOptions {
    // Share of the points in each local fit; larger is smoother.
    double span = 0.3;
    // Exact fits are made at the borders of cells of at most span * cell * n points and joined by cubics with the fitted
    // slopes; larger is faster and coarser.
    double cell = 0.2;
    int threads = 1;
};

// Fitted values at x, degree 2, tricube weights. Where a neighbourhood has too few different x for a parabola, a line or
// a mean is fitted instead (the reference stops with "near singularities" there).
std::vector<double> loess(std::span<const double> x, std::span<const double> y, const LoessOptions& options = {});

}  // namespace lexicell
