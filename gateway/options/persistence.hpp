// Rows of the option table: what is kept over a restart.
#pragma once

#include "gateway/option_setters.hpp"

#include <array>

namespace gateway {

namespace set {

inline constexpr std::string_view written_at_once =
    "has no effect: what has to be kept is on disk before it is acknowledged; see persistence_sync";

inline constexpr option_value persistence_folder{
    [](const option_target& target, std::string_view text) {
        while (text.size() > 1 && text.ends_with('/'))
            text.remove_suffix(1);
        target.all.store.folder = std::string(text);
        return outcome::taken();
    },
    [](const settings& all, const listener&) { return all.store.folder; }};

// "always", or "interval" with or without milliseconds.
inline constexpr option_value sync_choice{
    [](const option_target& target, std::string_view text) {
        constexpr std::int64_t usual = 1000;
        constexpr std::int64_t longest = 60'000;
        auto& chosen = target.all.store.interval;
        if (text == "always") {
            chosen = std::chrono::milliseconds(0);
            return outcome::taken();
        }
        constexpr std::string_view word = "interval";
        std::optional<std::int64_t> value = usual;
        if (text != word)
            value = text.starts_with("interval ") ? number_from(text.substr(word.size() + 1))
                                                  : std::nullopt;
        if (!value || *value < 1 || *value > longest)
            return outcome::error(must_be("always, interval, or interval and " +
                                              number_between(1, longest) + " (milliseconds)",
                                          text));
        chosen = std::chrono::milliseconds(*value);
        return outcome::taken();
    },
    [](const settings& all, const listener&) {
        const auto chosen = all.store.interval.count();
        return chosen == 0 ? std::string("always") : "interval " + std::to_string(chosen);
    }};

// mosquitto's way to say how often its file is written.
inline constexpr option_value saved_anyway{
    [](const option_target&, std::string_view) {
        return outcome::warning(std::string(written_at_once));
    },
    [](const settings&, const listener&) { return std::string(); }};

inline constexpr option_value other_file{
    [](const option_target&, std::string_view) {
        return outcome::warning("has no effect: the store is sluice.db in persistence_location; "
                                "sluice store import takes a mosquitto.db over");
    },
    [](const settings&, const listener&) { return std::string(); }};

} // namespace set

// clang-format off
inline constexpr std::array persistence_options{
    option_row{"autosave_interval", scope::global, origin::accepted, true, "<seconds>", "",
               "No effect: what has to be kept is on disk before it is acknowledged.",
               set::saved_anyway},
    option_row{"autosave_on_changes", scope::global, origin::accepted, true, "<true|false>", "",
               "No effect: what has to be kept is on disk before it is acknowledged.",
               set::saved_anyway},
    option_row{"persistence", scope::global, origin::mosquitto, false, "<true|false>", "false",
               "Whether sessions, their messages and retained messages outlive the program: in sluice.db, an SQLite file in persistence_location.",
               set::flag<&settings::persistence>},
    option_row{"persistence_file", scope::global, origin::accepted, true, "<name>", "",
               "No effect: the store is sluice.db in persistence_location.",
               set::other_file},
    option_row{"persistence_location", scope::global, origin::mosquitto, false, "<path>", ".",
               "Folder of the store. It has to be there, and the user that the program runs as may write to it.",
               set::persistence_folder, false, named::nothing},
    option_row{"persistence_sync", scope::global, origin::ours, false, "<always | interval [<milliseconds>]>", "always",
               "always: what has to be kept is on disk before it is acknowledged. interval: acknowledged at once, written so often (1000); a crash may lose the last of it.",
               set::sync_choice},
    option_row{"retained_persistence", scope::global, origin::accepted, false, "<true|false>", "false",
               "An old name of persistence.",
               set::flag<&settings::persistence>, false, named::nothing, "persistence"},
    option_row{"store_clean_interval", scope::global, origin::accepted, true, "<seconds>", "",
               "No effect: what is no longer needed is removed at once.",
               set::saved_anyway},
};
// clang-format on

} // namespace gateway
