// The log of the process. Lines are for people; nothing secret (password, key, payload) is ever
// passed in, and text that a client chose goes through quoted() first.
#pragma once

#include "gateway/log_file.hpp"
#include "gateway/log_settings.hpp"
#include "gateway/quoted.hpp"

#include <fmt/core.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace gateway::log {

using gateway::quoted;

// Opens the destinations, in place of those that were open. Until then errors, warnings, notices
// and information go to stderr. owner: gets a log file that is made. Returns what went wrong, if
// anything; then all stays as it was. thread: any; a line that is being written meanwhile goes to
// the old destinations or to the new ones, never to half of each.
[[nodiscard]] std::optional<std::string> open(const log_settings& chosen,
                                              std::optional<file_owner> owner = std::nullopt);

// Closes the log file and opens it again under its name, as log rotation needs.
// thread: any.
[[nodiscard]] std::optional<std::string> reopen();

// What takes the lines for log_dest topic, beginning with the time like all others; none to begin
// with. It must neither wait nor log. ensures: nobody is within the old one on return. thread: any.
using topic_sink = std::function<void(log_type, std::string)>;
void set_topic_sink(topic_sink sink);

// What is shown every line that is written, without its time; none to begin with. It must neither
// wait nor log. ensures: nobody is within the old one on return. thread: any.
using line_tap = std::function<void(log_type, std::string_view)>;
void set_line_tap(line_tap tap);

// Whether lines of this type are written: ask before making the text of a line that is expensive to
// make.
bool wanted(log_type type);

// Writes one finished line. thread: any.
void write(log_type type, std::string_view line);

// A notice about a client that comes or goes; connection_messages turns these off.
void write_connection(std::string_view line);

template <typename... Arguments>
void line(log_type type, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (wanted(type))
        write(type, fmt::format(format, std::forward<Arguments>(arguments)...));
}

template <typename... Arguments>
void error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    line(log_type::error, format, std::forward<Arguments>(arguments)...);
}

template <typename... Arguments>
void warning(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    line(log_type::warning, format, std::forward<Arguments>(arguments)...);
}

template <typename... Arguments>
void notice(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    line(log_type::notice, format, std::forward<Arguments>(arguments)...);
}

template <typename... Arguments>
void information(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    line(log_type::information, format, std::forward<Arguments>(arguments)...);
}

template <typename... Arguments>
void debug(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    line(log_type::debug, format, std::forward<Arguments>(arguments)...);
}

template <typename... Arguments>
void connection(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    if (wanted(log_type::notice))
        write_connection(fmt::format(format, std::forward<Arguments>(arguments)...));
}

} // namespace gateway::log
