#include "lexicell/models/vae/scilama_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "lexicell/nn/activation.h"
#include "lexicell/nn/fusion.h"
#include "lexicell/nn/likelihood.h"

namespace lexicell {
namespace {

using Json = nlohmann::json;

template <class Enum>
using Choices = std::vector<std::pair<const char*, Enum>>;

constexpr double kAnyNumber = std::numeric_limits<double>::max();

// Names every field once, with its allowed values; readers and writers are visitors.
template <class Config, class Visitor>
void visit_fields(Config& c, Visitor&& v) {
    using C = ScilamaConfig;
    v.choice("mode", c.mode, Choices<C::Mode>{{"stepwise", C::Mode::stepwise}, {"direct", C::Mode::direct}, {"beta_vae", C::Mode::beta_vae}});
    v.flag("joint", c.joint);
    std::vector<std::string> likelihoods = likelihood_names();
    likelihoods.insert(likelihoods.begin(), "auto");
    v.text("likelihood", c.likelihood, likelihoods);
    v.choice("input", c.input, Choices<C::Input>{{"auto", C::Input::automatic}, {"counts", C::Input::counts},
                                                 {"lognorm", C::Input::lognorm}, {"scaled", C::Input::scaled}});
    v.choice("encoder", c.encoder, Choices<C::Encoder>{{"auto", C::Encoder::automatic}, {"columns", C::Encoder::columns},
                                                       {"panel-free", C::Encoder::panel_free}});
    v.flag("self_informed", c.self_informed);
    v.text("si_cells", c.si_cells, {"training", "all"});
    v.optional_integer("genes", c.genes, 1, "all");
    v.text("gene_selection", c.gene_selection, {"variance", "seurat", "seurat_v3", "cell_ranger"});
    v.text("gene_set", c.gene_set, {"union", "intersection"});
    v.text("dedup", c.dedup, {"error", "first", "mean"});
    v.text("embedding_control", c.embedding_control, {"correct", "shuffled", "random"});
    v.widths("hidden", c.hidden);
    v.integer("latent", c.latent, 1);
    v.number("dropout", c.dropout, 0, 0.95);
    v.flag("layer_norm", c.layer_norm);
    v.flag("batch_norm", c.batch_norm);
    v.text("activation", c.activation, activation_names());
    v.number("var_eps", c.var_eps, 0, 1);
    v.text("fusion", c.fusion, fusion_names());
    v.flag("poe_prior", c.poe_prior);
    v.text("covariates_at", c.covariates_at, {"first", "all"});
    v.choice("dot_scale", c.dot_scale, Choices<C::DotScale>{{"none", C::DotScale::none}, {"sqrt", C::DotScale::sqrt}});
    v.choice("gene_kl", c.gene_kl, Choices<C::GeneKl>{{"mean", C::GeneKl::mean}, {"sum", C::GeneKl::sum}});
    v.number("gamma", c.gamma, 0, kAnyNumber);
    v.choice("stage2_cell", c.stage2_cell, Choices<C::Stage2Cell>{{"cached", C::Stage2Cell::cached}, {"noisy", C::Stage2Cell::noisy}});
    v.flag("val_sample", c.val_sample);
    v.number("gene_dropout", c.gene_dropout, 0, 0.9);
    v.number("panel_share", c.panel_share, 0.01, 1);
    v.unsigned_integer("seed", c.seed);
    v.integer("batch_size", c.batch_size, 1);
    v.number("learning_rate", c.learning_rate, 0, 10);
    v.number("lr_decay", c.lr_decay, 0, 1);
    v.number("weight_decay", c.weight_decay, 0, 10);
    v.optional_number("gradient_clip", c.gradient_clip, 0, "none");
    v.number("validation_share", c.validation_share, 0, 0.9);
    v.choice("warmup_unit", c.warmup_unit, Choices<C::WarmupUnit>{{"steps", C::WarmupUnit::steps}, {"epochs", C::WarmupUnit::epochs}});
    v.number("beta_start", c.beta_start, 0, kAnyNumber);
    v.number("beta_end", c.beta_end, 0, kAnyNumber);
    v.number("beta_flat", c.beta_flat, 0, kAnyNumber);
    v.number("beta_ramp", c.beta_ramp, 0, kAnyNumber);
    v.integer("min_steps", c.min_steps, 0);
    v.integer("max_steps", c.max_steps, 1);
    v.integer("max_epochs", c.max_epochs, 1);
    v.integer("patience", c.patience, 1);
    v.integer("gene_min_steps", c.gene_min_steps, 0);
    v.integer("gene_max_steps", c.gene_max_steps, 1);
    v.integer("gene_ramp", c.gene_ramp, 0);
    v.integer("gene_check_every", c.gene_check_every, 1);
    v.integer("gene_patience", c.gene_patience, 1);
    v.choice("ckpt_fallback", c.ckpt_fallback, Choices<C::CheckpointFallback>{{"best", C::CheckpointFallback::best}, {"last", C::CheckpointFallback::last}});
    v.flag("step_metrics", c.step_metrics);
}

struct Refusal {
    ErrorKind kind;
    std::string file;
    [[noreturn]] void operator()(std::string type, std::string message, const std::string& key, std::string found, std::string expected) const {
        throw Error(kind, {.type = std::move(type), .message = std::move(message), .file = file, .key = key,
                           .found = std::move(found), .expected = std::move(expected)});
    }
    [[noreturn]] void value(const std::string& key, std::string found, std::string expected) const {
        (*this)("bad-config-value", "a configuration key has a value that it cannot have", key, std::move(found), std::move(expected));
    }
};

template <class Enum>
std::string names_of(const Choices<Enum>& choices) {
    std::vector<std::string> names;
    for (const auto& [name, value] : choices) names.emplace_back(name);
    return fmt::format("one of {}", fmt::join(names, ", "));
}

std::string range_text(double low, double high) {
    return high == kAnyNumber ? fmt::format("a number of at least {}", low) : fmt::format("a number from {} to {}", low, high);
}

// Takes the fields that occur in an object.
struct Reader {
    const Json& object;
    Refusal refuse;
    std::set<std::string> known = {"preset"};

