#include "mqtt/session/frames.hpp"

namespace mqtt {
namespace {

std::array<char, 2> id_bytes(std::uint16_t id) {
    return {static_cast<char>(id >> 8), static_cast<char>(id & 0xFF)};
}

} // namespace

std::optional<std::uint32_t> remaining_expiry(steady_time expires_at, steady_time now) {
    if (expires_at == never)
        return std::nullopt;
    const auto left = std::chrono::ceil<std::chrono::seconds>(expires_at - now).count();
    return left > 0 ? static_cast<std::uint32_t>(left) : 0;
}

const message_ptr& frames::keep() {
    if (!kept_)
        kept_ = message::make(what_, ids_.next(), at_.wall);
    return kept_;
}

publish frames::packet_for(mqtt::qos granted, bool retain) const {
    publish packet; // DUP is 0 [MQTT-3.3.1-3] [MQTT-4.3.1-1] [MQTT3-3.3.1-3] [MQTT3-4.3.1-1]
    packet.qos = granted;
    packet.retain = retain;
    packet.topic = what_.topic; // [MQTT-3.3.2-3] [MQTT3-3.3.2-3]
    packet.payload = what_.payload;
    packet.forwarded = what_.properties;
    packet.expiry = remaining_expiry(what_.expires_at, at_.steady);
    return packet;
}

std::size_t frames::append_single(output& out, const receiver& whom) {
    auto packet = packet_for(whom.qos, whom.retain);
    packet.packet_id = whom.packet_id;
    packet.subscription_ids.assign(whom.subscription_ids.begin(), whom.subscription_ids.end());
    if (whom.alias.alias != 0) {
        packet.topic_alias = whom.alias.alias;
        if (whom.alias.known)
            packet.topic = {};
    }
    if (encoded_size(packet, whom.level) > whom.size_max)
        return 0;
    room_.single.clear();
    encode(room_.single, packet, whom.level);
    out.append(room_.single);
    return room_.single.size();
}

frames::variant& frames::encoded(const receiver& whom, std::size_t index) {
    auto& form = variants_[index];
    if (form.made)
        return form;
    auto& text = room_.texts[index];
    text.clear();
    form.id_at = encode(text, packet_for(whom.qos, whom.retain), whom.level);
    form.made = true;
    const bool many = form.id_at == 0 && receivers_ >= shared_receivers_min;
    if (many || text.size() >= shared_bytes_min) {
        form.shared = blocks_.take(text.size());
        form.shared->append(text);
    }
    return form;
}

std::size_t frames::append_to(output& out, const receiver& whom) {
    if (whom.alias.alias != 0 || !whom.subscription_ids.empty())
        return append_single(out, whom); // one receiver's own properties: nothing to share
    const auto index =
        to_number(whom.qos) * 4 + (whom.level == version::v5 ? 2U : 0U) + (whom.retain ? 1U : 0U);
    auto& form = encoded(whom, index);
    const std::string_view text = room_.texts[index];
    if (text.size() > whom.size_max)
        return 0;
    std::size_t rest = 0;
    if (form.id_at != 0) {
        const auto id = id_bytes(whom.packet_id); // [MQTT-4.3.2-2] [MQTT-4.3.3-2]
        out.append(text.substr(0, form.id_at));
        out.append({id.data(), id.size()});
        rest = form.id_at + 2;
    }
    if (form.shared)
        out.append(form.shared, rest);
    else
        out.append(text.substr(rest));
    return text.size();
}

} // namespace mqtt
