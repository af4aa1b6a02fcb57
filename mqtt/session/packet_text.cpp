#include "mqtt/session/packet_text.hpp"

namespace mqtt {
namespace {

std::string with_details(std::string line, std::string_view details) {
    if (!details.empty())
        line.append(" (").append(details).append(")");
    return line;
}

} // namespace

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

std::string received_line(packet_type type, std::string_view client, std::string_view details) {
    std::string line = "Received ";
    line.append(row_of(type).name).append(" from ").append(client);
    return with_details(std::move(line), details);
}

std::string sending_line(packet_type type, std::string_view client, std::string_view details) {
    std::string line = "Sending ";
    line.append(row_of(type).name).append(" to ").append(client);
    return with_details(std::move(line), details);
}

} // namespace mqtt
