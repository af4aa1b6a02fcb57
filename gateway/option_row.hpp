// The shape of one row of the option table: all that is known of one word of the configuration
// file.
#pragma once

#include "gateway/settings.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace gateway {

// Where an option may stand. `listener` belongs to the listener line above it.
enum class scope : std::uint8_t { global, listener };

// Where an option's name and meaning come from. `accepted` is a name of mosquitto's that needs no
// work of ours: read, checked, and without effect.
enum class origin : std::uint8_t { mosquitto, ours, accepted };

// What became of a value. A sentence of an error or warning goes on behind "file:line: option: ".
struct outcome {
    enum class kind : std::uint8_t { taken, warning, error };

    kind result = kind::taken;
    std::string sentence;

    static outcome taken() { return {}; }
    static outcome warning(std::string sentence) { return {kind::warning, std::move(sentence)}; }
    static outcome error(std::string sentence) { return {kind::error, std::move(sentence)}; }
};

// What an option writes to: the settings, and the listener it belongs to.
struct option_target {
    settings& all;
    listener* current = nullptr; // never null for scope::listener
    place where;
};

// How an option is taken from text, and how its value is said in text again.
struct option_value {
    outcome (*apply)(const option_target&, std::string_view);
    std::string (*show)(const settings&, const listener&);
};

struct option_row {
    std::string_view name;
    enum scope scope;
    enum origin origin;
    bool reloadable;               // takes effect on SIGHUP, once there is a reload
    std::string_view hint;         // what stands behind the name
    std::string_view default_text; // empty: nothing is set unless the option is given
    std::string_view sentence;
    option_value value;
    bool repeatable = false; // each line adds; otherwise the last line counts
};

} // namespace gateway
