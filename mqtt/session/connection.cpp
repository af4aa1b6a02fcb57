#include "mqtt/session/connection.hpp"

#include "mqtt/session/packet_text.hpp"
#include "mqtt/session/session.hpp"
#include "mqtt/types/topic.hpp"

namespace mqtt {

connection::connection(turn& room, mqtt::link& where, const listener_limits& bounds,
                       std::shared_ptr<const entry> by)
    : room_(&room), link_(where), bounds_(&bounds), unsent_(room.blocks), by_(std::move(by)) {}

void connection::move_to(turn& room) {
    dirty_hook::unlink();
    timer_hook::disarm();
    room_ = &room;
    unsent_ = output(room.blocks);
}

std::string_view connection::client() const {
    return owner_ != nullptr ? std::string_view(owner_->client_id()) : std::string_view(address());
}

bool connection::waits_for_store() const {
    // Version 5 has its Receive Maximum.
    return version_ != version::v5 && owner_ != nullptr &&
           owner_->received().held() >= receive_maximum;
}

void connection::dirty() {
    if (!dirty_hook::is_linked())
        room_->dirty.push_back(*this);
}

void connection::next(std::string_view& input, action& into) {
    into.kind = action_kind::need_more;
    if (state_ == state::authenticating || state_ == state::closing || held_as_ != 0)
        return; // [MQTT-3.1.4-6] [MQTT3-3.1.4-5]
    const auto size_max =
        room_->bounds.max_packet_size == 0 ? varint_max : room_->bounds.max_packet_size;
    const auto packet = next_frame(input, size_max, version_);
    if (packet.state == frame_state::incomplete && packet.type != packet_type::reserved &&
        state_ == state::awaiting_connect && packet.type != packet_type::connect)
        return close(into, reason::protocol_error); // keep nothing for a stranger [MQTT-3.1.0-1]
    if (packet.state == frame_state::incomplete)
        return;
    if (packet.state == frame_state::refused)
        return close(into, packet.why);
    const auto raw = input.substr(0, packet.size);
    input.remove_prefix(packet.size);
    alive_.heard(room_->now.steady);
    into.kind = action_kind::handled;
    into.raw = raw;
    on_packet(packet, into);
}

void connection::on_packet(const frame& packet, action& into) {
    const bool is_connect = packet.type == packet_type::connect;
    // [MQTT-3.1.0-1] [MQTT-3.1.0-2] [MQTT3-3.1.0-1] [MQTT3-3.1.0-2]; so one CONNACK [MQTT-3.2.0-2]
    if ((state_ == state::awaiting_connect) != is_connect)
        return close(into, reason::protocol_error);
    if (state_ == state::challenged && packet.type != packet_type::auth &&
        packet.type != packet_type::disconnect)
        return close(into, reason::protocol_error); // [MQTT-3.1.2-30]
    const auto& row = row_of(packet.type);
    if (!row.from_client || (version_ != version::v5 && !row.v3 && !is_connect))
        return close(into, reason::protocol_error);
    switch (packet.type) {
    case packet_type::connect:
        return on_connect(packet, into);
    case packet_type::publish:
        return on_publish(packet, into);
    case packet_type::puback:
    case packet_type::pubrec:
    case packet_type::pubrel:
    case packet_type::pubcomp:
        return on_acknowledgement(packet, into);
    case packet_type::subscribe:
        return on_subscribe(packet, into);
    case packet_type::unsubscribe:
        return on_unsubscribe(packet, into);
    case packet_type::pingreq:
        if (!packet.body.empty())
            return close(into, reason::malformed_packet);
        return on_ping(packet);
    case packet_type::disconnect:
        return on_disconnect(packet, into);
    default:
        return on_auth(packet, into);
    }
}

void connection::on_connect(const frame& packet, action& into) {
    auto read = decode_connect(packet.body);
    if (!read) {
        // Whoever speaks an unknown version is told so in the words of the newest; else silence.
        // [MQTT-3.1.4-1] [MQTT3-3.1.4-1] [MQTT31-connect-15]
        if (read.error() == reason::unsupported_protocol_version) {
            constexpr std::string_view name("\0\4MQTT", 6); // the level stands behind it
            const bool newer =
                packet.body.starts_with(name) && packet.body.size() > 6 && packet.body[6] > 5;
            version_ = newer ? version::v5 : version::v3_1_1;
            refuse(read.error()); // [MQTT3-3.1.2-2] [MQTT31-connect-2]
        }
        return close(into, read.error());
    }
    version_ = read->version;
    send_size_max_ = read->props.number(property_id::maximum_packet_size).value_or(varint_max);
    problem_information_ =
        read->props.number(property_id::request_problem_information).value_or(1) == 1;
    into.kind = action_kind::connect;
    into.connect = std::move(*read);
}

void connection::tell_connect(const action& asked) const {
    if (!traced())
        return;
    const auto& read = asked.connect;
    packet_fact fact{false, packet_type::connect, read.client_id, asked.raw.size(), text_of(read),
                     {}};
    if (read.will)
        fact.lines.push_back("Will message specified (" +
                             std::to_string(read.will->payload.size()) + " bytes) (r" +
                             (read.will->retain ? "1" : "0") + ", q" +
                             std::to_string(to_number(read.will->qos)) + ").");
    room_->log.packet(fact);
}

void connection::on_ping(const frame& packet) {
    if (traced())
        tell_received(packet);
    const auto before = unsent_.bytes();
    append({"\xD0\0", 2}); // PINGRESP [MQTT-3.12.4-1] [MQTT3-3.12.4-1] [MQTT31-ping-1]
    if (traced())
        tell_sent(packet_type::pingresp, before);
}

reason connection::check_publish(publish& packet) {
    if (!packet.subscription_ids.empty())
        return reason::protocol_error; // [MQTT-3.3.4-6]
    if (packet.topic_alias) {          // [MQTT-3.3.2-9] [MQTT-3.3.2-12] [MQTT-3.2.2-17]
        if (!received_aliases_.allows(*packet.topic_alias))
            return reason::topic_alias_invalid;
        if (packet.topic.empty())
            packet.topic = received_aliases_.find(*packet.topic_alias);
        else
            received_aliases_.set(*packet.topic_alias, packet.topic);
    }
    if (packet.topic.empty())
        return reason::protocol_error; // [MQTT-4.7.3-1]: no alias either, section 3.3.4
    if (!is_topic_name(packet.topic))
        return reason::topic_name_invalid; // [MQTT-3.3.2-2] [MQTT3-3.3.2-2] [MQTT31-publish-5]
    if (packet.qos > bounds_->max_qos)
        return reason::qos_not_supported; // [MQTT-3.2.2-11]
    if (packet.retain && !room_->bounds.retain_available)
        return reason::retain_not_supported; // [MQTT-3.2.2-14]
    const bool repeated =
        packet.qos == qos::exactly_once && owner_->received().is_open(packet.packet_id);
    const bool new_open = packet.qos != qos::at_most_once && version_ == version::v5 && !repeated;
    if (new_open && owner_->received().size() >= receive_maximum)
        return reason::receive_maximum_exceeded; // [MQTT-3.3.4-7]
    return reason::success;
}

void connection::on_publish(const frame& packet, action& into) {
    auto read = decode_publish(packet.flags, packet.body, version_, room_->decoding);
    if (!read)
        return close(into, read.error());
    into.publish = std::move(*read);
    const auto verdict = check_publish(into.publish);
    if (verdict != reason::success)
        return close(into, verdict);
    if (traced())
        tell_received(packet, text_of(into.publish));
    // At QoS 1 nothing is remembered: the next one is new. [MQTT-4.3.2-5] [MQTT3-4.3.2-2]
    const bool repeated =
        into.publish.qos == qos::exactly_once && owner_->received().is_open(into.publish.packet_id);
    if (repeated) { // [MQTT-4.3.3-10] [MQTT3-4.3.3-2] [MQTT31-publish-2]
        into.kind = action_kind::repeated;
        return;
    }
    const auto payload_max = room_->bounds.message_size_limit;
    if (payload_max != 0 && into.publish.payload.size() > payload_max) { // refused, not the client
        take(into.publish, reason::quota_exceeded);
        return acknowledge(into.publish.qos, into.publish.packet_id, reason::quota_exceeded);
    }
    into.kind = action_kind::publish;
}

// [MQTT-3.3.4-1] [MQTT3-3.3.4-1] [MQTT3-2.3.1-6] [MQTT31-publish-1], and expired or not
// [MQTT-4.3.3-13]
void connection::acknowledge(mqtt::qos level, std::uint16_t packet_id, reason outcome) {
    // [MQTT31-publish-3]
    if (version_ != version::v5 && is_error(outcome))
        outcome = reason::success; // 3.1.1 can't say no; the message is dropped [MQTT3-3.3.5-2]
    if (level == qos::at_least_once)
        send(packet_type::puback, packet_id, outcome); // [MQTT-4.3.2-4]
    if (level == qos::exactly_once)
        send(packet_type::pubrec, packet_id, outcome); // [MQTT-4.3.3-8]
}

void connection::take(const publish& packet, reason outcome) {
    const bool refused = version_ == version::v5 && is_error(outcome);
    if (packet.qos == qos::exactly_once && !refused)
        owner_->open_received(packet.packet_id); // [MQTT-4.3.3-9]
}

void connection::on_acknowledgement(const frame& packet, action& into) {
    const auto read = decode_acknowledgement(packet.type, packet.body, version_);
    if (!read)
        return close(into, read.error());
    const bool first_half =
        packet.type == packet_type::puback || packet.type == packet_type::pubrec;
    if (!may_send(first_half ? puback_pubrec : pubrel_pubcomp, read->reason))
        return close(
            into,
            reason::protocol_error); // [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1]
    if (traced())
        tell_received(packet, text_of(*read));
    if (packet.type == packet_type::pubrel)
        return on_release(*read);
    owner_->on_acknowledgement(*read);
}

void connection::on_release(const acknowledgement& packet) {
    // [MQTT-4.3.3-12]
    const bool was_open = owner_->close_received(packet.packet_id);
    // A client that has PUBCOMP uses the identifier for another message.
    if (was_open && owner_->is_kept() &&
        room_->kept->hold(owner_->id(), packet_type::pubcomp, packet.packet_id))
        return;
    send(packet_type::pubcomp, packet.packet_id, // [MQTT-4.3.3-11]
         was_open ? reason::success : reason::packet_identifier_not_found);
}

void connection::on_subscribe(const frame& packet, action& into) {
    auto read = decode_subscribe(packet.body, version_);
    if (!read)
        return close(into, read.error());
    for (const auto& request : read->requests) {
        if (request.no_local && is_shared(request.filter))
            return close(into, reason::protocol_error); // [MQTT-3.8.3-4]
        if (version_ == version::v3_1 && !is_subscription_filter(request.filter))
            return close(into, reason::malformed_packet); // no word for it [MQTT31-subscribe-2]
    }
    into.subscribe = std::move(*read);
    into.kind = action_kind::subscribe;
    if (!traced())
        return;
    std::vector<std::string> lines;
    for (const auto& request : into.subscribe.requests)
        lines.push_back(text_of(request)); // bound: filters_per_packet_max
    tell_received(packet, {}, std::move(lines));
}

void connection::on_unsubscribe(const frame& packet, action& into) {
    auto read = decode_unsubscribe(packet.body, version_);
    if (!read)
        return close(into, read.error());
    into.unsubscribe = std::move(*read);
    into.kind = action_kind::unsubscribe;
    if (!traced())
        return;
    tell_received(packet, {}, {into.unsubscribe.filters.begin(), into.unsubscribe.filters.end()});
}

void connection::on_disconnect(const frame& packet, action& into) {
    auto read = decode_disconnect(packet.body, version_);
    if (!read)
        return close(into, read.error());
    if (!may_send(disconnect_only, read->reason))
        return close(into, reason::protocol_error); // [MQTT-3.14.2-1]
    if (traced())
        tell_received(packet);
    if (state_ == state::challenged)
        return close(into, read->reason); // it gave up before it was in
    const auto expiry = read->props.number(property_id::session_expiry_interval);
    if (expiry.value_or(0) != 0 && !owner_->is_persistent())
        return close(into, reason::protocol_error); // section 3.14.2.2.2
    into.disconnect = std::move(*read);
    into.reason = into.disconnect.reason;
    into.kind = action_kind::disconnect;
    state_ = state::closing; // section 3.14.4: nothing more goes out, nothing more is read
    dirty();
}

void connection::close(action& into, reason why) {
    into.kind = action_kind::close;
    into.reason = why;
    end(why); // [MQTT3-4.8.0-1]
}

} // namespace mqtt
