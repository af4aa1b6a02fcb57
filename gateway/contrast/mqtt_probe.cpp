#include "gateway/contrast/mqtt_probe.hpp"

#include <fmt/core.h>

namespace gateway {

using mqtt_text::packet;

mqtt_probe::mqtt_probe(const remote_address& to, const patience& limit,
                       const mqtt_text::connecting& what, bool websocket)
    : limit_(limit), socket_(to, limit), websocket_(websocket) {
    if (websocket_)
        open_websocket(to);
    send(mqtt_text::connect(what));
    const auto answer = expect(packet::connack);
    const auto reason = mqtt_text::number_at(answer.body, 0) & 0xFFU;
    if (reason != 0)
        throw contrast_failure{
            fmt::format("{} refuses an MQTT 5 client (reason code {})", to.text(), reason)};
    aliases_allowed_ = mqtt_text::aliases_allowed(answer.body);
}

void mqtt_probe::open_websocket(const remote_address& to) {
    socket_.send(fmt::format("GET /mqtt HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\n"
                             "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: c2x1aWNlLWNvbnRyYXN0IQ==\r\n"
                             "Sec-WebSocket-Protocol: mqtt\r\n\r\n",
                             to.text()));
    constexpr std::string_view head_end = "\r\n\r\n";
    auto end = socket_.unread.npos;
    while ((end = socket_.unread.find(head_end)) == socket_.unread.npos)
        socket_.fill();
    if (!socket_.unread.starts_with("HTTP/1.1 101 "))
        throw contrast_failure{
            fmt::format("{} does not speak MQTT over WebSocket at /mqtt", to.text())};
    socket_.unread.erase(0, end + head_end.size());
}

void mqtt_probe::send(std::string_view packet) {
    if (websocket_)
        socket_.send(mqtt_text::masked_frame(packet));
    else
        socket_.send(packet);
}

std::optional<mqtt_text::received> mqtt_probe::next_until(contrast_time then) {
    for (;;) {
        while (websocket_ && mqtt_text::take_frame(socket_.unread, unframed_)) {
        }
        if (auto next = mqtt_text::take_packet(websocket_ ? unframed_ : socket_.unread)) {
            if (next->kind == packet::disconnect)
                throw contrast_failure{fmt::format("the broker disconnects (reason code {})",
                                                   next->body.empty() ? 0 : next->body[0] & 0xFF)};
            return next;
        }
        if (!socket_.fill_until(then))
            return std::nullopt;
    }
}

mqtt_text::received mqtt_probe::expect(packet kind) {
    for (;;) {
        auto next = next_until(limit_.end());
        if (next && next->kind == kind)
            return *next;
        if (next)
            throw contrast_failure{fmt::format("the broker sends a packet of type {}, not {}",
                                               static_cast<int>(next->kind),
                                               static_cast<int>(kind))};
        limit_.check();
    }
}

void mqtt_probe::subscribe(std::string_view filter, unsigned qos) {
    send(mqtt_text::subscribe(filter, qos, ++id_));
    const auto answer = expect(packet::suback);
    constexpr unsigned refused = 0x80;
    const auto reason = answer.body.empty() ? refused : answer.body.back() & 0xFFU;
    if (reason >= refused)
        throw contrast_failure{
            fmt::format("the broker does not let us subscribe (reason code {})", reason)};
}

void mqtt_probe::begin_publish(const mqtt_text::publishing& what) {
    qos_ = what.qos;
    send(mqtt_text::publish(what, qos_ == 0 ? 0 : ++id_));
}

void mqtt_probe::finish_publish() {
    if (qos_ == 0)
        return;
    const auto answer = expect(qos_ == 1 ? packet::puback : packet::pubrec);
    constexpr unsigned refused = 0x80;
    if (answer.body.size() > 2 && (answer.body[2] & 0xFFU) >= refused)
        throw contrast_failure{fmt::format("the broker does not let us publish (reason code {})",
                                           answer.body[2] & 0xFF)};
    if (qos_ == 1)
        return;
    send(mqtt_text::acknowledge(packet::pubrel, id_));
    expect(packet::pubcomp);
}

bool mqtt_probe::receive_until(contrast_time then, std::string_view payload) {
    const auto next = next_until(then);
    if (!next)
        return false;
    if (next->kind != packet::publish || !next->body.ends_with(payload))
        throw contrast_failure{"somebody else publishes on this topic; give another one"};
    received_qos_ = (next->flags >> 1U) & 3U;
    received_id_ = mqtt_text::number_at(next->body, 2U + mqtt_text::number_at(next->body, 0));
    return true;
}

void mqtt_probe::finish_receive() {
    if (received_qos_ == 1)
        send(mqtt_text::acknowledge(packet::puback, received_id_));
    if (received_qos_ != 2)
        return;
    send(mqtt_text::acknowledge(packet::pubrec, received_id_));
    expect(packet::pubrel);
    send(mqtt_text::acknowledge(packet::pubcomp, received_id_));
}

void mqtt_probe::ping() {
    send(mqtt_text::ping);
    expect(packet::pingresp);
}

void mqtt_probe::disconnect() {
    send(mqtt_text::disconnect);
}

} // namespace gateway
