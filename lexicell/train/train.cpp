#include "lexicell/train/train.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lexicell/base/atomic_file.h"
#include "lexicell/base/error.h"
#include "lexicell/train/host_tensor.h"
#include "lexicell/train/precision_guard.h"
#include "lexicell/train/trainer_state.h"

namespace lexicell {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

NamedTensors join(NamedTensors tensors, const NamedTensors& more) {
    tensors.insert(tensors.end(), more.begin(), more.end());
    return tensors;
}

std::vector<torch::Tensor> copies(const NamedTensors& tensors) {
    std::vector<torch::Tensor> values;
    for (const auto& [name, tensor] : tensors) values.push_back(tensor.detach().clone());
    return values;
}

void assign(const NamedTensors& tensors, const std::vector<torch::Tensor>& values) {
    const torch::NoGradGuard off;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        torch::Tensor target = tensors[i].second;
        target.copy_(values[i]);
    }
}

torch::DeviceType device_of(const NamedTensors& tensors) {
    return tensors.empty() ? torch::kCPU : tensors.front().second.device().type();
}

std::string first_not_finite(const NamedTensors& tensors, bool gradients) {
    for (const auto& [name, tensor] : tensors) {
        const torch::Tensor& value = gradients ? tensor.grad() : tensor;
        if (value.defined() && !value.isfinite().all().item<bool>()) return name;
    }
    return "";
}

}  // namespace

struct Trainer::State {
    State(Objective& objective_, const Batches& batches_, const Split& split_, const TrainOptions& options_, Sink& sink_)
        : objective(objective_), batches(batches_), split(split_), options(options_), sink(sink_),
          parameters(objective.parameters()), buffers(objective.buffers()), all(join(parameters, buffers)),
          optimizer(parameters, options.optimizer),
          stream(batches, EpochSampler(split.train, options.batch_size, options.seed), options.prefetch),
          identity(run_identity(options, split, all)) {
        LEXICELL_ASSERT(!options.validate_every || *options.validate_every > 0, "a positive number of steps");
        progress.stopping.options = options.stopping;
        progress.nan.options = options.nan;
        remember_good();
    }

    TrainingPosition position() const { return {.step = progress.step, .epoch = progress.place.epoch}; }
    double learning_rate() const { return learning_rate_at(options.learning_rate, position()) * progress.rate_factor; }

    void step();
    void skip(const Batch& batch, const Loss& loss, double norm);
    void record(const TrainingPosition& done, double beta, double rate);
    std::optional<LossSum> validate();
    void report(double loss, const TrainingPosition& done, double beta);
    std::uint64_t expected_steps() const;
    [[noreturn]] void give_up(const Batch& batch, const Loss& loss, double norm);

    void remember_good() {
        good_weights = copies(all);
        good_optimizer = optimizer.state();
    }
    void roll_back() {
        assign(all, good_weights);
        optimizer.load(good_optimizer);
    }

    Objective& objective;
    const Batches& batches;
    const Split split;
    const TrainOptions options;
    Sink& sink;
    const NamedTensors parameters, buffers, all;
    AdamW optimizer;
    BatchStream stream;
    const std::string identity;
    TrainerProgress progress;
    std::vector<torch::Tensor> best_weights;  // as `all`; empty: none yet
    std::vector<torch::Tensor> good_weights;  // at the last record: what a roll-back returns to
    SafetensorsFile good_optimizer;
    std::optional<std::filesystem::path> diagnostics;
    Batch validation_batch;
};

void Trainer::State::step() {
    const auto start = Clock::now();
    const TrainingPosition done = position();
    const double beta = beta_at(options.beta, done);
    const double rate = learning_rate();
    const Batch& batch = stream.next();
    const auto cells = static_cast<double>(batch.cells());
    // A step that is skipped must leave no trace in running statistics either.
    const std::vector<torch::Tensor> buffers_before = copies(buffers);
    Loss loss;
    {
        const PrecisionGuard guard(options.precision, device_of(parameters));
        loss = objective.forward_backward(batch, {.seed = options.seed, .step = progress.step, .kl_weight = beta});
    }
    const double norm = optimizer.gradient_norm();
    if (std::isfinite(loss.total) && std::isfinite(norm)) {
        const double scale = options.clip_norm ? std::min(1.0, *options.clip_norm / (norm + 1e-6)) : 1.0;
        optimizer.step(rate, scale);
        progress.since_record.add(loss, cells);
    } else {
        assign(buffers, buffers_before);
        skip(batch, loss, norm);
    }
    ++progress.step;
    progress.place = stream.place();
    progress.cells_seen += static_cast<std::uint64_t>(cells);
    const bool epoch_ended = progress.place.batch == 0;
    if (options.validate_every ? progress.step % *options.validate_every == 0 : epoch_ended) record(done, beta, rate);

    const bool may_end = progress.step >= options.min_steps;
    if (progress.ended_by.empty()) {
        if (progress.step >= options.max_steps) progress.ended_by = "max_steps";
        else if (may_end && options.max_epochs && progress.place.epoch >= *options.max_epochs) progress.ended_by = "max_epochs";
        const bool recorded = !progress.history.empty() && progress.history.back().step == progress.step;
        if (!progress.ended_by.empty() && !recorded) record(done, beta, rate);
    }
    progress.seconds += seconds_since(start);
    report(loss.total, done, beta);
}

