// The page that a browser gets for the address of a topic: its value now, with links that work
// without JavaScript, and what web/src/topic.ts makes of it.
#pragma once

#include "mqtt/types/message.hpp"
#include "rest/exchange.hpp"

#include <string_view>

namespace rest {

// What the page is made of; no page by itself.
inline constexpr std::string_view topic_template = "topic.html";

// Whether the caller is a browser that wants to show something, and no form was named.
bool wants_page(const exchange& each);

// The page of one topic; value: null where nothing is retained.
void show_topic_page(exchange& each, std::string_view topic, const mqtt::message* value);

} // namespace rest
