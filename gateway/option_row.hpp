// The shape of one row of the option table: all that is known of one word of the configuration
// file.
#pragma once

#include "gateway/settings.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

// What an option belongs to. `listener`: the listener line above it, or the default listener where
// there is none; `default_listener`: that one, wherever the line stands; `security`: as listener
// with per_listener_settings, else the process; `bridge`: the connection line above it.
enum class scope : std::uint8_t { global, listener, default_listener, security, bridge };

// Where an option's name and meaning come from. `accepted` is a name of mosquitto's that needs no
// work of ours: read, checked, and, where that matters, answered with a warning that says what it
// means here. `refused` stops the start; the row's sentence says what to do instead.
enum class origin : std::uint8_t { mosquitto, ours, accepted, refused };

// What kind of thing in the file system an option names, so that it is looked for in time.
enum class named : std::uint8_t { nothing, file, folder, plugin };

// What became of a value. A sentence of an error or warning goes on behind "file:line: option: ".
struct outcome {
    enum class kind : std::uint8_t { taken, warning, error };

    kind result = kind::taken;
    std::string sentence;

    static outcome taken() { return {}; }
    static outcome warning(std::string sentence) { return {kind::warning, std::move(sentence)}; }
    static outcome error(std::string sentence) { return {kind::error, std::move(sentence)}; }
};

// The plugin that a plugin_opt_ line belongs to: the last one of a list.
enum class plugin_list : std::uint8_t { none, global, own, loaded };

struct option_row;

// What an option writes to: the settings, and the listener it belongs to.
struct option_target {
    settings& all;
    listener* current = nullptr; // never null but for scope::global
    place where;
    std::string_view name = {};       // as it was written; differs from the row's with a '*'
    const option_row* row = nullptr;  // for those whose row says it all
    plugin_list* plugin_of = nullptr; // what plugin_opt_ lines write to, and plugin lines choose
};

// How an option is taken from text, and how its value is said in text again.
struct option_value {
    outcome (*apply)(const option_target&, std::string_view);
    std::string (*show)(const settings&, const listener&);
};

struct option_row {
    std::string_view name; // '*' at its end: every name that begins so
    enum scope scope;
    enum origin origin;
    bool reloadable;               // takes effect on a reload; else one says that it waits
    std::string_view hint;         // what stands behind the name
    std::string_view default_text; // empty: nothing is set unless the option is given
    std::string_view sentence;
    option_value value;
    bool repeatable = false; // each line adds; otherwise the last line counts
    named names = named::nothing;
    std::string_view instead = {}; // of an old name: what to write today
};

} // namespace gateway
