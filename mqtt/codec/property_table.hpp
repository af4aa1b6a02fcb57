// The 27 properties, MQTT 5 section 2.2.2.2: one row each. Decoding, encoding and their tests read
// nothing else.
#pragma once

#include "mqtt/codec/packet_table.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace mqtt {

// On the wire: never renumber.
enum class property_id : std::uint8_t {
    payload_format_indicator = 0x01,
    message_expiry_interval = 0x02,
    content_type = 0x03,
    response_topic = 0x08,
    correlation_data = 0x09,
    subscription_identifier = 0x0B,
    session_expiry_interval = 0x11,
    assigned_client_identifier = 0x12,
    server_keep_alive = 0x13,
    authentication_method = 0x15,
    authentication_data = 0x16,
    request_problem_information = 0x17,
    will_delay_interval = 0x18,
    request_response_information = 0x19,
    response_information = 0x1A,
    server_reference = 0x1C,
    reason_string = 0x1F,
    receive_maximum = 0x21,
    topic_alias_maximum = 0x22,
    topic_alias = 0x23,
    maximum_qos = 0x24,
    retain_available = 0x25,
    user_property = 0x26,
    maximum_packet_size = 0x27,
    wildcard_subscription_available = 0x28,
    subscription_identifier_available = 0x29,
    shared_subscription_available = 0x2A,
};

enum class wire_type : std::uint8_t {
    byte,
    two_bytes,
    four_bytes,
    varint,
    text,
    binary,
    text_pair
};

// The packets a property may stand in, a bit each.
using packet_mask = std::uint16_t;
constexpr packet_mask in(packet_type type) {
    return static_cast<packet_mask>(1U << static_cast<unsigned>(type));
}

struct property_row {
    property_id id;
    std::string_view name;
    wire_type type; // text: [MQTT-3.3.2-13] [MQTT-3.3.2-19]
    packet_mask packets;
    bool repeatable;
    std::uint32_t minimum; // of a number; outside is a Protocol Error
    std::uint32_t maximum;
};

namespace detail {
using enum packet_type;
inline constexpr packet_mask will = in(reserved);
inline constexpr packet_mask message = in(publish) | will;
inline constexpr packet_mask acknowledgements = in(puback) | in(pubrec) | in(pubrel) | in(pubcomp);
inline constexpr packet_mask reasoned =
    acknowledgements | in(connack) | in(suback) | in(unsuback) | in(disconnect) | in(auth);
inline constexpr packet_mask everywhere =
    reasoned | message | in(connect) | in(subscribe) | in(unsubscribe);
inline constexpr std::uint32_t no_bound = 0xFFFFFFFF;
} // namespace detail

// clang-format off
inline constexpr std::array property_table{
    property_row{property_id::payload_format_indicator,          "Payload Format Indicator",          wire_type::byte,       detail::message, false, 0, 1},
    property_row{property_id::message_expiry_interval,           "Message Expiry Interval",           wire_type::four_bytes, detail::message, false, 0, detail::no_bound},
    property_row{property_id::content_type,                      "Content Type",                      wire_type::text,       detail::message, false, 0, 0},
    property_row{property_id::response_topic,                    "Response Topic",                    wire_type::text,       detail::message, false, 0, 0},
    property_row{property_id::correlation_data,                  "Correlation Data",                  wire_type::binary,     detail::message, false, 0, 0},
    property_row{property_id::subscription_identifier,           "Subscription Identifier",           wire_type::varint,     in(packet_type::publish) | in(packet_type::subscribe), true, 1, 268'435'455},
    property_row{property_id::session_expiry_interval,           "Session Expiry Interval",           wire_type::four_bytes, in(packet_type::connect) | in(packet_type::connack) | in(packet_type::disconnect), false, 0, detail::no_bound},
    property_row{property_id::assigned_client_identifier,        "Assigned Client Identifier",        wire_type::text,       in(packet_type::connack), false, 0, 0},
    property_row{property_id::server_keep_alive,                 "Server Keep Alive",                 wire_type::two_bytes,  in(packet_type::connack), false, 0, 65'535},
    property_row{property_id::authentication_method,             "Authentication Method",             wire_type::text,       in(packet_type::connect) | in(packet_type::connack) | in(packet_type::auth), false, 0, 0},
    property_row{property_id::authentication_data,               "Authentication Data",               wire_type::binary,     in(packet_type::connect) | in(packet_type::connack) | in(packet_type::auth), false, 0, 0},
    property_row{property_id::request_problem_information,       "Request Problem Information",       wire_type::byte,       in(packet_type::connect), false, 0, 1},
    property_row{property_id::will_delay_interval,               "Will Delay Interval",               wire_type::four_bytes, detail::will, false, 0, detail::no_bound},
    property_row{property_id::request_response_information,      "Request Response Information",      wire_type::byte,       in(packet_type::connect), false, 0, 1},
    property_row{property_id::response_information,              "Response Information",              wire_type::text,       in(packet_type::connack), false, 0, 0},
    property_row{property_id::server_reference,                  "Server Reference",                  wire_type::text,       in(packet_type::connack) | in(packet_type::disconnect), false, 0, 0},
    property_row{property_id::reason_string,                     "Reason String",                     wire_type::text,       detail::reasoned, false, 0, 0},
    property_row{property_id::receive_maximum,                   "Receive Maximum",                   wire_type::two_bytes,  in(packet_type::connect) | in(packet_type::connack), false, 1, 65'535},
    property_row{property_id::topic_alias_maximum,               "Topic Alias Maximum",               wire_type::two_bytes,  in(packet_type::connect) | in(packet_type::connack), false, 0, 65'535},
    property_row{property_id::topic_alias,                       "Topic Alias",                       wire_type::two_bytes,  in(packet_type::publish), false, 0, 65'535},
    property_row{property_id::maximum_qos,                       "Maximum QoS",                       wire_type::byte,       in(packet_type::connack), false, 0, 1},
    property_row{property_id::retain_available,                  "Retain Available",                  wire_type::byte,       in(packet_type::connack), false, 0, 1},
    property_row{property_id::user_property,                     "User Property",                     wire_type::text_pair,  detail::everywhere, true, 0, 0},
    property_row{property_id::maximum_packet_size,               "Maximum Packet Size",               wire_type::four_bytes, in(packet_type::connect) | in(packet_type::connack), false, 1, detail::no_bound},
    property_row{property_id::wildcard_subscription_available,   "Wildcard Subscription Available",   wire_type::byte,       in(packet_type::connack), false, 0, 1},
    property_row{property_id::subscription_identifier_available, "Subscription Identifier Available", wire_type::byte,       in(packet_type::connack), false, 0, 1},
    property_row{property_id::shared_subscription_available,     "Shared Subscription Available",     wire_type::byte,       in(packet_type::connack), false, 0, 1},
};
// clang-format on
static_assert(property_table.size() == 27);

constexpr const property_row* find_property(std::uint32_t id) {
    for (const auto& row : property_table)
        if (static_cast<std::uint32_t>(row.id) == id)
            return &row;
    return nullptr;
}

constexpr bool property_table_is_sorted() {
    for (std::size_t i = 1; i < property_table.size(); ++i)
        if (property_table[i - 1].id >= property_table[i].id)
            return false;
    return true;
}
static_assert(property_table_is_sorted());

// Properties that a receiver of a message gets as the sender gave them. [MQTT-3.3.2-4]
// [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-20]
constexpr bool is_forwarded(property_id id) {
    using enum property_id;
    return id == payload_format_indicator || id == content_type || id == response_topic ||
           id == correlation_data || id == user_property;
}

} // namespace mqtt
