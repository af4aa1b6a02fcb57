// Who gets a topic's messages: the answer of the subscription index, merged so that nobody stands
// in it twice.
#pragma once

#include "mqtt/session/subscriber.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace mqtt {

struct recipient {
    subscriber_id who;
    mqtt::qos qos = mqtt::qos::at_most_once; // the highest that a matching subscription was granted
                                             // [MQTT-3.3.4-2]
    bool no_local = false;
    bool retain_as_published = false;
    std::uint16_t identifier_count = 0;
    std::uint32_t first_identifier = 0; // in route::identifiers
};

struct route {
    std::vector<recipient> recipients;
    std::vector<std::uint32_t> identifiers; // of the matching subscriptions [MQTT-3.3.4-3]

    void clear() {
        recipients.clear();
        identifiers.clear();
    }
    std::span<const std::uint32_t> identifiers_of(const recipient& whom) const {
        return std::span(identifiers).subspan(whom.first_identifier, whom.identifier_count);
    }
};

} // namespace mqtt
