#include "lexicell/models/vae/resolve_auto.h"

#include "lexicell/base/error.h"

namespace lexicell {

namespace {

using Input = ScilamaConfig::Input;

// What the panel-free encoder can read: it normalises the counts of whatever genes a cell has, or takes log values as given.
bool readable_by_panel_free(Input input, bool counts) { return input == (counts ? Input::counts : Input::lognorm); }

}  // namespace

bool wants_panel_free_cost(const ScilamaConfig& config, const ScilamaDataFacts& facts) {
    if (config.encoder != ScilamaConfig::Encoder::automatic || facts.vector_share < 0.8) return false;
    return config.input == Input::automatic ? !facts.counts || config.likelihood != "gaussian" : readable_by_panel_free(config.input, facts.counts);
}

ScilamaConfig resolve_auto(ScilamaConfig config, const ScilamaDataFacts& facts) {
    using C = ScilamaConfig;
    if (config.input == C::Input::automatic) {
        const bool as_gaussian = config.likelihood == "gaussian";
        config.input = facts.counts && !as_gaussian ? C::Input::counts : C::Input::lognorm;
    }
    if (config.likelihood == "auto") config.likelihood = config.input == C::Input::counts ? "nb" : "gaussian";
    if (config.encoder == C::Encoder::automatic) {
        const bool cheap = facts.panel_free_cost && *facts.panel_free_cost <= 0.01;
        config.encoder = cheap && wants_panel_free_cost(config, facts) ? C::Encoder::panel_free : C::Encoder::columns;
    }
    if (config.encoder == C::Encoder::panel_free && !readable_by_panel_free(config.input, facts.counts))
        throw Error(ErrorKind::usage, {.type = "config-conflict", .message = "the panel-free encoder reads counts, or files of log values", .key = "encoder",
                                       .found = "panel-free with a Gaussian likelihood on counts", .expected = "likelihood nb, or encoder columns"});
    validate(config);
    return config;
}

}  // namespace lexicell
