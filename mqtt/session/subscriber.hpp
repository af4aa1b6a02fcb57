// Whoever gets messages: an MQTT session, a stream, a long poll. The broker sees no difference.
#pragma once

#include "mqtt/session/frames.hpp"
#include "mqtt/types/qos.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace mqtt {

// Names a subscriber over all shards, and never another one that came later into its place. 0:
// nobody.
struct subscriber_id {
    std::uint8_t shard = 0;
    std::uint32_t slot = 0;
    std::uint32_t generation = 0; // 0: nobody

    friend auto operator<=>(const subscriber_id&, const subscriber_id&) = default;
};

// One message on its way to one receiver.
struct delivery {
    frames& what;
    mqtt::qos qos; // already the lesser of published and granted [MQTT-3.8.4-8]
    bool retain;   // as the receiver's packet shows it
    std::span<const std::uint32_t> subscription_ids;
    bool retained; // sent because of the subscription, not because of a publish
};

enum class delivered : std::uint8_t { sent, queued, dropped };

class subscriber {
public:
    virtual ~subscriber() = default;
    // thread: the subscriber's own shard. Must not call back into the broker.
    virtual delivered deliver(const delivery& what) = 0;
    // The client id whose queue survives the connection, or empty.
    virtual std::string_view persistent_id() const { return {}; }
};

} // namespace mqtt
