// JSON written straight into a string: what the message path uses, where building a document tree
// would cost too much.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rest {

// Nesting that we read or pass on as JSON; deeper text is treated as not JSON.
inline constexpr std::size_t json_depth_max = 64;

// Appends the text in quotes; every control character is escaped, so it never breaks a line.
// requires: is_utf8(text)
void append_json_string(std::string& out, std::string_view text);

void append_number(std::string& out, std::uint64_t number);

// Whether the text is one JSON value, nested at most json_depth_max deep.
bool is_json(std::string_view text);

// Appends the JSON value without white space between its tokens: one line, whatever the sender
// wrote. requires: is_json(text)
void append_compact_json(std::string& out, std::string_view text);

} // namespace rest
