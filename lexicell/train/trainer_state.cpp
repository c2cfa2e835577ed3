#include "lexicell/train/trainer_state.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/error.h"
#include "lexicell/base/hash.h"

namespace lexicell {

using nlohmann::json;

namespace {

constexpr int format_version = 1;

// JSON knows no NaN; a validation loss may be one.
json number(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }
double number(const json& value) { return value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>(); }

json terms_json(const LossTerms& terms) {
    json list = json::array();
    for (const auto& [name, value] : terms) list.push_back({name, number(value)});
    return list;
}

LossTerms terms_of(const json& list) {
    LossTerms terms;
    for (const auto& term : list) terms.emplace_back(term.at(0).get<std::string>(), number(term.at(1)));
    return terms;
}

json record_json(const LossRecord& r) {
    json record = {{"step", r.step}, {"epoch", r.epoch}, {"beta", r.beta}, {"learning_rate", r.learning_rate},
                   {"train", number(r.train)}, {"train_terms", terms_json(r.train_terms)}};
    if (r.validation) {
        record["validation"] = number(*r.validation);
        record["validation_terms"] = terms_json(r.validation_terms);
    }
    return record;
}

LossRecord record_of(const json& j) {
    LossRecord r{.step = j.at("step"), .epoch = j.at("epoch"), .beta = j.at("beta"), .learning_rate = j.at("learning_rate"),
                 .train = number(j.at("train")), .train_terms = terms_of(j.at("train_terms"))};
    if (j.contains("validation")) {
        r.validation = number(j.at("validation"));
        r.validation_terms = terms_of(j.at("validation_terms"));
    }
    return r;
}

void read_sampler(const json& j, TrainerProgress& p) { p.place = {j.at("epoch"), j.at("batch")}; }

void read_trainer(const json& j, TrainerProgress& p) {
    p.step = j.at("step");
    p.ended_by = j.at("ended_by");
    p.rate_factor = j.at("rate_factor");
    const json& stopping = j.at("early_stopping");
    p.stopping.best_loss.reset();
    if (!stopping.at("best_loss").is_null()) p.stopping.best_loss = stopping.at("best_loss").get<double>();
    p.stopping.best_beta = stopping.at("best_beta");
    p.stopping.waited = stopping.at("waited");
    p.best_step = stopping.at("best_step");
    p.best_epoch = stopping.at("best_epoch");
    const json& nan = j.at("nan_policy");
    p.nan.recent = nan.at("recent").get<std::vector<std::uint64_t>>();
    p.nan.skipped = nan.at("skipped");
    p.nan.halvings = nan.at("halvings");
    p.nan.rollbacks = nan.at("rollbacks");
    const json& sum = j.at("since_record");
    p.since_record = {.cells = sum.at("cells"), .total = sum.at("total"), .terms = terms_of(sum.at("terms"))};
    p.cells_seen = j.at("cells_seen");
    p.seconds = j.at("seconds");
    p.history.clear();
    for (const auto& record : j.at("history")) p.history.push_back(record_of(record));
}

}  // namespace

void LossSum::add(const Loss& loss, double cells_of_batch) {
    cells += cells_of_batch;
    total += loss.total * cells_of_batch;
    if (terms.empty())
        for (const auto& [name, value] : loss.terms) terms.emplace_back(name, 0);
    LEXICELL_ASSERT(terms.size() == loss.terms.size(), "an objective names the same terms each time");
    for (std::size_t i = 0; i < terms.size(); ++i) terms[i].second += loss.terms[i].second * cells_of_batch;
}

LossTerms LossSum::mean_terms() const {
    LossTerms means = terms;
    for (auto& [name, value] : means) value = cells > 0 ? value / cells : 0;
    return means;
}

std::string sampler_json(const TrainerProgress& p, std::uint64_t seed) {
    return json{{"seed", seed}, {"epoch", p.place.epoch}, {"batch", p.place.batch}}.dump(2) + "\n";
}

std::string trainer_json(const TrainerProgress& p, const std::string& stage, const std::string& identity) {
    json history = json::array();
    for (const auto& record : p.history) history.push_back(record_json(record));
    const json j = {
        {"format_version", format_version},
        {"stage", stage},
        {"identity", identity},
        {"step", p.step},
        {"ended_by", p.ended_by},
        {"rate_factor", p.rate_factor},
        {"early_stopping",
         {{"best_loss", p.stopping.best_loss ? json(*p.stopping.best_loss) : json(nullptr)}, {"best_beta", p.stopping.best_beta},
          {"waited", p.stopping.waited}, {"best_step", p.best_step}, {"best_epoch", p.best_epoch}}},
        {"nan_policy",
         {{"recent", p.nan.recent}, {"skipped", p.nan.skipped}, {"halvings", p.nan.halvings}, {"rollbacks", p.nan.rollbacks}}},
        {"since_record",
         {{"cells", p.since_record.cells}, {"total", p.since_record.total}, {"terms", terms_json(p.since_record.terms)}}},
        {"cells_seen", p.cells_seen},
        {"seconds", p.seconds},
        {"history", history},
    };
    return j.dump(1) + "\n";
}

void read_progress(const Checkpoint& checkpoint, const std::string& identity, TrainerProgress& progress) {
    try {
        const json trainer = json::parse(checkpoint.trainer);
        if (trainer.at("format_version") != format_version)
            throw Error(ErrorKind::model, {.type = "checkpoint-version", .message = "the checkpoint was written by another version",
                                           .found = trainer.at("format_version").dump(), .expected = std::to_string(format_version)});
        if (trainer.at("identity") != identity)
            throw Error(ErrorKind::model,
                        {.type = "checkpoint-of-another-run",
                         .message = "the checkpoint belongs to a run with other data, model or options",
                         .found = trainer.at("identity").get<std::string>(), .expected = identity,
                         .hint = "repeat the command that began the run, or start anew in another folder"});
        read_trainer(trainer, progress);
        read_sampler(json::parse(checkpoint.sampler), progress);
    } catch (const json::exception& e) {
        throw Error(ErrorKind::model, {.type = "checkpoint-malformed", .message = fmt::format("the training state is malformed: {}", e.what())});
    }
}

std::string run_identity(const TrainOptions& o, const Split& split, const std::vector<std::pair<std::string, torch::Tensor>>& tensors) {
    json j = {{"run", o.run_id}, {"stage", o.stage}, {"seed", o.seed}, {"batch_size", o.batch_size},
              {"learning_rate", {o.learning_rate.initial, o.learning_rate.decay}},
              {"adamw", {o.optimizer.beta1, o.optimizer.beta2, o.optimizer.eps, o.optimizer.weight_decay}},
              {"clip_norm", o.clip_norm ? json(*o.clip_norm) : json(nullptr)},
              {"validation_beta", o.validation_beta}, {"min_steps", o.min_steps}, {"max_steps", o.max_steps},
              {"max_epochs", o.max_epochs ? json(*o.max_epochs) : json(nullptr)},
              {"validate_every", o.validate_every ? json(*o.validate_every) : json(nullptr)},
              {"stopping", {o.stopping.patience, o.stopping.keep_best_before_final_beta}}, {"keep_best", o.keep_best},
              {"nan", {o.nan.window, o.nan.halve_after, o.nan.roll_back_after, o.nan.max_rollbacks}},
              {"precision", to_string(o.precision)}};
    if (const auto* by_epoch = std::get_if<BetaByEpoch>(&o.beta))
        j["beta_by_epoch"] = {by_epoch->start, by_epoch->end, by_epoch->flat_epochs, by_epoch->rate};
    if (const auto* by_steps = std::get_if<BetaBySteps>(&o.beta))
        j["beta_by_steps"] = {by_steps->start, by_steps->end, by_steps->flat_steps, by_steps->ramp_steps};
    for (const auto& [name, tensor] : tensors) j["tensors"].push_back(fmt::format("{} {}", name, tensor.sizes().vec()));
    j["split"] = sha256(fmt::format("{} | {}", fmt::join(split.train, " "), fmt::join(split.validation, " ")));
    return sha256(j.dump());
}

}  // namespace lexicell
