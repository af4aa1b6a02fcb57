// Reason codes, MQTT 5 section 2.4: one row each, with the 3.1.1 CONNACK return code that stands
// for it. This table is the only place where a byte, a name and a sentence for it meet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mqtt {

// On the wire: never renumber.
enum class reason : std::uint8_t {
    success = 0x00, // also normal disconnection and granted QoS 0
    granted_qos_1 = 0x01,
    granted_qos_2 = 0x02,
    disconnect_with_will = 0x04,
    no_matching_subscribers = 0x10,
    no_subscription_existed = 0x11,
    continue_authentication = 0x18,
    reauthenticate = 0x19,
    unspecified_error = 0x80,
    malformed_packet = 0x81,
    protocol_error = 0x82,
    implementation_specific_error = 0x83,
    unsupported_protocol_version = 0x84,
    client_identifier_not_valid = 0x85,
    bad_user_name_or_password = 0x86,
    not_authorized = 0x87,
    server_unavailable = 0x88,
    server_busy = 0x89,
    banned = 0x8A,
    server_shutting_down = 0x8B,
    bad_authentication_method = 0x8C,
    keep_alive_timeout = 0x8D,
    session_taken_over = 0x8E,
    topic_filter_invalid = 0x8F,
    topic_name_invalid = 0x90,
    packet_identifier_in_use = 0x91,
    packet_identifier_not_found = 0x92,
    receive_maximum_exceeded = 0x93,
    topic_alias_invalid = 0x94,
    packet_too_large = 0x95,
    message_rate_too_high = 0x96,
    quota_exceeded = 0x97,
    administrative_action = 0x98,
    payload_format_invalid = 0x99,
    retain_not_supported = 0x9A,
    qos_not_supported = 0x9B,
    use_another_server = 0x9C,
    server_moved = 0x9D,
    shared_subscriptions_not_supported = 0x9E,
    connection_rate_exceeded = 0x9F,
    maximum_connect_time = 0xA0,
    subscription_identifiers_not_supported = 0xA1,
    wildcard_subscriptions_not_supported = 0xA2,
};

// The packets in which a client may send a reason code: one bit for each family.
enum carriers : std::uint8_t {
    no_packet = 0,
    puback_pubrec = 1,   // sections 3.4.2.1 and 3.5.2.1
    pubrel_pubcomp = 2,  // sections 3.6.2.1 and 3.7.2.1
    disconnect_only = 4, // section 3.14.2.1
    auth_only = 8,       // section 3.15.2.1
};

struct reason_row {
    reason code;
    // [MQTT31-connack-3]
    std::uint8_t
        connack_v3; // MQTT 3.1.1 section 3.2.2.3; 0xFF where 3.1.1 has only the closed connection
    std::uint8_t from_client; // carriers
    std::string_view name;
    std::string_view sentence;
};

inline constexpr std::uint8_t no_connack_v3 = 0xFF;
inline constexpr std::uint8_t any_acknowledgement = puback_pubrec | pubrel_pubcomp;
inline constexpr std::uint8_t publish_or_disconnect = puback_pubrec | disconnect_only;

