// What a call says: the messages as a raw payload, as envelopes, or as CloudEvents 1.0, and the
// header fields that belong to each.
#pragma once

#include "rest/webhooks/definition.hpp"
#include "rest/webhooks/delivery_queue.hpp"

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rest::webhooks {

struct call_body {
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> fields{}; // besides; values are header text
};

// requires: one message where the format or the webhook has no batches
call_body body_of(const definition& terms, std::span<const queued_message> messages);

// The user property that counts how many webhooks a message has come through. The endpoint gets it
// raised by one, as header field and in the properties, and what it publishes with it goes on
// counting: a circle of webhooks ends.
inline constexpr std::string_view hop_property = "webhook-hops";
inline constexpr unsigned hops_max = 8;
unsigned hops_of(const mqtt::message& what);

} // namespace rest::webhooks
