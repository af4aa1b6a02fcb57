// Rows of the option table: the program as a whole.
#pragma once

#include "gateway/option_setters.hpp"

#include <array>

namespace gateway {

namespace set {

inline constexpr option_value thread_count{
    [](const option_target& target, std::string_view text) {
        const auto value = number_from(text);
        if (text != "auto" && (!value || *value < 1 || *value > 256))
            return outcome::error(must_be("auto or " + number_between(1, 256), text));
        target.all.io_threads = text == "auto" ? 0 : static_cast<unsigned>(*value);
        return outcome::taken();
    },
    [](const settings& all, const listener&) {
        return all.io_threads == 0 ? "auto" : std::to_string(all.io_threads);
    }};

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
inline constexpr std::array general_options{
    option_row{"autosave_interval", scope::global, origin::accepted, true, "<seconds>", "",
               "No effect: nothing is kept over a restart yet.",
               set::without_effect},
    option_row{"autosave_on_changes", scope::global, origin::accepted, true, "<true|false>", "",
               "No effect: nothing is kept over a restart yet.",
               set::without_effect},
    option_row{"io_threads", scope::global, origin::ours, false, "<count|auto>", "1",
               "Threads that serve connections; auto: one for each core.",
               set::thread_count},
    option_row{"persistence", scope::global, origin::accepted, true, "<true|false>", "false",
               "Whether sessions and messages outlive the program. Nothing is kept yet: true is taken with a warning.",
               set::persistence_flag},
    option_row{"persistence_file", scope::global, origin::accepted, true, "<name>", "",
               "No effect: nothing is kept over a restart yet.",
               set::without_effect},
    option_row{"persistence_location", scope::global, origin::accepted, true, "<path>", "",
               "No effect: nothing is kept over a restart yet.",
               set::without_effect},
    option_row{"pid_file", scope::global, origin::mosquitto, false, "<path>", "",
               "A file that gets the number of the process while it runs.",
               set::text<&settings::pid_file>},
    option_row{"user", scope::global, origin::mosquitto, false, "<name>", "sluice",
               "Started as root, the program becomes this user once its ports, files and keys are open; root: it stays root. Where there is no sluice or mosquitto, nobody stands in for that one.",
               set::text<&settings::user, 256>},
};
// clang-format on

} // namespace gateway