std::optional<LossSum> Trainer::State::validate() {
    if (split.validation.empty()) return std::nullopt;
    const torch::NoGradGuard off;
    const PrecisionGuard guard(options.precision, device_of(parameters));
    LossSum sum;
    const std::span<const std::int64_t> cells(split.validation);
    for (std::size_t begin = 0; begin < cells.size(); begin += options.batch_size) {
        const auto some = cells.subspan(begin, std::min<std::size_t>(options.batch_size, cells.size() - begin));
        batches.gather(some, validation_batch);
        sum.add(objective.evaluate(validation_batch, {.seed = options.seed, .step = progress.step, .kl_weight = options.validation_beta}),
                static_cast<double>(some.size()));
    }
    return sum;
}

void Trainer::State::record(const TrainingPosition& done, double beta, double rate) {
    LossRecord record{.step = progress.step, .epoch = done.epoch, .beta = beta, .learning_rate = rate,
                      .train = progress.since_record.mean(), .train_terms = progress.since_record.mean_terms()};
    progress.since_record = {};
    bool good = true;
    if (const auto validation = validate()) {
        record.validation = validation->mean();
        record.validation_terms = validation->mean_terms();
        good = std::isfinite(*record.validation);
        const auto verdict = progress.stopping.observe(*record.validation, beta, final_beta(options.beta));
        if (verdict.improved) {
            progress.best_step = progress.step;
            progress.best_epoch = done.epoch;
            if (options.keep_best) best_weights = copies(all);
        }
        if (verdict.stop && progress.step >= options.min_steps) progress.ended_by = "patience";
    }
    progress.history.push_back(std::move(record));
    if (good) remember_good();
}

void Trainer::State::skip(const Batch& batch, const Loss& loss, double norm) {
    switch (progress.nan.bad_step(progress.step)) {
        case NanPolicy::Action::skip: break;
        case NanPolicy::Action::halve:
            progress.rate_factor /= 2;
            sink.warn({.name = "learning-rate-halved", .count = progress.nan.halvings,
                       .detail = fmt::format("{} steps without a finite loss or gradient up to step {}; learning rate now {:.3g}",
                                             progress.nan.skipped, progress.step, learning_rate())});
            break;
        case NanPolicy::Action::roll_back:
            roll_back();
            sink.warn({.name = "rolled-back", .count = progress.nan.rollbacks,
                       .detail = fmt::format("{} bad steps within {}: back to the weights of the last check at step {}",
                                             options.nan.roll_back_after, options.nan.window, progress.step)});
            break;
        case NanPolicy::Action::give_up: give_up(batch, loss, norm);
    }
}

void Trainer::State::give_up(const Batch& batch, const Loss& loss, double norm) {
    const std::string weight = first_not_finite(all, false), gradient = first_not_finite(parameters, true);
    std::string where;
    if (diagnostics) {
        const auto text = [](double value) { return fmt::format("{}", value); };
        nlohmann::json bundle = {{"stage", options.stage}, {"step", progress.step}, {"epoch", progress.place.epoch},
                                 {"loss", text(loss.total)}, {"gradient_norm", text(norm)}, {"learning_rate", learning_rate()},
                                 {"first_weight_not_finite", weight}, {"first_gradient_not_finite", gradient},
                                 {"precision", to_string(options.precision)}, {"skipped_steps", progress.nan.skipped},
                                 {"rollbacks", progress.nan.rollbacks}};
        for (const auto& [name, value] : loss.terms) bundle["terms"][name] = text(value);
        const torch::Tensor ids = batch.at("cells").cpu();
        for (std::int64_t i = 0; i < ids.size(0); ++i) bundle["cells"].push_back(ids[i].item<std::int64_t>());
        if (batch.has("x")) {
            const torch::Tensor totals = batch.at("x").to(torch::kDouble).sum(1).cpu();
            for (std::int64_t i = 0; i < totals.size(0); ++i) bundle["cell_totals"].push_back(text(totals[i].item<double>()));
        }
        const auto file = *diagnostics / "diverged.json";
        write_file_atomically(file, bundle.dump(1) + "\n");
        where = file.string();
    }
    throw Error(ErrorKind::diverged,
                {.type = "training-diverged",
                 .message = fmt::format("training gave up at step {} after {} roll-backs: the loss or its gradient is not finite",
                                        progress.step, progress.nan.rollbacks),
                 .file = where, .key = gradient.empty() ? weight : gradient, .found = fmt::format("loss {}, gradient norm {}", loss.total, norm),
                 .expected = "finite numbers", .hint = "lower the learning rate, or check the counts of the cells named in the bundle"});
}

std::uint64_t Trainer::State::expected_steps() const {
    if (!options.max_epochs) return options.max_steps;
    const auto by_epochs = static_cast<std::uint64_t>(*options.max_epochs * stream.sampler().batches_per_epoch());
    return std::min(options.max_steps, std::max(options.min_steps, by_epochs));
}

