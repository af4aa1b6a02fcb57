// Rows of the option table: shared objects in the form of mosquitto's plugins.
#pragma once

#include "gateway/option_setters.hpp"

#include <algorithm>
#include <array>

namespace gateway {

namespace set {

inline constexpr std::size_t plugins_max = 32;
inline constexpr std::size_t plugin_options_max = 256;

inline std::vector<plugin_settings>& plugins_of(const option_target& target, plugin_list list) {
    if (list == plugin_list::loaded)
        return target.all.loaded_plugins;
    if (list == plugin_list::global)
        return target.all.security.plugins;
    return security_part(target.all, target.current).plugins;
}

inline outcome add_plugin(const option_target& target, plugin_list list, std::string_view path,
                          std::string_view name) {
    if (path.starts_with('"') || path.starts_with('\''))
        return outcome::error("takes the path without quotes; spaces in it are no trouble");
    auto& plugins = plugins_of(target, list);
    if (plugins.size() >= plugins_max)
        return outcome::error("may be given " + std::to_string(plugins_max) + " times at the most");
    plugins.push_back({std::string(path), std::string(name), {}, target.where});
    if (target.plugin_of != nullptr)
        *target.plugin_of = list;
    return outcome::taken();
}

template <plugin_list List>
inline constexpr option_value plugin_line{[](const option_target& target, std::string_view text) {
                                              return add_plugin(target, List, text, {});
                                          },
                                          show_nothing};

inline constexpr option_value plugin_load_line{
    [](const option_target& target, std::string_view text) {
        const auto [name, path] = first_word(text);
        if (path.empty())
            return outcome::error(must_be("a name of your choice and the path of a file", text));
        for (const auto& each : target.all.loaded_plugins)
            if (each.name == name)
                return outcome::error("the name " + quoted(name) + " is taken, on line " +
                                      std::to_string(each.configured_at.line));
        return add_plugin(target, plugin_list::loaded, path, name);
    },
    show_nothing};

// The path and the options come from plugin_load, when the whole file has been read.
inline constexpr option_value plugin_use_line{
    [](const option_target& target, std::string_view text) {
        auto& plugins = plugins_of(target, plugin_list::own);
        if (plugins.size() >= plugins_max)
            return outcome::error("may be given " + std::to_string(plugins_max) +
                                  " times at the most");
        plugins.push_back({{}, std::string(text), {}, target.where});
        return outcome::taken();
    },
    show_nothing};

// Values may be secrets and are shown nowhere.
inline constexpr option_value plugin_option{
    [](const option_target& target, std::string_view text) {
        const auto list = target.plugin_of != nullptr ? *target.plugin_of : plugin_list::none;
        if (list == plugin_list::none || plugins_of(target, list).empty())
            return outcome::error("must follow the plugin line that it belongs to");
        const auto prefix = std::max(target.name.find("_opt_"), std::size_t{0}) + 5;
        if (target.name.size() <= prefix)
            return outcome::error("needs the option's name behind its last underscore, such as "
                                  "plugin_opt_config_file");
        auto& options = plugins_of(target, list).back().options;
        if (options.size() >= plugin_options_max)
            return outcome::error("a plugin may have " + std::to_string(plugin_options_max) +
                                  " options at the most");
        options.emplace_back(target.name.substr(prefix), text);
        return outcome::taken();
    },
    show_nothing};

} // namespace set

// clang-format off
inline constexpr std::array plugin_options{
    option_row{"auth_opt_*", scope::security, origin::mosquitto, false, "<value>", "",
               "An old name of plugin_opt_*.",
               set::plugin_option, true},
    option_row{"auth_plugin", scope::security, origin::mosquitto, false, "<path>", "",
               "An old name of plugin.",
               set::plugin_line<plugin_list::own>, true, named::plugin, "plugin"},
    option_row{"auth_plugin_deny_special_chars", scope::security, origin::accepted, false, "<true|false>", "",
               "Plugins are never asked about user names and client ids with a + or # in them; the answer is no.",
               set::noted_unless<true>},
    option_row{"global_plugin", scope::global, origin::mosquitto, false, "<path>", "",
               "As plugin, for every listener, also with per_listener_settings.",
               set::plugin_line<plugin_list::global>, true, named::plugin},
    option_row{"plugin", scope::security, origin::mosquitto, false, "<path>", "",
               "A shared object, written for version 5 of mosquitto's plugin interface, that says who may connect and do what. May be given several times; plugins are asked in their order, after the files.",
               set::plugin_line<plugin_list::own>, true, named::plugin},
    option_row{"plugin_load", scope::global, origin::mosquitto, false, "<name> <path>", "",
               "A plugin for those listeners that name it with plugin_use.",
               set::plugin_load_line, true, named::plugin},
    option_row{"plugin_opt_*", scope::security, origin::mosquitto, false, "<value>", "",
               "An option for the plugin above it, which gets the name without plugin_opt_.",
               set::plugin_option, true},
    option_row{"plugin_use", scope::security, origin::mosquitto, false, "<name>", "",
               "Uses the plugin that plugin_load gave this name.",
               set::plugin_use_line, true},
};
// clang-format on

} // namespace gateway
