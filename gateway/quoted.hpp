// The one place that makes text from outside (client ids, topics, values of a file) safe to print
// on one line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gateway {

inline constexpr std::size_t quoted_bytes_max = 1024;

// The text in single quotes. Control characters, line and paragraph separators, marks that turn the
// writing direction, and bytes that are no UTF-8 come out as \xNN, so that nobody can forge a log
// line or confuse a terminal. Cut, with
// "..." behind the closing quote, after quoted_bytes_max bytes.
std::string quoted(std::string_view text);

} // namespace gateway
