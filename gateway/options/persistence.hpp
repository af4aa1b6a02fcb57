// Rows of the option table: what is kept over a restart. Nothing is, yet.
#pragma once

#include "gateway/option_setters.hpp"

#include <array>

namespace gateway {

namespace set {

inline constexpr std::string_view nothing_is_kept =
    "nothing is kept yet: sessions, queued and retained messages end with this program";

inline constexpr option_value persistence_flag{
    [](const option_target& target, std::string_view text) {
        const auto value = flag_from(text);
        if (!value)
            return outcome::error(must_be("true or false", text));
        target.all.persistence = *value;
        return *value ? outcome::warning(std::string(nothing_is_kept)) : outcome::taken();
    },
    [](const settings& all, const listener&) {
        return std::string(all.persistence ? "true" : "false");
    }};

// Options that only say how things are kept, while nothing is.
inline constexpr option_value without_effect{
    [](const option_target&, std::string_view) {
        return outcome::warning("has no effect: " + std::string(nothing_is_kept));
    },
    [](const settings&, const listener&) { return std::string(); }};

} // namespace set

// clang-format off
inline constexpr std::array persistence_options{
    option_row{"autosave_interval", scope::global, origin::accepted, true, "<seconds>", "",
               "No effect: nothing is kept over a restart yet.",
               set::without_effect},
    option_row{"autosave_on_changes", scope::global, origin::accepted, true, "<true|false>", "",
               "No effect: nothing is kept over a restart yet.",
               set::without_effect},
    option_row{"persistence", scope::global, origin::accepted, true, "<true|false>", "false",
               "Whether sessions and messages outlive the program. Nothing is kept yet: true is taken with a warning.",
               set::persistence_flag},
    option_row{"persistence_file", scope::global, origin::accepted, true, "<name>", "",
               "No effect: nothing is kept over a restart yet.",
               set::without_effect},
    option_row{"persistence_location", scope::global, origin::accepted, true, "<path>", "",
               "No effect: nothing is kept over a restart yet.",
               set::without_effect},
    option_row{"retained_persistence", scope::global, origin::accepted, true, "<true|false>", "false",
               "An old name of persistence.",
               set::persistence_flag, false, named::nothing, "persistence"},
    option_row{"store_clean_interval", scope::global, origin::accepted, true, "<seconds>", "",
               "No effect: nothing is kept over a restart yet.",
               set::without_effect},
};
// clang-format on

} // namespace gateway
