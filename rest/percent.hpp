// Percent-encoding, RFC 3986 section 2.1, as URIs and our header fields use it.
#pragma once

#include <string>
#include <string_view>

namespace rest {

// Appends the decoded text; false when a '%' is not followed by two hex digits (out then holds the
// part before it).
bool percent_decode(std::string_view text, std::string& out);

// One header field value for any bytes: everything but visible ASCII is encoded, and '%' itself, so
// that nothing can end the line and the reader gets exactly the same bytes back.
std::string header_text(std::string_view bytes);

// A path segment or query value for any bytes: only letters, digits and "-._~" stay.
void append_uri_text(std::string& out, std::string_view bytes);

// Appends "%XX".
void append_escape(std::string& out, unsigned char byte);

// 0 to 15, or -1.
int hex_value(char digit);

} // namespace rest
