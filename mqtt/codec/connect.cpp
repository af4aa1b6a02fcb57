// CONNECT and CONNACK, MQTT 5 sections 3.1 and 3.2.
#include "mqtt/codec/packets.hpp"
#include "mqtt/types/topic.hpp"

#include <iterator>

namespace mqtt {
namespace {

constexpr unsigned reserved_flag = 0x01;
constexpr unsigned clean_start_flag = 0x02;
constexpr unsigned will_flag = 0x04;
constexpr unsigned will_retain_flag = 0x20;
constexpr unsigned password_flag = 0x40;
constexpr unsigned username_flag = 0x80;

// MQTT 3.1.1 table 3.1, by return code.
constexpr reason v3_return_codes[] = {
    reason::success,
    reason::unsupported_protocol_version,
    reason::client_identifier_not_valid,
    reason::server_unavailable,
    reason::bad_user_name_or_password,
    reason::not_authorized,
};

bool is_known_protocol(std::string_view name, unsigned level) {
    if (name == "MQTT")
        return level == 4 || level == 5;   // [MQTT-3.1.2-1] [MQTT3-3.1.2-1]
    return name == "MQIsdp" && level == 3; // [MQTT31-connect-1]
}

// What is missing runs over the packet's end. [MQTT-3.1.2-9] [MQTT3-3.1.2-9]
void read_will(reader& from, unsigned flags, connect& packet) {
    auto& will = packet.will.emplace();
    const unsigned level_bits = flags >> 3 & 3;
    if (level_bits == 3)
        return from.fail(reason::malformed_packet); // [MQTT-3.1.2-12] [MQTT3-3.1.2-14]
    will.qos = static_cast<qos>(level_bits);
    will.retain = (flags & will_retain_flag) != 0;
    if (packet.version == version::v5)
        read_properties(from, packet_type::reserved, will.props);
    if (has_wildcard(will.props.text(property_id::response_topic).value_or("")))
        return from.fail(reason::protocol_error); // [MQTT-3.3.2-14]
    will.topic = from.text();                     // [MQTT-3.1.3-11] [MQTT3-3.1.3-10]
    will.payload = from.binary();
}

// [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT3-3.1.2-11] [MQTT3-3.1.2-13] [MQTT3-3.1.2-15] and, before
// version 5, [MQTT3-3.1.2-22]
bool flags_agree(unsigned flags, version level) {
    if ((flags & reserved_flag) != 0)
        return false; // [MQTT-3.1.2-3] [MQTT3-3.1.2-3]
    if (level != version::v3_1 && (flags & will_flag) == 0 &&
        (flags & (will_retain_flag | 0x18U)) != 0)
        return false; // 3.1 disregards these bits without a will [MQTT31-connect-10]
    return level == version::v5 || (flags & password_flag) == 0 || (flags & username_flag) != 0;
}

unsigned flags_of(const connect& packet) {
    unsigned flags = packet.clean_start ? clean_start_flag : 0;
    if (packet.will) {
        flags |= will_flag | to_number(packet.will->qos) << 3;
        flags |= packet.will->retain ? will_retain_flag : 0;
    }
    flags |= packet.username ? username_flag : 0;
    flags |= packet.password ? password_flag : 0;
    return flags;
}

} // namespace

result<connect> decode_connect(std::string_view body) {
    connect packet;
    reader from(body);
    const auto name = from.text();
    const auto level = from.byte();
    if (from.failed())
        return from.reason();
    if (!is_known_protocol(name, level))
        return reason::unsupported_protocol_version; // [MQTT-3.1.2-1] [MQTT-3.1.2-2]
    packet.version = static_cast<version>(level);

    const auto flags = from.byte();
    if (!from.failed() && !flags_agree(flags, packet.version))
        from.fail(reason::malformed_packet);
    packet.clean_start = (flags & clean_start_flag) != 0;
    packet.keep_alive = from.two_bytes();
    if (packet.version == version::v5)
        read_properties(from, packet_type::connect, packet.props);
    // [MQTT-3.1.3-1] [MQTT-3.1.3-3] [MQTT-3.1.3-4] [MQTT3-3.1.3-1] [MQTT3-3.1.3-3] [MQTT3-3.1.3-4]
    packet.client_id = from.text();
    if (!from.failed() && (flags & will_flag) != 0)
        read_will(from, flags, packet);
    // In 3.1 the length counts more than the flags. [MQTT31-connect-11] [MQTT31-connect-12]
    const bool may_end = packet.version == version::v3_1;
    // [MQTT-3.1.2-17] [MQTT-3.1.3-12] [MQTT3-3.1.2-19] [MQTT3-3.1.3-11]
    if ((flags & username_flag) != 0 && !(may_end && from.at_end()))
        packet.username = from.text();
    if ((flags & password_flag) != 0 && !(may_end && from.at_end()))
        packet.password = from.binary(); // [MQTT-3.1.2-19] [MQTT3-3.1.2-21]
    // Nothing without its flag. [MQTT-3.1.2-16] [MQTT-3.1.2-18] [MQTT3-3.1.2-18] [MQTT3-3.1.2-20]
    if (!from.at_end())
        from.fail(reason::malformed_packet);
    if (packet.props.find(property_id::authentication_data) != nullptr &&
        packet.props.find(property_id::authentication_method) == nullptr)
        from.fail(reason::protocol_error); // section 3.1.2.11.10
    if (from.failed())
        return from.reason();
    return packet;
}

void encode(std::string& out, const connect& packet) {
    std::string body;
    write_binary(body, packet.version == version::v3_1 ? "MQIsdp" : "MQTT");
    write_byte(body, static_cast<unsigned>(packet.version));
    write_byte(body, flags_of(packet));
    write_two_bytes(body, packet.keep_alive);
    if (packet.version == version::v5)
        write_properties(body, packet.props);
    write_binary(body, packet.client_id);
    if (packet.will) {
        if (packet.version == version::v5)
            write_properties(body, packet.will->props);
        write_binary(body, packet.will->topic);
        write_binary(body, packet.will->payload);
    }
    if (packet.username)
        write_binary(body, *packet.username);
    if (packet.password)
        write_binary(body, *packet.password);
    write_frame_header(out, packet_type::connect, 0, body.size());
    out.append(body);
}

result<connack> decode_connack(std::string_view body, version level) {
    connack packet;
    reader from(body);
    const auto flags = from.byte();
    if (flags > 1)
        from.fail(reason::malformed_packet);
    packet.session_present = flags == 1;
    const auto code = from.byte();
    if (level == version::v5) {
        if (!is_known(code))
            from.fail(reason::malformed_packet);
        packet.reason = static_cast<reason>(code);
        read_properties(from, packet_type::connack, packet.props);
    } else if (code != 0) {
        packet.reason =
            code < std::size(v3_return_codes) ? v3_return_codes[code] : reason::unspecified_error;
    }
    if (!from.at_end())
        from.fail(reason::malformed_packet);
    if (from.failed())
        return from.reason();
    return packet;
}

void encode(std::string& out, const connack& packet, version level) {
    std::string body;
    // [MQTT31-connack-2]
    const bool tells_session = level != version::v3_1; // 3.1 knows a reserved byte there
    write_byte(body, packet.session_present && tells_session ? 1 : 0); // [MQTT-3.2.2-1]
    if (level == version::v5) {
        write_byte(body, to_byte(packet.reason));
        write_properties(body, packet.props);
    } else {
        const auto code = row_of(packet.reason).connack_v3;
        write_byte(body, code == no_connack_v3 ? 3U : code); // [MQTT31-connack-1]
    }
    write_frame_header(out, packet_type::connack, 0, body.size());
    out.append(body);
}

} // namespace mqtt
