#include "tests/bench/wire.hpp"

#include <string>

namespace bench {
namespace {

constexpr std::uint16_t keep_alive_seconds = 600; // longer than any run, so no PINGREQ is needed

void append_16(bytes& output, std::size_t value) {
    output.push_back(static_cast<std::uint8_t>(value >> 8));
    output.push_back(static_cast<std::uint8_t>(value));
}

void append_text(bytes& output, std::string_view text) {
    append_16(output, text.size());
    output.insert(output.end(), text.begin(), text.end());
}

void append_fixed_header(bytes& output, packet_type type, unsigned flags, std::size_t remaining) {
    output.push_back(static_cast<std::uint8_t>(static_cast<unsigned>(type) << 4 | flags));
    do {
        const auto digit = static_cast<std::uint8_t>(remaining % 128);
        remaining /= 128;
        output.push_back(remaining > 0 ? digit | 0x80 : digit); // MQTT 3.1.1 section 2.2.3
    } while (remaining > 0);
}

std::uint16_t read_16(bytes_view input, std::size_t position) {
    if (input.size() < position + 2)
        throw protocol_error("a packet from the broker is too short");
    return static_cast<std::uint16_t>(input[position] << 8 | input[position + 1]);
}

void expect(const frame& packet, packet_type type) {
    if (packet.type != type)
        throw protocol_error("packet type " + std::to_string(static_cast<int>(packet.type)) +
                             " from the broker where " + std::to_string(static_cast<int>(type)) +
                             " was due");
}

} // namespace

std::optional<frame> decode_frame(bytes_view input) {
    std::size_t remaining = 0;
    for (std::size_t digit = 0; digit < 4; ++digit) {
        if (input.size() < digit + 2)
            return std::nullopt;
        remaining |= static_cast<std::size_t>(input[digit + 1] & 0x7f) << (7 * digit);
        if ((input[digit + 1] & 0x80) != 0)
            continue;
        const std::size_t header = digit + 2;
        if (input.size() < header + remaining)
            return std::nullopt;
        return frame{static_cast<packet_type>(input[0] >> 4),
                     static_cast<std::uint8_t>(input[0] & 0x0f), input.subspan(header, remaining),
                     header + remaining};
    }
    throw protocol_error("a remaining length of more than four bytes from the broker");
}

publish decode_publish(const frame& packet) {
    expect(packet, packet_type::publish);
    publish decoded{};
    decoded.qos = (packet.flags >> 1) & 0x03;
    decoded.dup = (packet.flags & 0x08) != 0;
    std::size_t position = 2 + std::size_t{read_16(packet.body, 0)};
    if (decoded.qos > 0) {
        decoded.packet_id = read_16(packet.body, position);
        position += 2;
    }
    if (position > packet.body.size())
        throw protocol_error("a PUBLISH from the broker ends within its topic");
    decoded.payload = packet.body.subspan(position);
    return decoded;
}

std::uint16_t decode_puback(const frame& packet) {
    expect(packet, packet_type::puback);
    return read_16(packet.body, 0);
}

void check_connack(const frame& packet) {
    expect(packet, packet_type::connack);
    if (const unsigned code = read_16(packet.body, 0) & 0xff; code != 0)
        throw protocol_error("the broker refused the connection, code " + std::to_string(code));
}

void check_suback(const frame& packet, std::uint8_t qos) {
    expect(packet, packet_type::suback);
    if (packet.body.size() != 3 || packet.body[2] != qos)
        throw protocol_error("the broker did not grant the subscription as asked");
}

void encode_connect(bytes& output, std::string_view client_id, bool persistent) {
    append_fixed_header(output, packet_type::connect, 0, 12 + client_id.size());
    append_text(output, "MQTT");
    output.push_back(4);                        // protocol level of 3.1.1
    output.push_back(persistent ? 0x00 : 0x02); // clean session
    append_16(output, keep_alive_seconds);
    append_text(output, client_id);
}

void encode_subscribe(bytes& output, std::string_view topic_filter, std::uint8_t qos) {
    append_fixed_header(output, packet_type::subscribe, 0x02, 5 + topic_filter.size());
    append_16(output, 1);
    append_text(output, topic_filter);
    output.push_back(qos);
}

void encode_publish(bytes& output, std::string_view topic, std::uint8_t qos,
                    std::uint16_t packet_id, bytes_view payload, bool retain) {
    const std::size_t id_bytes = qos > 0 ? 2 : 0;
    append_fixed_header(output, packet_type::publish, qos << 1U | (retain ? 1U : 0U),
                        2 + topic.size() + id_bytes + payload.size());
    append_text(output, topic);
    if (qos > 0)
        append_16(output, packet_id);
    output.insert(output.end(), payload.begin(), payload.end());
}

void encode_puback(bytes& output, std::uint16_t packet_id) {
    append_fixed_header(output, packet_type::puback, 0, 2);
    append_16(output, packet_id);
}

void encode_disconnect(bytes& output) {
    append_fixed_header(output, packet_type::disconnect, 0, 0);
}

} // namespace bench
