#include "app/arguments.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>
#include <optional>

namespace lexicell::app {

namespace {

bool given(const std::vector<std::string>& arguments, const CLI::Option& option) {
    for (const std::string& argument : arguments) {
        for (const std::string& name : option.get_lnames())
            if (argument == "--" + name || argument.rfind("--" + name + "=", 0) == 0) return true;
        for (const std::string& name : option.get_snames())
            if (argument.rfind("-" + name, 0) == 0 && argument.rfind("--", 0) != 0) return true;
    }
    return false;
}

std::string environment_name(std::string flag) {
    std::ranges::transform(flag, flag.begin(), [](unsigned char c) { return c == '-' ? '_' : std::toupper(c); });
    return "LEXICELL_" + flag;
}

const CLI::App* subcommand(const CLI::App& parent, const std::string& name) {
    const auto all = parent.get_subcommands([&name](const CLI::App* verb) { return verb->get_name() == name; });
    return all.empty() ? nullptr : all.front();
}

// KEY=VALUE pairs of --set, taken off the command line.
std::map<std::string, std::string> take_settings(std::vector<std::string>& arguments) {
    std::map<std::string, std::string> settings;
    for (std::size_t i = 0; i < arguments.size();) {
        std::string pair;
        if (arguments[i] == "--set" && i + 1 < arguments.size()) {
            pair = arguments[i + 1];
            arguments.erase(arguments.begin() + i, arguments.begin() + i + 2);
        } else if (arguments[i].rfind("--set=", 0) == 0) {
            pair = arguments[i].substr(6);
            arguments.erase(arguments.begin() + i);
        } else {
            ++i;
            continue;
        }
        const std::size_t equals = pair.find('=');
        if (equals == std::string::npos) throw CLI::ValidationError("--set", "expects KEY=VALUE, found " + pair);
        settings[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
    return settings;
}

}  // namespace

std::vector<std::string> effective_arguments(const CLI::App& app, int argc, char** argv) {
    std::vector<std::string> arguments(argv + 1, argv + argc);
    std::map<std::string, std::string> settings = take_settings(arguments);

    const CLI::App* verb = nullptr;
    std::string path;
    for (const std::string& argument : arguments) {
        const CLI::App* next = subcommand(verb ? *verb : app, argument);
        if (!next) {
            if (verb) break;
            continue;
        }
        verb = next;
        path += (path.empty() ? "" : ".") + next->get_name();
    }
    if (!verb) return arguments;

    const std::size_t end = std::ranges::find(arguments, std::string("--")) - arguments.begin();
    std::vector<std::string> added;
    for (const CLI::Option* option : verb->get_options()) {
        if (option->get_lnames().empty()) continue;
        const std::string& name = option->get_lnames().front();
        if (name == "help") continue;
        std::optional<std::string> value;
        if (const auto set = settings.find(path + "." + name); set != settings.end()) value = set->second;
        else if (const auto plain = settings.find(name); plain != settings.end()) value = plain->second;
        settings.erase(path + "." + name);
        settings.erase(name);
        if (const char* variable = std::getenv(environment_name(name).c_str()); !value && variable && *variable) value = variable;
        if (value && !given(arguments, *option)) added.push_back("--" + name + "=" + *value);
    }
    if (!settings.empty())
        throw CLI::ValidationError("--set", "no key " + settings.begin()->first + " in `lexicell " + path + "`; see --help");
    arguments.insert(arguments.begin() + end, added.begin(), added.end());
    return arguments;
}

}  // namespace lexicell::app
