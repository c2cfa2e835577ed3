#include "lexicell/models/vae/resolve_auto.h"

namespace lexicell {

bool wants_panel_free_cost(const ScilamaConfig& config, const ScilamaDataFacts& facts) {
    return config.encoder == ScilamaConfig::Encoder::automatic && config.input != ScilamaConfig::Input::scaled && facts.vector_share >= 0.8;
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
    validate(config);
    return config;
}

}  // namespace lexicell
