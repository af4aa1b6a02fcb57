// The few MQTT 3.1.1 packets that the generator speaks, by code of its own: a mistake in Sluice's
// codec must not cancel itself out here. Never includes anything of Sluice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace bench {

using bytes = std::vector<std::uint8_t>;
using bytes_view = std::span<const std::uint8_t>;

// The broker said something that MQTT 3.1.1 does not allow, or that nobody asked for.
struct protocol_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

enum class packet_type : std::uint8_t {
    connect = 1,
    connack = 2,
    publish = 3,
    puback = 4,
    subscribe = 8,
    suback = 9,
    disconnect = 14,
};

struct frame {
    packet_type type;
    std::uint8_t flags;
    bytes_view body; // what follows the fixed header
    std::size_t size_bytes;
};

struct publish {
    std::uint8_t qos;
    bool dup;
    std::uint16_t packet_id; // 0 at QoS 0
    bytes_view payload;
};

// The first whole frame of `input`, or nothing while it is unfinished. The views point into
// `input`.
std::optional<frame> decode_frame(bytes_view input);
publish decode_publish(const frame& packet);
std::uint16_t decode_puback(const frame& packet);
void check_connack(const frame& packet);
void check_suback(const frame& packet, std::uint8_t qos);

// persistent: the broker is to keep the session after the connection has ended
void encode_connect(bytes& output, std::string_view client_id, bool persistent = false);
void encode_subscribe(bytes& output, std::string_view topic_filter, std::uint8_t qos);
void encode_publish(bytes& output, std::string_view topic, std::uint8_t qos,
                    std::uint16_t packet_id, bytes_view payload, bool retain = false);
void encode_puback(bytes& output, std::uint16_t packet_id);
void encode_disconnect(bytes& output);

} // namespace bench
