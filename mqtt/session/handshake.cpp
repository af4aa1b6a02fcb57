// How a connection answers CONNECT, MQTT 5 sections 3.1.4 and 3.2.
#include "mqtt/session/connection.hpp"
#include "mqtt/session/packet_text.hpp"
#include "mqtt/session/session.hpp"

#include <algorithm>

namespace mqtt {
namespace {

properties terms_of(const acceptance& terms, const connect& packet, const listener_limits& listener,
                    const limits& bounds) {
    properties props; // no User Property is among them [MQTT-3.2.2-20]
    if (terms.expiry_changed)
        props.add(property_id::session_expiry_interval, terms.session_expiry);
    props.add(property_id::receive_maximum, receive_maximum);
    if (listener.max_qos < qos::exactly_once)
        props.add(property_id::maximum_qos, to_number(listener.max_qos)); // [MQTT-3.2.2-9]
    if (!bounds.retain_available)
        props.add(property_id::retain_available, 0);
    if (bounds.max_packet_size != 0)
        props.add(property_id::maximum_packet_size, bounds.max_packet_size);
    if (!terms.assigned_client_id.empty())
        props.add(property_id::assigned_client_identifier,
                  terms.assigned_client_id); // [MQTT-3.2.2-16]
    if (listener.max_topic_alias != 0)
        props.add(property_id::topic_alias_maximum, listener.max_topic_alias);
    if (terms.keep_alive != packet.keep_alive)
        props.add(property_id::server_keep_alive, terms.keep_alive); // [MQTT-3.2.2-22]
    if (!terms.response_information.empty())
        props.add(property_id::response_information, terms.response_information);
    return props;
}

} // namespace

bool connection::accept(session& owner, const connect& packet, const acceptance& terms) {
    owner_ = &owner;
    state_ = state::online;
    alive_.start(terms.keep_alive, room_->now.steady);
    connack answer; // [MQTT-3.1.4-5] [MQTT3-3.1.4-4]
    answer.session_present = terms.session_present;
    if (version_ == version::v5) {
        const auto& asked = packet.props;
        answer.props = terms_of(terms, packet, *bounds_, room_->bounds);
        if (method_) // [MQTT-4.12.0-5]; without a method nothing is said of one [MQTT-4.12.0-6]
            answer.props.add(property_id::authentication_method, method_->name);
        if (!terms.authentication_data.empty())
            answer.props.add(property_id::authentication_data, terms.authentication_data);
        received_aliases_.allow(bounds_->max_topic_alias);
        const auto aliases = asked.number(property_id::topic_alias_maximum).value_or(0);
        sent_aliases_.allow(static_cast<std::uint16_t>(
            std::min<std::uint32_t>(aliases, bounds_->max_topic_alias_broker))); // [MQTT-3.3.2-11]
    }
    const auto before = unsent_.bytes();
    if (!append_packet(answer)) { // nothing may come before CONNACK [MQTT-3.2.0-1] [MQTT3-3.2.0-1]
        state_ = state::closing;
        dirty();
        return false;
    }
    if (traced())
        tell_sent(packet_type::connack, before,
                  std::to_string(terms.session_present ? 1 : 0) + ", 0");
    return true;
}

void connection::add_server_reference(properties& props, reason why) const {
    const bool elsewhere = why == reason::use_another_server || why == reason::server_moved;
    if (elsewhere && !bounds_->server_reference.empty())
        props.add(property_id::server_reference, bounds_->server_reference); // section 4.11
}

void connection::refuse(reason why) {
    state_ = state::closing; // [MQTT-3.2.2-7] [MQTT3-3.2.2-5] [MQTT-4.13.2-1]
    dirty();
    if (version_ != version::v5 && row_of(why).connack_v3 == no_connack_v3)
        return;                     // 3.1.1 has no word for it [MQTT3-3.2.2-6]
    connack answer{false, why, {}}; // [MQTT-3.2.2-6] [MQTT3-3.2.2-4]
    add_server_reference(answer.props, why);
    const auto before = unsent_.bytes();
    append_with_reason(answer, why);
    if (traced())
        tell_sent(packet_type::connack, before, "0, " + std::to_string(to_byte(why)));
}

} // namespace mqtt
