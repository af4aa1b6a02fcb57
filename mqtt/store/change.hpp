// What happens to what survives: one change each, in the words of the tables (schema.cpp).
#pragma once

#include "mqtt/types/clock.hpp"
#include "mqtt/types/message.hpp"
#include "mqtt/types/qos.hpp"
#include "mqtt/types/will.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mqtt {

// Numbers of sessions and of messages on their way to one, over all runs of the process. 0: not
// kept.
using session_key = std::uint64_t;
using entry_key = std::uint64_t;

// A session as it is from now on.
struct stored_session {
    session_key key = 0;
    std::string client_id;
    std::string username; // empty: anonymous
    std::uint16_t realm = 0;
    bool by_token = false;
    std::uint32_t expiry = 0;           // seconds
    std::optional<wall_time> ends_at{}; // nothing: its client is connected, or it never ends
    std::optional<wall_time> will_at{}; // nothing with a will: its client is connected
    std::optional<kept_will> will{};
};

struct stored_subscription {
    session_key session = 0;
    std::string filter;
    mqtt::qos qos = mqtt::qos::at_most_once;
    bool no_local = false;
    bool retain_as_published = false;
    std::uint32_t identifier = 0; // 0: none
};

// A message of QoS 1 or 2 on its way to a session.
struct stored_entry {
    struct extras {
        std::vector<std::uint32_t> identifiers;
        std::string shared; // "$share/name/filter" that it came by; empty: none
    };

    entry_key key = 0;
    session_key session = 0;
    message_ptr what{};             // null: a released one of which the message is gone
    std::unique_ptr<extras> more{}; // null: none of them
    std::uint16_t packet_id = 0;    // 0: waits
    mqtt::qos qos = mqtt::qos::at_least_once;
    bool retain = false;
    bool snapshot = false; // a retained message of a new subscription
    bool released = false; // PUBREL is due or sent
};

// What another room keeps under a name of its own.
struct stored_document {
    std::string kind;
    std::string name;
    std::string value;
    std::optional<wall_time> expires_at{};
    bool gone = false; // it is to be forgotten
};

struct session_gone { // and its subscriptions and incoming messages; entries are named one by one
    session_key session;
};
struct unsubscribed {
    session_key session;
    std::string filter;
};
struct entry_sent {
    entry_key entry;
    std::uint16_t packet_id;
};
struct entry_released {
    entry_key entry;
};
struct entry_gone {
    entry_key entry;
};
struct incoming_opened {
    session_key session;
    std::uint16_t packet_id;
};
struct incoming_closed {
    session_key session;
    std::uint16_t packet_id;
};

// What is large and rare stands behind a pointer: most changes are entries.
using store_change =
    std::variant<stored_entry, entry_sent, entry_released, entry_gone, incoming_opened,
                 incoming_closed, session_gone, std::unique_ptr<unsubscribed>,
                 std::unique_ptr<stored_subscription>, std::unique_ptr<stored_session>,
                 std::unique_ptr<stored_document>>;

} // namespace mqtt
