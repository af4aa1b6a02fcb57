// PINGREQ, PINGRESP, DISCONNECT, AUTH, MQTT 5 sections 3.12 to 3.15.
#include "mqtt/codec/packets.hpp"

namespace mqtt {
namespace {

// DISCONNECT and AUTH have one shape: a reason that may be left out, and properties that may be
// left out after it.
template <class Packet>
result<Packet> decode_reasoned(packet_type type, std::string_view body) {
    Packet packet;
    reader from(body);
    if (!from.at_end()) {
        const auto code = from.byte();
        if (!is_known(code))
            from.fail(reason::malformed_packet);
        packet.reason = static_cast<reason>(code);
    }
    if (!from.at_end())
        read_properties(from, type, packet.props);
    if (!from.at_end())
        from.fail(reason::malformed_packet);
    if (from.failed())
        return from.reason();
    return packet;
}

void encode_reasoned(std::string& out, packet_type type, reason code, const properties& props) {
    if (code == reason::success && props.empty())
        return write_frame_header(out, type, 0, 0);
    std::string body;
    write_byte(body, to_byte(code));
    if (!props.empty())
        write_properties(body, props);
    write_frame_header(out, type, 0, body.size());
    out.append(body);
}

} // namespace

result<disconnect> decode_disconnect(std::string_view body, version level) {
    if (level == version::v5)
        return decode_reasoned<disconnect>(packet_type::disconnect, body);
    if (!body.empty())
        return reason::malformed_packet;
    return disconnect{};
}

void encode(std::string& out, const disconnect& packet, version level) {
    if (level != version::v5)
        return write_frame_header(out, packet_type::disconnect, 0, 0);
    encode_reasoned(out, packet_type::disconnect, packet.reason, packet.props);
}

result<auth> decode_auth(std::string_view body) {
    return decode_reasoned<auth>(packet_type::auth, body);
}

void encode(std::string& out, const auth& packet) {
    encode_reasoned(out, packet_type::auth, packet.reason, packet.props);
}

void encode_ping_request(std::string& out) {
    write_frame_header(out, packet_type::pingreq, 0, 0);
}

void encode_ping_response(std::string& out) {
    write_frame_header(out, packet_type::pingresp, 0, 0);
}

} // namespace mqtt