    const Json* find(const char* key) {
        known.insert(key);
        const auto entry = object.find(key);
        return entry == object.end() ? nullptr : &*entry;
    }
    template <class Enum>
    void choice(const char* key, Enum& field, const Choices<Enum>& choices) {
        const Json* value = find(key);
        if (!value) return;
        for (const auto& [name, option] : choices)
            if (value->is_string() && value->get_ref<const std::string&>() == name) { field = option; return; }
        refuse.value(key, value->dump(), names_of(choices));
    }
    void text(const char* key, std::string& field, const std::vector<std::string>&) {
        if (const Json* value = find(key)) {
            if (!value->is_string()) refuse.value(key, value->dump(), "a text");
            field = value->get<std::string>();
        }
    }
    void flag(const char* key, bool& field) {
        if (const Json* value = find(key)) {
            if (!value->is_boolean()) refuse.value(key, value->dump(), "true or false");
            field = value->get<bool>();
        }
    }
    void number(const char* key, double& field, double low, double high) {
        if (const Json* value = find(key)) {
            if (!value->is_number()) refuse.value(key, value->dump(), range_text(low, high));
            field = value->get<double>();
        }
    }
    std::int64_t integer_of(const char* key, const Json& value, std::int64_t low) {
        const bool fits = value.is_number_integer() &&
                          !(value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{std::numeric_limits<std::int64_t>::max()});
        if (!fits) refuse.value(key, value.dump(), fmt::format("an integer of at least {}", low));
        return value.get<std::int64_t>();
    }
    void integer(const char* key, std::int64_t& field, std::int64_t low) {
        if (const Json* value = find(key)) field = integer_of(key, *value, low);
    }
    void unsigned_integer(const char* key, std::uint64_t& field) {
        if (const Json* value = find(key)) {
            if (!value->is_number_unsigned()) refuse.value(key, value->dump(), "an integer of at least 0");
            field = value->get<std::uint64_t>();
        }
    }
    void optional_integer(const char* key, std::optional<std::int64_t>& field, std::int64_t low, const char* absent) {
        const Json* value = find(key);
        if (!value) return;
        if (value->is_string() && value->get_ref<const std::string&>() == absent) field.reset();
        else field = integer_of(key, *value, low);
    }
    void optional_number(const char* key, std::optional<double>& field, double low, const char* absent) {
        const Json* value = find(key);
        if (!value) return;
        if (value->is_string() && value->get_ref<const std::string&>() == absent) { field.reset(); return; }
        if (!value->is_number()) refuse.value(key, value->dump(), fmt::format("{} or \"{}\"", range_text(low, kAnyNumber), absent));
        field = value->get<double>();
    }
    void widths(const char* key, std::vector<std::int64_t>& field) {
        const Json* value = find(key);
        if (!value) return;
        if (!value->is_array()) refuse.value(key, value->dump(), "a list of integers");
        field.clear();
        for (const Json& width : *value) field.push_back(integer_of(key, width, 1));
    }
};

struct Writer {
    Json object = Json::object();
    template <class Enum>
    void choice(const char* key, Enum field, const Choices<Enum>& choices) {
        for (const auto& [name, option] : choices)
            if (option == field) object[key] = name;
    }
    void text(const char* key, const std::string& field, const std::vector<std::string>&) { object[key] = field; }
    void flag(const char* key, bool field) { object[key] = field; }
    void number(const char* key, double field, double, double) { object[key] = field; }
    void integer(const char* key, std::int64_t field, std::int64_t) { object[key] = field; }
    void unsigned_integer(const char* key, std::uint64_t field) { object[key] = field; }
    void optional_integer(const char* key, const std::optional<std::int64_t>& field, std::int64_t, const char* absent) {
        object[key] = field ? Json(*field) : Json(absent);
    }
    void optional_number(const char* key, const std::optional<double>& field, double, const char* absent) {
        object[key] = field ? Json(*field) : Json(absent);
    }
    void widths(const char* key, const std::vector<std::int64_t>& field) { object[key] = field; }
};

// Ranges, for values from a file and from code alike.
struct Checker {
    Refusal refuse;
    template <class Enum>
    void choice(const char*, Enum, const Choices<Enum>&) {}
    void flag(const char*, bool) {}
    void unsigned_integer(const char*, std::uint64_t) {}
    void text(const char* key, const std::string& field, const std::vector<std::string>& allowed) {
        if (std::find(allowed.begin(), allowed.end(), field) == allowed.end())
            refuse.value(key, field, fmt::format("one of {}", fmt::join(allowed, ", ")));
    }
    void number(const char* key, double field, double low, double high) {
        if (!(field >= low && field <= high)) refuse.value(key, fmt::format("{}", field), range_text(low, high));
    }
    void integer(const char* key, std::int64_t field, std::int64_t low) {
        constexpr std::int64_t high = 1'000'000'000;
        if (field < low || field > high) refuse.value(key, std::to_string(field), fmt::format("an integer from {} to {}", low, high));
    }
    void optional_integer(const char* key, const std::optional<std::int64_t>& field, std::int64_t low, const char*) {
        if (field) integer(key, *field, low);
    }
    void optional_number(const char* key, const std::optional<double>& field, double low, const char*) {
        if (field) number(key, *field, low, kAnyNumber);
    }
    void widths(const char* key, const std::vector<std::int64_t>& field) {
        if (field.empty() || field.size() > 16) refuse.value(key, fmt::format("{} widths", field.size()), "1 to 16 widths");
        for (const std::int64_t width : field)
            if (width < 1 || width > 65536) refuse.value(key, std::to_string(width), "widths from 1 to 65536");
    }
};

}  // namespace

ScilamaConfig scilama_preset(const std::string& name) {
    ScilamaConfig config;
    config.preset = name;
    if (name == "recommended") return config;
    if (name != "exact")
        Refusal{ErrorKind::usage, ""}("unknown-preset", "this preset is not known", "preset", name, "recommended or exact");
    config.mode = ScilamaConfig::Mode::direct;
    config.joint = true;
    config.likelihood = "gaussian";
    config.input = ScilamaConfig::Input::scaled;
    config.encoder = ScilamaConfig::Encoder::columns;
    config.genes.reset();
    config.gene_set = "intersection";
    config.hidden = {900, 400};
    config.latent = 50;
    config.dot_scale = ScilamaConfig::DotScale::none;
    config.stage2_cell = ScilamaConfig::Stage2Cell::noisy;
    config.val_sample = true;
    config.gradient_clip.reset();
    config.warmup_unit = ScilamaConfig::WarmupUnit::epochs;
    config.beta_flat = 25;
    config.beta_ramp = 20;
    config.min_steps = 0;
    config.max_steps = 1'000'000'000;
    config.max_epochs = 500;
    config.ckpt_fallback = ScilamaConfig::CheckpointFallback::last;
    return config;
}

ScilamaConfig parse_scilama_config(std::string_view json, ErrorKind kind, const std::string& file) {
    const Refusal refuse{kind, file};
    const Json object = Json::parse(json, nullptr, false);
    if (!object.is_object()) refuse("bad-config", "a model configuration is not a JSON object", "", object.is_discarded() ? "text that is not JSON" : object.type_name(), "an object");
    std::string preset = "recommended";
    if (const auto named = object.find("preset"); named != object.end()) {
        if (!named->is_string() || (*named != "recommended" && *named != "exact")) refuse.value("preset", named->dump(), "recommended or exact");
        preset = named->get<std::string>();
    }
    ScilamaConfig config = scilama_preset(preset);
    Reader reader{object, refuse};
    visit_fields(config, reader);
    for (const auto& [key, value] : object.items())
        if (!reader.known.count(key)) refuse("unknown-config-key", "a configuration key is not known", key, value.dump(), fmt::format("one of {}", fmt::join(reader.known, ", ")));
    validate(config, kind, file);
    return config;
}

std::string to_json(const ScilamaConfig& config) {
    Writer writer;
    writer.object["preset"] = config.preset;
    visit_fields(config, writer);
    return writer.object.dump(2);
}

void validate(const ScilamaConfig& config, ErrorKind kind, const std::string& file) {
    const Refusal refuse{kind, file};
    Checker checker{refuse};
    visit_fields(config, checker);
    const bool counts_likelihood = config.likelihood == "nb" || config.likelihood == "zinb" || config.likelihood == "poisson";
    if (counts_likelihood && (config.input == ScilamaConfig::Input::scaled || config.input == ScilamaConfig::Input::lognorm))
        refuse("config-conflict", "a count likelihood needs counts", "likelihood", config.likelihood, "gaussian with input scaled or lognorm");
    if (config.encoder == ScilamaConfig::Encoder::panel_free && config.input == ScilamaConfig::Input::scaled)
        refuse("config-conflict", "the panel-free encoder centres log values itself", "encoder", "panel-free", "columns with input scaled");
}

}  // namespace lexicell
