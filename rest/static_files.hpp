// The web pages that are part of the binary. Nothing is read from disk.
#pragma once

#include "rest/exchange.hpp"

#include <string_view>

namespace rest {

struct asset {
    std::string_view name;
    std::string_view bytes;
};

// Null when there is none of that name.
const asset* find_asset(std::string_view name);
// The same, and a page also by its name without .html.
const asset* find_page(std::string_view name);

// Answers with the file; 304 when the caller has it.
void show_asset(exchange& each, const asset& file);

// What a page of ours may load and do: what it brings itself.
void add_page_policy(reply& answer);

// Type by the name's ending.
std::string_view asset_type(std::string_view name);

} // namespace rest
