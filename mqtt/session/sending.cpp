// What a connection says after CONNACK: acknowledgements, messages, and its last words.
#include "mqtt/session/connection.hpp"
#include "mqtt/session/packet_text.hpp"
#include "mqtt/session/session.hpp"

#include <algorithm>
#include <utility>

namespace mqtt {

bool connection::append(std::string_view bytes) {
    if (bytes.size() > send_size_max_)
        return false;      // [MQTT-3.1.2-24] [MQTT-3.1.2-25]
    unsent_.append(bytes); // whatever waits for the window [MQTT-3.3.4-10]
    count_packet();
    dirty();
    return true;
}

void connection::count_packet() {
    ++room_->done.by[static_cast<std::size_t>(by_->way)].packets_sent;
}

void connection::count_publish(std::size_t payload_bytes) {
    auto& done = room_->done.by[static_cast<std::size_t>(by_->way)];
    ++done.publishes_sent;
    done.payload_bytes_sent += static_cast<std::int64_t>(payload_bytes);
}

void connection::tell_received(const frame& packet, std::string details,
                               std::vector<std::string> lines) const {
    room_->log.packet(
        {false, packet.type, client(), packet.size, std::move(details), std::move(lines)});
}

void connection::tell_sent(packet_type type, std::size_t before, std::string details) const {
    room_->log.packet({true, type, client(), unsent_.bytes() - before, std::move(details), {}});
}

// No User Property is added. [MQTT-3.9.2-2] [MQTT-3.11.2-2]
void connection::answer(suback packet) {
    const auto before = unsent_.bytes();
    const auto error = std::find_if(packet.reasons.begin(), packet.reasons.end(), is_error);
    if (error != packet.reasons.end() && problem_information_)
        append_with_reason(packet, *error);
    else
        append_packet(packet);
    if (traced())
        tell_sent(packet.type, before);
}

// No User Property is added. [MQTT-3.4.2-3] [MQTT-3.5.2-3] [MQTT-3.6.2-3] [MQTT-3.7.2-3]
void connection::send(packet_type type, std::uint16_t packet_id, reason outcome) {
    const auto before = unsent_.bytes();
    acknowledgement packet{type, packet_id, outcome, {}};
    if (is_error(outcome) && problem_information_)
        append_with_reason(packet, outcome);
    else
        append_packet(packet); // four or five bytes: inside the string itself, no allocation
    if (traced())
        tell_sent(type, before, text_of(packet));
}

bool connection::send(frames& what, mqtt::qos granted, bool retain, std::uint16_t packet_id,
                      std::span<const std::uint32_t> subscription_ids) {
    const auto before = unsent_.bytes();
    const auto alias = sent_aliases_.use(what.what().topic);
    const auto size = what.append_to(
        unsent_, {version_, granted, retain, packet_id, subscription_ids, alias, send_size_max_});
    if (size == 0) {
        if (alias.alias != 0 && !alias.known)
            sent_aliases_.forget_last();
        return false;
    }
    count_packet();
    count_publish(what.what().payload.size());
    dirty();
    if (traced()) {
        publish packet;
        packet.qos = granted;
        packet.retain = retain;
        packet.packet_id = packet_id;
        packet.topic = what.what().topic;
        packet.payload = what.what().payload;
        tell_sent(packet_type::publish, before, text_of(packet));
    }
    return true;
}

bool connection::send_again(const message& what, mqtt::qos granted, bool retain,
                            std::uint16_t packet_id,
                            std::span<const std::uint32_t> subscription_ids) {
    publish packet;
    packet.dup = true; // [MQTT3-3.3.1-1]
    packet.qos = granted;
    packet.retain = retain;
    packet.packet_id = packet_id;
    packet.topic = what.topic();
    packet.payload = what.payload();
    packet.forwarded = what.properties();
    packet.expiry = remaining_expiry(what.expires_at(), room_->now.steady);
    packet.subscription_ids.assign(subscription_ids.begin(), subscription_ids.end());
    const auto before = unsent_.bytes();
    if (!append_packet(packet))
        return false;
    count_publish(packet.payload.size());
    if (traced())
        tell_sent(packet_type::publish, before, text_of(packet));
    return true;
}

void connection::end(reason why) {
    if (state_ == state::closing)
        return;
    if (state_ == state::online && version_ == version::v5) { // [MQTT-4.13.1-1] [MQTT-3.14.0-1]
        // No session expiry [MQTT-3.14.2-2], no User Property [MQTT-3.14.2-4].
        disconnect packet{{}, why};
        add_server_reference(packet.props, why);
        const auto before = unsent_.bytes();
        append_with_reason(packet, why);
        if (traced())
            tell_sent(packet_type::disconnect, before, "rc" + std::to_string(to_byte(why)));
    }
    state_ = state::closing; // [MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-4.13.2-1]
    dirty();
}

} // namespace mqtt
