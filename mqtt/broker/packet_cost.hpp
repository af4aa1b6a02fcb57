// What messages cost by MQTT, in bytes and packets: worked out by encoding the packets, for those
// who compare it with other ways.
#pragma once

#include "mqtt/types/qos.hpp"
#include "mqtt/types/version.hpp"

#include <cstdint>
#include <string_view>

namespace mqtt {

struct wire_cost {
    std::uint64_t to_server = 0; // bytes
    std::uint64_t to_client = 0;
    std::uint64_t packets = 0;

    wire_cost& operator+=(const wire_cost& more) {
        to_server += more.to_server;
        to_client += more.to_client;
        packets += more.packets;
        return *this;
    }
    wire_cost times(std::uint64_t n) const { return {to_server * n, to_client * n, packets * n}; }
};

// What goes with the topic of a PUBLISH, MQTT 5 section 3.3.2.3.4.
enum class alias_use { none, given, known };

struct costed_message {
    std::string_view topic;
    std::string_view payload;
    mqtt::qos qos = qos::at_most_once;
    version level = version::v3_1_1;
    alias_use alias = alias_use::none; // not none only in version 5
    bool in_frames = false;            // over WebSocket, each packet in a frame of its own
};

// By a client to the server, with all that acknowledges it.
wire_cost cost_of_publishing(const costed_message& what);
// By the server to a client, likewise.
wire_cost cost_of_receiving(const costed_message& what);

} // namespace mqtt
