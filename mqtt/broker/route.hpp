// Who gets a topic's messages: the answer of the subscription index, merged so that nobody stands
// in it twice.
#pragma once

#include "mqtt/auth/identity.hpp"
#include "mqtt/session/subscriber.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace mqtt {

// The name of a subscriber as one number.
constexpr std::uint64_t number_of(subscriber_id who) {
    return std::uint64_t{who.generation} << 32 | std::uint64_t{who.slot} << 8 | who.shard;
}

struct subscription_options {
    mqtt::qos qos = mqtt::qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;
    std::uint32_t identifier = 0; // 0: none
};

// Whose messages a recipient gets. One whose matching subscriptions differ in No Local stands in a
// route twice: once for what others publish, once for what it publishes itself. [MQTT-3.8.3-3]
enum class audience : std::uint8_t { of_everyone, of_others, of_itself };

struct recipient {
    subscriber_id who;
    mqtt::qos qos = mqtt::qos::at_most_once; // the highest that a matching subscription was granted
                                             // [MQTT-3.3.4-2]
    audience hears = audience::of_everyone;
    bool retain_as_published = false;
    std::uint16_t identifier_count = 0;
    std::uint32_t first_identifier = 0; // in route::identifiers
    std::uint32_t asked_as = 0; // in route::asked, from 1: its right is looked at for each message

    // unheard_by: see publish_request.
    bool hears_of(subscriber_id publisher, std::span<const std::uint64_t> unheard_by = {}) const {
        if (hears == audience::of_everyone)
            return true;
        const bool own = who == publisher || std::find(unheard_by.begin(), unheard_by.end(),
                                                       number_of(who)) != unheard_by.end();
        return (hears == audience::of_itself) == own;
    }
};

// One of these members gets the message.
struct shared_route {
    std::shared_ptr<shared_group> group;
    std::vector<recipient> members; // never empty
};

struct route {
    std::vector<recipient> recipients;
    std::vector<shared_route> shared;
    std::vector<std::uint32_t> identifiers; // of the matching subscriptions [MQTT-3.3.4-3]
    std::vector<std::shared_ptr<const identity>> asked; // those whose rights others decide

    void clear() {
        recipients.clear();
        shared.clear();
        identifiers.clear();
        asked.clear();
    }
    bool empty() const { return recipients.empty() && shared.empty(); }
    std::size_t receivers() const { return recipients.size() + shared.size(); }
    std::span<const std::uint32_t> identifiers_of(const recipient& whom) const {
        return std::span(identifiers).subspan(whom.first_identifier, whom.identifier_count);
    }
};

// A recipient by one subscription; its identifier is appended to the route's.
recipient recipient_of(subscriber_id who, const subscription_options& options, route& into);

} // namespace mqtt
