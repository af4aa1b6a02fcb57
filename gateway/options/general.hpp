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

// Read by the parser, which opens the files.
inline constexpr option_value folder_line{
    [](const option_target&, std::string_view text) {
        if (text.starts_with('"') || text.starts_with('\''))
            return outcome::error("takes the path without quotes; spaces in it are no trouble");
        return outcome::taken();
    },
    show_nothing};

inline constexpr option_value user_name{
    [](const option_target& target, std::string_view text) {
        constexpr std::size_t bytes_max = 32; // LOGIN_NAME_MAX of most systems
        if (text.size() > bytes_max || text.find_first_of(" \t:/") != text.npos)
            return outcome::error(must_be("the name of a user of this machine", text));
        target.all.user = std::string(text);
        return outcome::taken();
    },
    [](const settings& all, const listener&) { return all.user; }};

} // namespace set

// clang-format off
inline constexpr std::array general_options{
    option_row{"enable_control_api", scope::global, origin::accepted, false, "<true|false>", "",
               "Plugins and HTTP answer below $CONTROL; mosquitto's own answers at $CONTROL/broker/v1 are not there.",
               set::noted_unless<false>},
    option_row{"include_dir", scope::global, origin::mosquitto, false, "<path>", "",
               "Reads all files of this folder whose names end in .conf, in the order of the alphabet, A before a before B. In the main file only. May be given several times.",
               set::folder_line, true},
    option_row{"io_threads", scope::global, origin::ours, false, "<count|auto>", "1",
               "Threads that serve connections; auto: one for each core.",
               set::thread_count},
    option_row{"pid_file", scope::global, origin::mosquitto, false, "<path>", "",
               "A file that gets the number of the process while it runs.",
               set::path<&settings::pid_file>},
    option_row{"user", scope::global, origin::mosquitto, false, "<name>", "sluice",
               "Started as root, the program becomes this user once its ports, files and keys are open; root: it stays root. Where there is no sluice or mosquitto, nobody stands in for that one.",
               set::user_name},
};
// clang-format on

} // namespace gateway