void Trainer::State::report(double loss, const TrainingPosition& done, double beta) {
    Progress p{.stage = options.stage, .done = progress.step, .total = expected_steps()};
    p.figures = {{"epoch", static_cast<double>(done.epoch)}, {"loss", loss}, {"beta", beta},
                 {"cells/s", static_cast<double>(progress.cells_seen) / std::max(progress.seconds, 1e-9)}};
    if (progress.stopping.best_loss) p.figures.emplace_back("best", *progress.stopping.best_loss);
    sink.progress(p);
}

Trainer::Trainer(Objective& objective, const Batches& batches, const Split& split, const TrainOptions& options, Sink& sink)
    : state_(std::make_unique<State>(objective, batches, split, options, sink)) {}

Trainer::~Trainer() = default;

bool Trainer::finished() const { return !state_->progress.ended_by.empty(); }

void Trainer::step() {
    LEXICELL_ASSERT(!finished(), "a finished stage takes no further step");
    state_->step();
}

void Trainer::run_until(std::uint64_t step) {
    while (!finished() && steps_done() < step) state_->step();
}

std::uint64_t Trainer::steps_done() const { return state_->progress.step; }

void Trainer::set_diagnostics_folder(std::filesystem::path folder) { state_->diagnostics = std::move(folder); }

Checkpoint Trainer::checkpoint() const {
    const State& s = *state_;
    Checkpoint checkpoint{.step = s.progress.step, .model = {.tensors = to_host(s.all)}, .optimizer = s.optimizer.state(),
                          .sampler = sampler_json(s.progress, s.options.seed),
                          .trainer = trainer_json(s.progress, s.options.stage, s.identity)};
    if (!s.best_weights.empty()) {
        checkpoint.best.emplace();
        for (std::size_t i = 0; i < s.all.size(); ++i) checkpoint.best->tensors.emplace(s.all[i].first, to_host(s.best_weights[i]));
    }
    return checkpoint;
}

void Trainer::restore(const Checkpoint& checkpoint) {
    State& s = *state_;
    read_progress(checkpoint, s.identity, s.progress);
    s.best_weights.clear();
    if (checkpoint.best) {
        copy_from_host(checkpoint.best->tensors, s.all);
        s.best_weights = copies(s.all);
    }
    copy_from_host(checkpoint.model.tensors, s.all);
    s.optimizer.load(checkpoint.optimizer);
    s.stream.seek(s.progress.place);
    s.remember_good();
}

TrainResult Trainer::finish() {
    State& s = *state_;
    const TrainerProgress& p = s.progress;
    const bool kept_best = !s.best_weights.empty();
    if (kept_best) assign(s.all, s.best_weights);
    return {.ended_by = p.ended_by,
            .steps = p.step,
            .epochs = p.place.epoch + (p.place.batch > 0 ? 1 : 0),
            .kept_best = kept_best,
            .best_validation = p.stopping.best_loss,
            .best_step = p.best_step,
            .best_epoch = p.best_epoch,
            .history = p.history,
            .skipped_steps = p.nan.skipped,
            .halvings = p.nan.halvings,
            .rollbacks = p.nan.rollbacks,
            .seconds = p.seconds,
            .cells_per_second = static_cast<double>(p.cells_seen) / std::max(p.seconds, 1e-9)};
}

TrainResult train(Objective& objective, const Batches& batches, const Split& split, const TrainOptions& options, Sink& sink,
                  CheckpointStore* store) {
    Trainer trainer(objective, batches, split, options, sink);
    if (store) {
        trainer.set_diagnostics_folder(store->folder());
        if (const auto checkpoint = store->newest(sink)) {
            trainer.restore(*checkpoint);
            sink.info(fmt::format("{}: goes on at step {}", options.stage, trainer.steps_done()));
        }
    }
    const auto start = Clock::now();
    auto saved = start;
    const auto leave = [&](ErrorKind kind, std::string type, std::string message) {
        if (store) store->save(trainer.checkpoint());
        throw Error(kind, {.type = std::move(type), .message = std::move(message),
                           .file = store ? store->folder().string() : "",
                           .hint = store ? "the same command goes on from here" : "give a folder for checkpoints to be able to go on"});
    };
    bool dirty = false;
    while (!trainer.finished()) {
        if (sink.stop_requested())
            leave(ErrorKind::interrupted, "interrupted", fmt::format("stopped at step {} of {}", trainer.steps_done(), options.stage));
        if (options.time_limit && seconds_since(start) >= *options.time_limit)
            leave(ErrorKind::limit, "time-limit", fmt::format("the time limit ended {} at step {}", options.stage, trainer.steps_done()));
        trainer.step();
        dirty = true;
        if (store && seconds_since(saved) >= options.checkpoint_seconds) {
            store->save(trainer.checkpoint());
            saved = Clock::now();
            dirty = false;
        }
    }
    if (store && dirty) store->save(trainer.checkpoint());
    return trainer.finish();
}

}  // namespace lexicell