// clang-format off
inline constexpr std::array reason_table{
    reason_row{reason::success, 0, any_acknowledgement | disconnect_only, "Success", "It was done."},
    reason_row{reason::granted_qos_1, 0xFF, no_packet, "Granted QoS 1", "The subscription delivers at QoS 1 at most."},
    reason_row{reason::granted_qos_2, 0xFF, no_packet, "Granted QoS 2", "The subscription delivers at QoS 2 at most."},
    reason_row{reason::disconnect_with_will, 0xFF, disconnect_only, "Disconnect with Will Message", "The client leaves and wants its will published."},
    reason_row{reason::no_matching_subscribers, 0xFF, puback_pubrec, "No matching subscribers", "Accepted, and nobody subscribes to the topic."},
    reason_row{reason::no_subscription_existed, 0xFF, no_packet, "No subscription existed", "There was no such subscription to remove."},
    reason_row{reason::continue_authentication, 0xFF, auth_only, "Continue authentication", "The authentication goes on with another step."},
    reason_row{reason::reauthenticate, 0xFF, auth_only, "Re-authenticate", "The client starts to authenticate again."},
    reason_row{reason::unspecified_error, 3, publish_or_disconnect, "Unspecified error", "The server does not say why."},
    reason_row{reason::malformed_packet, 0xFF, disconnect_only, "Malformed Packet", "The bytes are not a packet of this protocol version."},
    reason_row{reason::protocol_error, 0xFF, disconnect_only, "Protocol Error", "The packet is well formed but must not come here or now."},
    reason_row{reason::implementation_specific_error, 3, publish_or_disconnect, "Implementation specific error", "The packet is valid but this server does not take it."},
    reason_row{reason::unsupported_protocol_version, 1, no_packet, "Unsupported Protocol Version", "This version of MQTT is not spoken here."},
    reason_row{reason::client_identifier_not_valid, 2, no_packet, "Client Identifier not valid", "The client identifier is not allowed."},
    reason_row{reason::bad_user_name_or_password, 4, no_packet, "Bad User Name or Password", "User name or password is wrong."},
    reason_row{reason::not_authorized, 5, puback_pubrec, "Not authorized", "The identity may not do this."},
    reason_row{reason::server_unavailable, 3, no_packet, "Server unavailable", "The server can't serve now."},
    reason_row{reason::server_busy, 3, no_packet, "Server busy", "The server is busy; try again later."},
    reason_row{reason::banned, 5, no_packet, "Banned", "This client is shut out by an administrator."},
    reason_row{reason::server_shutting_down, 0xFF, no_packet, "Server shutting down", "The server stops."},
    reason_row{reason::bad_authentication_method, 5, no_packet, "Bad authentication method", "The authentication method is not supported."},
    reason_row{reason::keep_alive_timeout, 0xFF, no_packet, "Keep Alive timeout", "Nothing came for one and a half keep alive periods."},
    reason_row{reason::session_taken_over, 0xFF, no_packet, "Session taken over", "Another connection uses the same client identifier."},
    reason_row{reason::topic_filter_invalid, 0xFF, no_packet, "Topic Filter invalid", "The topic filter is not allowed."},
    reason_row{reason::topic_name_invalid, 0xFF, publish_or_disconnect, "Topic Name invalid", "The topic name is not allowed."},
    reason_row{reason::packet_identifier_in_use, 0xFF, puback_pubrec, "Packet Identifier in use", "The packet identifier is in use already."},
    reason_row{reason::packet_identifier_not_found, 0xFF, pubrel_pubcomp, "Packet Identifier not found", "The packet identifier is not known."},
    reason_row{reason::receive_maximum_exceeded, 0xFF, disconnect_only, "Receive Maximum exceeded", "More messages in flight than were agreed."},
    reason_row{reason::topic_alias_invalid, 0xFF, disconnect_only, "Topic Alias invalid", "The topic alias is zero, too high or unknown."},
    reason_row{reason::packet_too_large, 3, disconnect_only, "Packet too large", "The packet is larger than this server accepts."},
    reason_row{reason::message_rate_too_high, 0xFF, disconnect_only, "Message rate too high", "Messages come too fast."},
    reason_row{reason::quota_exceeded, 3, publish_or_disconnect, "Quota exceeded", "A limit of the server is reached."},
    reason_row{reason::administrative_action, 0xFF, disconnect_only, "Administrative action", "An administrator closed the connection."},
    reason_row{reason::payload_format_invalid, 0xFF, publish_or_disconnect, "Payload format invalid", "The payload is not what its format indicator says."},
    reason_row{reason::retain_not_supported, 5, no_packet, "Retain not supported", "The server keeps no retained messages."},
    reason_row{reason::qos_not_supported, 5, no_packet, "QoS not supported", "The server does not accept this QoS."},
    reason_row{reason::use_another_server, 3, no_packet, "Use another server", "Use another server for now."},
    reason_row{reason::server_moved, 3, no_packet, "Server moved", "Use another server from now on."},
    reason_row{reason::shared_subscriptions_not_supported, 0xFF, no_packet, "Shared Subscriptions not supported", "The server has no shared subscriptions."},
    reason_row{reason::connection_rate_exceeded, 3, no_packet, "Connection rate exceeded", "Connections come too fast."},
    reason_row{reason::maximum_connect_time, 0xFF, no_packet, "Maximum connect time", "The connection was open for as long as it may."},
    reason_row{reason::subscription_identifiers_not_supported, 0xFF, no_packet, "Subscription Identifiers not supported", "The server has no subscription identifiers."},
    reason_row{reason::wildcard_subscriptions_not_supported, 0xFF, no_packet, "Wildcard Subscriptions not supported", "The server has no wildcard subscriptions."},
};
// clang-format on

constexpr std::uint8_t to_byte(reason code) {
    return static_cast<std::uint8_t>(code);
}
constexpr bool is_error(reason code) {
    return to_byte(code) >= 0x80;
}

// ensures: a row for every byte; an unknown byte gets the row of unspecified_error.
constexpr const reason_row& row_of(reason code) {
    const reason_row* unspecified = &reason_table[0];
    for (const auto& row : reason_table) {
        if (row.code == code)
            return row;
        if (row.code == reason::unspecified_error)
            unspecified = &row;
    }
    return *unspecified;
}

// Whether a client may send this code in such a packet.
constexpr bool may_send(carriers where, reason code) {
    return (row_of(code).from_client & where) != 0;
}

constexpr bool is_known(std::uint8_t byte) {
    for (const auto& row : reason_table)
        if (to_byte(row.code) == byte)
            return true;
    return false;
}

} // namespace mqtt
