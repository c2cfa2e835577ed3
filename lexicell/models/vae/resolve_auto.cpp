#include "lexicell/models/vae/resolve_auto.h"

namespace lexicell {

ScilamaConfig resolve_auto(ScilamaConfig config, const ScilamaDataFacts& facts) {
    using C = ScilamaConfig;
    if (config.input == C::Input::automatic) {
        const bool as_gaussian = config.likelihood == "gaussian";
        config.input = facts.counts && !as_gaussian ? C::Input::counts : C::Input::lognorm;
    }
    if (config.likelihood == "auto") config.likelihood = config.input == C::Input::counts ? "nb" : "gaussian";
    if (config.encoder == C::Encoder::automatic) {
        const bool cheap = facts.panel_free_cost && *facts.panel_free_cost <= 0.01;
        config.encoder = facts.vector_share >= 0.8 && cheap && config.input != C::Input::scaled ? C::Encoder::panel_free : C::Encoder::columns;
    }
    validate(config);
    return config;
}

}  // namespace lexicell
