// The fifteen control packets, MQTT 5 section 2.1.2: one row each.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mqtt {

// On the wire: never renumber.
enum class packet_type : std::uint8_t {
    reserved = 0, // stands for the will's properties in property_table
    connect = 1,
    connack = 2,
    publish = 3,
    puback = 4,
    pubrec = 5,
    pubrel = 6,
    pubcomp = 7,
    subscribe = 8,
    suback = 9,
    unsubscribe = 10,
    unsuback = 11,
    pingreq = 12,
    pingresp = 13,
    disconnect = 14,
    auth = 15,
};

inline constexpr std::uint8_t any_flags = 0xFF; // PUBLISH uses its flag bits

struct packet_row {
    packet_type type;
    std::string_view name;
    // [MQTT3-2.2.2-1]; of PUBREL, SUBSCRIBE, UNSUBSCRIBE, DISCONNECT and AUTH: [MQTT-3.6.1-1]
    // [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1] [MQTT-3.15.1-1] and [MQTT3-3.6.1-1]
    // [MQTT3-3.8.1-1] [MQTT3-3.10.1-1] [MQTT3-3.14.1-1]
    std::uint8_t flags; // the only value its fixed header may carry [MQTT-2.1.3-1]
    bool from_client;   // a server may receive it, in any version
    bool v3;            // exists in 3.1 and 3.1.1
};

// The packets of the standards and no others. [MQTT3-7.0.0-2]
// clang-format off
inline constexpr std::array packet_table{
    packet_row{packet_type::connect,     "CONNECT",     0,         true,  true},
    packet_row{packet_type::connack,     "CONNACK",     0,         false, true},
    packet_row{packet_type::publish,     "PUBLISH",     any_flags, true,  true},
    packet_row{packet_type::puback,      "PUBACK",      0,         true,  true},
    packet_row{packet_type::pubrec,      "PUBREC",      0,         true,  true},
    packet_row{packet_type::pubrel,      "PUBREL",      2,         true,  true},
    packet_row{packet_type::pubcomp,     "PUBCOMP",     0,         true,  true},
    packet_row{packet_type::subscribe,   "SUBSCRIBE",   2,         true,  true},
    packet_row{packet_type::suback,      "SUBACK",      0,         false, true},
    packet_row{packet_type::unsubscribe, "UNSUBSCRIBE", 2,         true,  true},
    packet_row{packet_type::unsuback,    "UNSUBACK",    0,         false, true},
    packet_row{packet_type::pingreq,     "PINGREQ",     0,         true,  true},
    packet_row{packet_type::pingresp,    "PINGRESP",    0,         false, true},
    packet_row{packet_type::disconnect,  "DISCONNECT",  0,         true,  true},
    packet_row{packet_type::auth,        "AUTH",        0,         true,  false},
};
// clang-format on
static_assert(packet_table.size() == 15);

// requires: type != reserved
constexpr const packet_row& row_of(packet_type type) {
    return packet_table[static_cast<std::size_t>(type) - 1];
}

} // namespace mqtt
