#include "tests/unit/mqtt/script.hpp"

#include <array>

namespace script {

stage::stage(mqtt::limits bounds, mqtt::access* door, mqtt::store* kept) {
    common = std::make_unique<mqtt::shared_state>(bounds, door != nullptr ? *door : open_door,
                                                  kept != nullptr ? *kept : memory);
    common->mailboxes.push_back(std::make_unique<mqtt::mailbox>([] {}));
    hub = std::make_unique<mqtt::broker>(*common, 0, journal);
    begin();
}

void stage::pass(std::chrono::milliseconds time) {
    const auto until = now + time;
    while (now < until) {
        now += mqtt::timer_wheel<mqtt::session>::tick;
        begin();
        hub->advance();
        hub->end_turn();
    }
}

peer::peer(stage& where)
    : machine(where.hub->room(), *this, where.listener,
              std::make_shared<const mqtt::entry>(mqtt::entry{"192.0.2.1:5000"})),
      where_(where) {
    where_.hub->opened(machine);
}

peer::~peer() {
    if (!gone_)
        drop();
}

void peer::send_bytes(std::string_view bytes) {
    where_.begin();
    pending_.append(bytes);
    std::string_view input = pending_;
    where_.hub->receive(machine, input);
    pending_.erase(0, pending_.size() - input.size());
    where_.hub->end_turn();
}

void peer::connect(std::string_view client_id, connect_options options) {
    level = options.version;
    mqtt::connect packet;
    packet.version = options.version;
    packet.clean_start = options.clean_start;
    packet.keep_alive = options.keep_alive;
    packet.client_id = client_id;
    packet.will = options.will;
    packet.props = options.props;
    std::string bytes;
    encode(bytes, packet);
    send_bytes(bytes);
}

void peer::send(const mqtt::subscribe& packet) {
    std::string bytes;
    encode(bytes, packet, level);
    send_bytes(bytes);
}

void peer::send(const mqtt::unsubscribe& packet) {
    std::string bytes;
    encode(bytes, packet, level);
    send_bytes(bytes);
}

void peer::subscribe(std::string_view filter, mqtt::qos qos, std::uint16_t id) {
    mqtt::subscribe packet;
    packet.packet_id = id;
    packet.requests.push_back({filter, qos});
    send(packet);
}

void peer::send(const mqtt::publish& packet) {
    std::string bytes;
    encode(bytes, packet, level);
    send_bytes(bytes);
}

void peer::send(const mqtt::auth& packet) {
    std::string bytes;
    encode(bytes, packet);
    send_bytes(bytes);
}

void peer::publish(std::string_view topic, std::string_view payload, mqtt::qos qos,
                   std::uint16_t id, bool retain, bool dup) {
    mqtt::publish packet;
    packet.topic = topic;
    packet.payload = payload;
    packet.qos = qos;
    packet.packet_id = id;
    packet.retain = retain;
    packet.dup = dup;
    send(packet);
}

void peer::acknowledge(mqtt::packet_type type, std::uint16_t id, mqtt::reason code) {
    std::string bytes;
    encode(bytes, mqtt::acknowledgement{type, id, code, {}}, level);
    send_bytes(bytes);
}

void peer::disconnect(mqtt::reason code) {
    std::string bytes;
    encode(bytes, mqtt::disconnect{{}, code}, level);
    send_bytes(bytes);
}

void peer::drop() {
    gone_ = true;
    where_.begin();
    where_.hub->lost(machine);
    machine.disarm();
    where_.hub->end_turn();
}

std::string peer::received_bytes() {
    std::string bytes;
    std::array<iovec, 64> parts;
    auto& unsent = machine.unsent();
    while (!unsent.empty()) {
        const auto used = unsent.gather(parts);
        std::size_t count = 0;
        for (std::size_t i = 0; i < used; ++i) {
            bytes.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
            count += parts[i].iov_len;
        }
        unsent.consume(count);
    }
    return bytes;
}

std::vector<std::string> peer::received() {
    std::vector<std::string> seen;
    const auto bytes = received_bytes();
    std::string_view rest = bytes;
    while (!rest.empty()) {
        const auto packet = mqtt::next_frame(rest, mqtt::varint_max);
        if (packet.state != mqtt::frame_state::complete) {
            seen.emplace_back("unreadable bytes");
            break;
        }
        seen.push_back(describe(packet));
        rest.remove_prefix(packet.size);
    }
    if (machine.now() == mqtt::connection::state::closing && !told_closed_) {
        told_closed_ = true;
        seen.emplace_back("closed");
    }
    return seen;
}

std::string peer::describe(const mqtt::frame& packet) const {
    using enum mqtt::packet_type;
    std::string line(row_of(packet.type).name);
    const auto named = [](mqtt::reason code) { return std::string(row_of(code).name); };
    if (packet.type == connack) {
        const auto read = mqtt::decode_connack(packet.body, level);
        line += (read->session_present ? " present, " : " new, ") + named(read->reason);
        if (const auto method = read->props.text(mqtt::property_id::authentication_method))
            line.append(" method ").append(*method);
        if (const auto step = read->props.text(mqtt::property_id::authentication_data))
            line.append(" '").append(*step).append("'");
        return line;
    }
    if (packet.type == auth) {
        const auto read = mqtt::decode_auth(packet.body);
        line += " " + named(read->reason);
        line.append(" ").append(*read->props.text(mqtt::property_id::authentication_method));
        return line.append(" '")
            .append(read->props.text(mqtt::property_id::authentication_data).value_or(""))
            .append("'");
    }
    if (packet.type == publish) {
        mqtt::decode_room room;
        const auto read = mqtt::decode_publish(packet.flags, packet.body, level, room);
        line += " d" + std::to_string(read->dup ? 1 : 0) + " q" +
                std::to_string(to_number(read->qos)) + " r" + std::to_string(read->retain ? 1 : 0) +
                " m" + std::to_string(read->packet_id) + " " + std::string(read->topic) + " '" +
                std::string(read->payload) + "'";
        for (const auto id : read->subscription_ids)
            line += " id" + std::to_string(id);
        if (read->topic_alias)
            line += " alias" + std::to_string(*read->topic_alias);
        if (read->expiry)
            line += " expiry" + std::to_string(*read->expiry);
        return line;
    }
    if (packet.type == suback || packet.type == unsuback) {
        const auto read = mqtt::decode_suback(packet.type, packet.body, level);
        line += " m" + std::to_string(read->packet_id);
        for (const auto code : read->reasons)
            line += ", " + named(code);
        return line;
    }
    if (packet.type == disconnect)
        return line + " " + named(mqtt::decode_disconnect(packet.body, level)->reason);
    if (packet.type == pingresp)
        return line;
    const auto read = mqtt::decode_acknowledgement(packet.type, packet.body, level);
    return line + " m" + std::to_string(read->packet_id) +
           (is_error(read->reason) || to_byte(read->reason) != 0 ? " " + named(read->reason) : "");
}

} // namespace script
