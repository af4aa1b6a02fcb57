#include "gateway/contrast/mqtt_text.hpp"

#include "gateway/contrast/counted_socket.hpp"

#include <algorithm>
#include <array>

namespace gateway::mqtt_text {
namespace {

constexpr std::size_t packet_bytes_max = 1'048'576; // nothing here needs more

char byte(std::size_t value) {
    return static_cast<char>(value & 0xFFU);
}

void append_number(std::string& to, std::size_t value) {
    to += byte(value >> 8U);
    to += byte(value);
}

void append_text(std::string& to, std::string_view text) {
    append_number(to, text.size());
    to += text;
}

std::string framed(packet kind, std::size_t flags, const std::string& body) {
    std::string made(1, byte((static_cast<std::size_t>(kind) << 4U) | flags));
    auto rest = body.size();
    do {
        made += byte((rest & 0x7FU) | (rest > 0x7FU ? 0x80U : 0U));
        rest >>= 7U;
    } while (rest != 0);
    return made + body;
}

[[noreturn]] void not_mqtt() {
    throw contrast_failure{"what answers there does not speak MQTT"};
}

} // namespace

std::string connect(const connecting& what) {
    constexpr std::size_t clean_start = 0x02;
    constexpr std::size_t with_username = 0x80;
    constexpr std::size_t with_password = 0x40;
    std::string body;
    append_text(body, "MQTT");
    body += '\x05';
    const bool named = !what.username.empty();
    body += byte(clean_start | (named ? with_username | with_password : 0));
    append_number(body, what.keep_alive);
    std::string properties;
    if (what.aliases != 0) {
        properties += '\x22';
        append_number(properties, what.aliases);
    }
    body += byte(properties.size());
    body += properties;
    append_text(body, what.client_id);
    if (named) {
        append_text(body, what.username);
        append_text(body, what.password);
    }
    return framed(packet::connect, 0, body);
}

std::string publish(const publishing& what, std::uint16_t id) {
    std::string body;
    append_text(body, what.how == alias::known ? std::string_view() : what.topic);
    if (what.qos != 0)
        append_number(body, id);
    if (what.how == alias::none)
        body += '\0';
    else
        body.append("\x03\x23\x00\x01", 4); // Topic Alias 1
    body += what.payload;
    return framed(packet::publish, (what.qos << 1U) | (what.retain ? 1U : 0U), body);
}

std::string subscribe(std::string_view filter, unsigned qos, std::uint16_t id) {
    constexpr std::size_t no_retained_ones = 0x20;
    std::string body;
    append_number(body, id);
    body += '\0';
    append_text(body, filter);
    body += byte(no_retained_ones | qos);
    return framed(packet::subscribe, 2, body);
}

std::string acknowledge(packet kind, std::uint16_t id) {
    std::string body;
    append_number(body, id);
    return framed(kind, kind == packet::pubrel ? 2 : 0, body);
}

std::optional<received> take_packet(std::string& from) {
    std::size_t length = 0;
    for (std::size_t at = 1; at < from.size(); ++at) {
        const auto each = static_cast<unsigned char>(from[at]);
        length |= static_cast<std::size_t>(each & 0x7FU) << (7 * (at - 1));
        if (length > packet_bytes_max || (at == 4 && (each & 0x80U) != 0))
            not_mqtt();
        if ((each & 0x80U) != 0)
            continue;
        if (from.size() < at + 1 + length)
            return std::nullopt;
        const auto first = static_cast<unsigned char>(from[0]);
        received made{static_cast<packet>(first >> 4U), static_cast<std::uint8_t>(first & 0x0FU),
                      from.substr(at + 1, length)};
        from.erase(0, at + 1 + length);
        return made;
    }
    return std::nullopt;
}

std::uint16_t number_at(std::string_view body, std::size_t at) {
    if (body.size() < at + 2)
        return 0;
    return static_cast<std::uint16_t>((static_cast<unsigned char>(body[at]) << 8U) |
                                      static_cast<unsigned char>(body[at + 1]));
}

std::uint16_t aliases_allowed(std::string_view connack) {
    constexpr std::string_view one_byte = "\x24\x25\x28\x29\x2a";
    constexpr std::string_view two_bytes = "\x13\x21\x22";
    constexpr std::string_view four_bytes = "\x11\x27";
    constexpr char pair = '\x26'; // of two texts; what is left is one
    std::size_t at = 2;           // behind the flags and the reason
    while (at < connack.size() && (static_cast<unsigned char>(connack[at]) & 0x80U) != 0)
        ++at; // the length of the properties
    ++at;
    while (at < connack.size()) {
        const auto id = connack[at++];
        if (id == '\x22')
            return number_at(connack, at);
        if (one_byte.find(id) != one_byte.npos)
            at += 1;
        else if (two_bytes.find(id) != two_bytes.npos)
            at += 2;
        else if (four_bytes.find(id) != four_bytes.npos)
            at += 4;
        else
            for (int texts = id == pair ? 2 : 1; texts > 0; --texts)
                at += 2U + number_at(connack, at);
    }
    return 0;
}

std::string masked_frame(std::string_view bytes) {
    constexpr std::array<char, 4> mask{'\x5a', '\x13', '\x6e', '\x27'};
    constexpr std::size_t short_max = 125;
    constexpr std::size_t middle_max = 65'535;
    constexpr std::size_t masked = 0x80;
    std::string made = "\x82";
    if (bytes.size() <= short_max) {
        made += byte(masked | bytes.size());
    } else if (bytes.size() <= middle_max) {
        made += byte(masked | 126U);
        append_number(made, bytes.size());
    } else {
        made += byte(masked | 127U);
        for (int shift = 56; shift >= 0; shift -= 8)
            made += byte(bytes.size() >> static_cast<unsigned>(shift));
    }
    made.append(mask.data(), mask.size());
    for (std::size_t i = 0; i < bytes.size(); ++i)
        made += static_cast<char>(bytes[i] ^ mask[i % mask.size()]); // [RFC6455-5.3]
    return made;
}

bool take_frame(std::string& from, std::string& to) {
    if (from.size() < 2)
        return false;
    std::size_t length = static_cast<unsigned char>(from[1]) & 0x7FU;
    const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (from.size() < 2 + more)
        return false;
    if (more != 0)
        length = 0;
    for (std::size_t i = 0; i < more; ++i)
        length = (length << 8U) | static_cast<unsigned char>(from[2 + i]);
    if (length > packet_bytes_max)
        not_mqtt();
    if (from.size() < 2 + more + length)
        return false;
    constexpr unsigned controls = 0x08; // pings and the like carry no MQTT
    if ((static_cast<unsigned char>(from[0]) & controls) == 0)
        to.append(from, 2 + more, length);
    from.erase(0, 2 + more + length);
    return true;
}

} // namespace gateway::mqtt_text
