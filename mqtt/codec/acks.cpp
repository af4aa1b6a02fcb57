// PUBACK, PUBREC, PUBREL, PUBCOMP, MQTT 5 sections 3.4 to 3.7: a Packet Identifier and how it went.
#include "mqtt/codec/packets.hpp"

namespace mqtt {

result<acknowledgement> decode_acknowledgement(packet_type type, std::string_view body,
                                               version level) {
    acknowledgement packet;
    packet.type = type;
    reader from(body);
    packet.packet_id = from.two_bytes();
    if (packet.packet_id == 0)
        from.fail(reason::malformed_packet); // [MQTT-2.2.1-5]
    if (level == version::v5 && !from.at_end()) {
        const auto code = from.byte();
        if (!is_known(code))
            from.fail(reason::malformed_packet);
        packet.reason = static_cast<reason>(code);
        if (!from.at_end())
            read_properties(from, type, packet.props);
    }
    if (!from.at_end())
        from.fail(reason::malformed_packet);
    if (from.failed())
        return from.reason();
    return packet;
}

void encode(std::string& out, const acknowledgement& packet, version level) {
    const unsigned flags = row_of(packet.type).flags;
    const bool plain = packet.reason == reason::success && packet.props.empty();
    if (level != version::v5 || plain) { // nearly every one: four bytes
        write_frame_header(out, packet.type, flags, 2);
        return write_two_bytes(out, packet.packet_id);
    }
    if (packet.props.empty()) {
        write_frame_header(out, packet.type, flags, 3);
        write_two_bytes(out, packet.packet_id);
        return write_byte(out, to_byte(packet.reason));
    }
    std::string body;
    write_two_bytes(body, packet.packet_id);
    write_byte(body, to_byte(packet.reason));
    write_properties(body, packet.props);
    write_frame_header(out, packet.type, flags, body.size());
    out.append(body);
}

} // namespace mqtt
