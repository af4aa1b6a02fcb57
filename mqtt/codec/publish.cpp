// PUBLISH, MQTT 5 section 3.3: the message path. No allocation here once the room is warm.
#include "mqtt/codec/packets.hpp"
#include "mqtt/types/topic.hpp"

namespace mqtt {
namespace {

void take_properties(reader& from, decode_room& room, publish& packet) {
    read_properties(from, packet_type::publish, room.props);
    if (from.failed() || room.props.empty())
        return;
    for (const auto& row : room.props) {
        if (row.id == property_id::message_expiry_interval)
            packet.expiry = row.number;
        else if (row.id == property_id::topic_alias)
            packet.topic_alias = static_cast<std::uint16_t>(row.number);
        else if (row.id == property_id::subscription_identifier)
            packet.subscription_ids.push_back(row.number);
    }
    room.forwarded.clear();
    for (const auto& row : room.props)
        if (is_forwarded(row.id))
            write_property(room.forwarded, row); // in their order [MQTT-3.3.2-18]
    packet.forwarded = room.forwarded;
    if (packet.topic_alias == 0)
        from.fail(reason::topic_alias_invalid); // [MQTT-3.3.2-8]
    const auto* response = room.props.find(property_id::response_topic);
    if (response != nullptr && has_wildcard(response->text))
        from.fail(reason::protocol_error); // [MQTT-3.3.2-14]
}

std::size_t property_bytes(const publish& packet) {
    std::size_t size = packet.forwarded.size();
    if (packet.expiry)
        size += 5;
    if (packet.topic_alias)
        size += 3;
    for (const auto id : packet.subscription_ids)
        size += 1 + varint_size(id);
    return size;
}

std::size_t body_size(const publish& packet, version level) {
    std::size_t size = 2 + packet.topic.size() + packet.payload.size();
    if (packet.qos != qos::at_most_once)
        size += 2;
    if (level == version::v5) {
        const auto props = property_bytes(packet);
        size += varint_size(static_cast<std::uint32_t>(props)) + props;
    }
    return size;
}

void write_own_properties(std::string& out, const publish& packet) {
    write_varint(out, static_cast<std::uint32_t>(property_bytes(packet)));
    if (packet.expiry)
        write_property(out, {property_id::message_expiry_interval, *packet.expiry});
    if (packet.topic_alias)
        write_property(out, {property_id::topic_alias, *packet.topic_alias});
    for (const auto id : packet.subscription_ids)
        write_property(out, {property_id::subscription_identifier, id});
    out.append(packet.forwarded);
}

} // namespace

result<publish> decode_publish(unsigned flags, std::string_view body, version level,
                               decode_room& room) {
    publish packet;
    packet.dup = (flags & 8) != 0;
    packet.retain = (flags & 1) != 0;
    const unsigned level_bits = flags >> 1 & 3;
    if (level_bits == 3)
        return reason::malformed_packet; // [MQTT-3.3.1-4] [MQTT3-3.3.1-4] [MQTT31-header-2]
    packet.qos = static_cast<qos>(level_bits);
    if (packet.dup && packet.qos == qos::at_most_once)
        return reason::malformed_packet; // [MQTT-3.3.1-2] [MQTT3-3.3.1-2]

    reader from(body);
    packet.topic = from.text();            // [MQTT-3.3.2-1] [MQTT3-3.3.2-1]
    if (packet.qos != qos::at_most_once) { // [MQTT-2.2.1-2] [MQTT3-2.3.1-5]
        packet.packet_id = from.two_bytes();
        if (packet.packet_id == 0)
            from.fail(reason::malformed_packet); // [MQTT-2.2.1-3] [MQTT3-2.3.1-1]
    }
    if (level == version::v5)
        take_properties(from, room, packet);
    if (from.failed())
        return from.reason();
    packet.payload = from.rest();
    return packet;
}

std::size_t encode(std::string& out, const publish& packet, version level) {
    const unsigned flags =
        (packet.dup ? 8U : 0U) | to_number(packet.qos) << 1 | (packet.retain ? 1U : 0U);
    write_frame_header(out, packet_type::publish, flags, body_size(packet, level));
    write_binary(out, packet.topic);
    std::size_t id_at = 0;
    if (packet.qos != qos::at_most_once) {
        id_at = out.size();
        write_two_bytes(out, packet.packet_id);
    }
    if (level == version::v5)
        write_own_properties(out, packet);
    out.append(packet.payload);
    return id_at;
}

std::size_t encoded_size(const publish& packet, version level) {
    const auto body = body_size(packet, level);
    return 1 + varint_size(static_cast<std::uint32_t>(body)) + body;
}

} // namespace mqtt
