// AUTH, MQTT 5 sections 3.15 and 4.12: the packets around an exchange that access carries out.
#include "mqtt/session/connection.hpp"
#include "mqtt/session/packet_text.hpp"
#include "mqtt/session/session.hpp"

namespace mqtt {

void connection::on_auth(const frame& packet, action& into) {
    auto read = decode_auth(packet.body);
    if (!read)
        return close(into, read.error());
    if (method_ == nullptr)
        return close(into, reason::protocol_error); // [MQTT-4.12.0-7]
    const auto* name = read->props.find(property_id::authentication_method);
    if (name == nullptr || name->text != method_->name)
        return close(into, reason::protocol_error); // [MQTT-4.12.0-5] [MQTT-4.12.1-1]
    // A running exchange goes on; a new one begins where none runs, once the client is in.
    const auto due = method_->running ? reason::continue_authentication : reason::reauthenticate;
    if (read->reason != due)
        return close(into, reason::protocol_error); // [MQTT-3.15.2-1] [MQTT-4.12.0-3]
    if (traced())
        tell_received(packet, "rc" + std::to_string(to_byte(read->reason)));
    into.auth = std::move(*read);
    into.kind = action_kind::auth;
}

void connection::challenge(std::string_view data) {
    if (state_ == state::authenticating)
        state_ = state::challenged;
    send_auth(reason::continue_authentication, data); // [MQTT-4.12.0-2]
}

void connection::confirm(std::string_view data) {
    send_auth(reason::success, data);
}

void connection::send_auth(reason code, std::string_view data) {
    auth packet; // neither Reason String nor User Property [MQTT-3.15.2-2] [MQTT-3.15.2-3]
    packet.reason = code;
    packet.props.add(property_id::authentication_method, method_->name); // [MQTT-4.12.0-5]
    if (!data.empty())
        packet.props.add(property_id::authentication_data, data);
    std::string bytes;
    encode(bytes, packet);
    const auto before = unsent_.bytes();
    if (!append(bytes))
        return end(reason::packet_too_large); // the exchange can't go on
    if (traced())
        tell_sent(packet_type::auth, before, "rc" + std::to_string(to_byte(code)));
}

} // namespace mqtt
