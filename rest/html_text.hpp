// Text in pages that the server writes itself.
#pragma once

#include <string>
#include <string_view>

namespace rest {

// Appends the text so that it is text and nothing else, between tags and in quoted attributes.
void append_html(std::string& out, std::string_view text);

} // namespace rest
