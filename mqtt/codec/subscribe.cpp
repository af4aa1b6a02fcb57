// SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, MQTT 5 sections 3.8 to 3.11.
#include "mqtt/codec/packets.hpp"

namespace mqtt {
namespace {

void read_options(reader& from, version level, subscription_request& request) {
    const auto options = from.byte();
    const unsigned qos_bits = options & 3U;
    const unsigned reserved = level == version::v5 ? 0xC0U : 0xFCU;
    if ((options & reserved) != 0)
        return from.fail(reason::malformed_packet); // [MQTT-3.8.3-5] [MQTT3-3.8.3-4]
    if (qos_bits == 3)
        return from.fail(reason::protocol_error); // section 3.8.3.1
    request.qos = static_cast<qos>(qos_bits);
    request.no_local = (options & 4) != 0;
    request.retain_as_published = (options & 8) != 0;
    request.retain_handling = static_cast<std::uint8_t>(options >> 4 & 3);
    if (request.retain_handling == 3)
        from.fail(reason::protocol_error); // section 3.8.3.1
}

unsigned options_of(const subscription_request& request) {
    return to_number(request.qos) | (request.no_local ? 4U : 0U) |
           (request.retain_as_published ? 8U : 0U) |
           static_cast<unsigned>(request.retain_handling) << 4;
}

std::uint16_t read_packet_id(reader& from) {
    const auto id = from.two_bytes();
    if (id == 0)
        from.fail(reason::malformed_packet); // [MQTT-2.2.1-3]
    return id;
}

} // namespace

result<subscribe> decode_subscribe(std::string_view body, version level) {
    subscribe packet;
    reader from(body);
    packet.packet_id = read_packet_id(from);
    if (level == version::v5)
        read_properties(from, packet_type::subscribe, packet.props);
    if (!from.failed() && from.at_end())
        from.fail(reason::protocol_error); // [MQTT-3.8.3-2] [MQTT3-3.8.3-3]
    while (!from.at_end()) {
        if (packet.requests.size() == filters_per_packet_max)
            from.fail(reason::quota_exceeded);
        auto& request = packet.requests.emplace_back();
        request.filter = from.text(); // [MQTT-3.8.3-1] [MQTT3-3.8.3-1]
        read_options(from, level, request);
    }
    if (from.failed())
        return from.reason();
    return packet;
}

void encode(std::string& out, const subscribe& packet, version level) {
    std::string body;
    write_two_bytes(body, packet.packet_id);
    if (level == version::v5)
        write_properties(body, packet.props);
    for (const auto& request : packet.requests) {
        write_binary(body, request.filter);
        write_byte(body, options_of(request));
    }
    write_frame_header(out, packet_type::subscribe, row_of(packet_type::subscribe).flags,
                       body.size());
    out.append(body);
}

result<unsubscribe> decode_unsubscribe(std::string_view body, version level) {
    unsubscribe packet;
    reader from(body);
    packet.packet_id = read_packet_id(from);
    if (level == version::v5)
        read_properties(from, packet_type::unsubscribe, packet.props);
    if (!from.failed() && from.at_end())
        from.fail(reason::protocol_error); // [MQTT-3.10.3-2] [MQTT3-3.10.3-2]
    while (!from.at_end()) {
        if (packet.filters.size() == filters_per_packet_max)
            from.fail(reason::quota_exceeded);
        packet.filters.push_back(from.text()); // [MQTT-3.10.3-1] [MQTT3-3.10.3-1]
    }
    if (from.failed())
        return from.reason();
    return packet;
}

void encode(std::string& out, const unsubscribe& packet, version level) {
    std::string body;
    write_two_bytes(body, packet.packet_id);
    if (level == version::v5)
        write_properties(body, packet.props);
    for (const auto filter : packet.filters)
        write_binary(body, filter);
    write_frame_header(out, packet_type::unsubscribe, row_of(packet_type::unsubscribe).flags,
                       body.size());
    out.append(body);
}

result<suback> decode_suback(packet_type type, std::string_view body, version level) {
    suback packet;
    packet.type = type;
    reader from(body);
    packet.packet_id = read_packet_id(from);
    if (level == version::v5)
        read_properties(from, type, packet.props);
    while (!from.at_end()) {
        const auto code = from.byte();
        if (!is_known(code))
            from.fail(reason::malformed_packet);
        packet.reasons.push_back(static_cast<reason>(code));
    }
    if (from.failed())
        return from.reason();
    return packet;
}

void encode(std::string& out, const suback& packet, version level) {
    std::string body;
    write_two_bytes(body, packet.packet_id);
    if (level == version::v5)
        write_properties(body, packet.props);
    // Before version 5 a failure is always 0x80 [MQTT3-3.9.3-2], and UNSUBACK has no codes at all.
    if (level == version::v5 || packet.type == packet_type::suback)
        for (const auto code : packet.reasons)
            write_byte(body, level != version::v5 && is_error(code) ? 0x80U : to_byte(code));
    write_frame_header(out, packet.type, 0, body.size());
    out.append(body);
}

} // namespace mqtt
