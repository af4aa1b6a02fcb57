// Base64, RFC 4648: the plain alphabet for payloads, the URL alphabet (no padding) for cursors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rest {

void append_base64(std::string& out, std::string_view bytes);
std::string base64(std::string_view bytes);
std::string base64_url(std::string_view bytes);

// Reads both alphabets, with or without padding; nothing when the text is neither.
std::optional<std::string> base64_decode(std::string_view text);

} // namespace rest
