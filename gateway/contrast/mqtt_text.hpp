// The MQTT 5 packets that a plain client sends, and WebSocket frames around them. Written down on
// their own, and not by the broker's codec, so that a mistake of that one can't agree with itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway::mqtt_text {

enum class packet : std::uint8_t { // never renumber
    connect = 1,
    connack = 2,
    publish = 3,
    puback = 4,
    pubrec = 5,
    pubrel = 6,
    pubcomp = 7,
    subscribe = 8,
    suback = 9,
    pingreq = 12,
    pingresp = 13,
    disconnect = 14
};

struct connecting {
    std::string client_id;
    std::string username; // empty: none
    std::string password;
    std::uint16_t keep_alive = 60;
    std::uint16_t aliases = 0; // that the server may use towards us
};

// With it the topic is named once and stands for a number from then on. [MQTT-3.3.2-12]
enum class alias { none, named, known };

struct publishing {
    std::string_view topic;
    std::string_view payload;
    unsigned qos = 0;
    bool retain = false;
    alias how = alias::none;
};

std::string connect(const connecting& what);
std::string publish(const publishing& what, std::uint16_t id);
std::string subscribe(std::string_view filter, unsigned qos, std::uint16_t id);
std::string acknowledge(packet kind, std::uint16_t id);
inline constexpr std::string_view ping("\xc0\x00", 2);
inline constexpr std::string_view disconnect("\xe0\x00", 2);

struct received {
    packet kind;
    std::uint8_t flags;
    std::string body;
};

// Takes a whole packet from the front; nothing: it is not all there. Throws contrast_failure where
// this can't be MQTT.
std::optional<received> take_packet(std::string& from);

std::uint16_t number_at(std::string_view body, std::size_t at); // 0 behind the end
// The Topic Alias Maximum of a CONNACK.
std::uint16_t aliases_allowed(std::string_view connack);

std::string masked_frame(std::string_view bytes);
// Takes a whole frame from the front, appends what it carries to `to`; false: it is not all there.
bool take_frame(std::string& from, std::string& to);

} // namespace gateway::mqtt_text
