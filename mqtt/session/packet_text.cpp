#include "mqtt/session/packet_text.hpp"

namespace mqtt {
std::string text_of(const connect& packet) {
    std::string text = "p" + std::to_string(static_cast<unsigned>(packet.version));
    text += packet.clean_start ? ", c1" : ", c0";
    text += ", k" + std::to_string(packet.keep_alive);
    if (packet.username)
        text.append(", u'").append(*packet.username).append("'");
    return text;
}

std::string text_of(const publish& packet) {
    std::string text = "d" + std::to_string(packet.dup ? 1 : 0);
    text += ", q" + std::to_string(to_number(packet.qos));
    text += ", r" + std::to_string(packet.retain ? 1 : 0);
    text += ", m" + std::to_string(packet.packet_id);
    text += ", '";
    text += packet.topic;
    text += "', ... (" + std::to_string(packet.payload.size()) + " bytes)";
    return text;
}

std::string text_of(const acknowledgement& packet) {
    return "m" + std::to_string(packet.packet_id) + ", rc" + std::to_string(to_byte(packet.reason));
}

std::string text_of(const subscription_request& request) {
    std::string text(request.filter);
    text += " (QoS " + std::to_string(to_number(request.qos)) + ")";
    return text;
}

std::string line_of(const packet_fact& what) {
    std::string line = what.sent ? "Sending " : "Received ";
    line.append(row_of(what.type).name).append(what.sent ? " to " : " from ").append(what.client);
    if (!what.details.empty())
        line.append(" (").append(what.details).append(")");
    return line;
}

} // namespace mqtt
