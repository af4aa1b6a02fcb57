// What webhook_allow takes; apart, as the option table needs no more.
#pragma once

#include <string_view>

namespace rest::webhooks {

// Whether the text is an address, or one with a prefix length, such as 10.0.0.0/8.
bool is_network(std::string_view text);

} // namespace rest::webhooks
