// Rows of the option table: listeners, who may connect to them, and what each allows.
#pragma once

#include "gateway/option_setters.hpp"
#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"

#include <array>

namespace gateway {

namespace set {

struct protocol_row {
    std::string_view name;
    enum protocol protocol;
};

// The first name of a protocol is the one that is shown.
inline constexpr std::array protocol_table{
    protocol_row{"mqtt", protocol::mqtt},      protocol_row{"websockets", protocol::websockets},
    protocol_row{"http", protocol::http},      protocol_row{"http_api", protocol::http},
    protocol_row{"auto", protocol::automatic},
};

inline constexpr option_value listener_line{
    [](const option_target& target, std::string_view text) {
        constexpr std::size_t listeners_max = 256;
        const auto [port_text, address] = first_word(text);
        const auto port = number_from(port_text);
        if (port == 0)
            return outcome::error(
                "Unix sockets (port 0) are not served yet; give a port between 1 and 65535");
        if (!port || *port < 0 || *port > 65'535)
            return outcome::error("the port " + must_be(number_between(1, 65'535), port_text));
        if (address.find_first_of(" \t") != address.npos)
            return outcome::error("takes a port and one address, not " + quoted(text));
        if (target.all.listeners.size() >= listeners_max)
            return outcome::error("more than " + std::to_string(listeners_max) + " listeners");
        auto& added = target.all.listeners.emplace_back();
        added.port = static_cast<std::uint16_t>(*port);
        added.bind_address = std::string(address);
        added.configured_at = target.where;
        return outcome::taken();
    },
    [](const settings&, const listener&) { return std::string(); }};

inline constexpr option_value protocol_name{
    [](const option_target& target, std::string_view text) {
        for (const auto& row : protocol_table) {
            if (row.name != text)
                continue;
            target.current->protocol = row.protocol;
            target.current->http.upgrade_only = row.protocol == protocol::websockets;
            return outcome::taken();
        }
        return outcome::error(must_be("mqtt, websockets, http, http_api or auto", text));
    },
    [](const settings&, const listener& current) {
        for (const auto& row : protocol_table)
            if (row.protocol == current.protocol)
                return std::string(row.name);
        return std::string();
    }};

inline constexpr option_value qos_level{
    [](const option_target& target, std::string_view text) {
        const auto level = number_from(text);
        if (!level || *level < 0 || *level > 2)
            return outcome::error(must_be("0, 1 or 2", text));
        target.current->limits.max_qos = static_cast<mqtt::qos>(*level);
        return outcome::taken();
    },
    [](const settings&, const listener& current) {
        return std::to_string(mqtt::to_number(current.limits.max_qos));
    }};

// "a.example:1883 b.example": where clients are to go, MQTT 5 section 4.11.
template <mqtt::reason Why>
inline constexpr option_value redirection{
    [](const option_target& target, std::string_view text) {
        auto& limits = target.current->limits;
        if (limits.redirect != mqtt::reason::success && limits.redirect != Why)
            return outcome::error(
                "a listener has server_moved or use_another_server, not both of them");
        if (text.empty() || text.size() > 1024 || !mqtt::is_utf8_string(text) ||
            mqtt::has_control_character(text))
            return outcome::error(must_be("one or more servers, such as mqtt.example:1883", text));
        limits.redirect = Why;
        limits.server_reference = std::string(text);
        return outcome::taken();
    },
    [](const settings&, const listener& current) {
        return current.limits.redirect == Why ? current.limits.server_reference : std::string();
    }};

inline constexpr option_value response_pattern{
    [](const option_target& target, std::string_view text) {
        if (text.size() > 1024 || !mqtt::is_utf8_string(text) || mqtt::has_wildcard(text))
            return outcome::error(must_be("the beginning of a topic, such as replies/%c/", text));
        target.current->limits.response_information = std::string(text);
        return outcome::taken();
    },
    [](const settings&, const listener& current) { return current.limits.response_information; }};

// Read for the sake of files that say `false`; `true` would promise rights that nothing enforces.
inline constexpr option_value per_listener{
    [](const option_target&, std::string_view text) {
        const auto value = flag_from(text);
        if (!value)
            return outcome::error(must_be("true or false", text));
        if (*value)
            return outcome::error(
                "true is not served yet: who may connect is the same for every listener");
        return outcome::taken();
    },
    [](const settings&, const listener&) { return std::string("false"); }};

inline constexpr option_value nodelay{
    [](const option_target&, std::string_view text) {
        const auto value = flag_from(text);
        if (!value)
            return outcome::error(must_be("true or false", text));
        if (!*value)
            return outcome::warning("has no effect: small writes are gathered before they are "
                                    "sent, so TCP_NODELAY is always on");
        return outcome::taken();
    },
    [](const settings&, const listener&) { return std::string("true"); }};

} // namespace set

// clang-format off
inline constexpr std::array listener_options{
    option_row{"allow_anonymous", scope::global, origin::mosquitto, true, "<true|false>", "",
               "Whether clients may connect without a user name. Not given: false, but true where no listener is configured, as then only this machine can connect.",
               set::flag<&security_settings::allow_anonymous>},
    option_row{"listener", scope::global, origin::mosquitto, false, "<port> [<address>]", "",
               "Listens on a port, on one address or host name or on all of them. The listener options below belong to the listener line above them.",
               set::listener_line, true},
    option_row{"max_connections", scope::listener, origin::mosquitto, false, "<count>", "-1",
               "Most connections at a time on this listener; -1: no limit.",
               set::count_or_unlimited<&listener::max_connections>},
    option_row{"max_qos", scope::listener, origin::mosquitto, false, "<0|1|2>", "2",
               "Highest quality of service that clients of this listener may publish with.",
               set::qos_level},
    option_row{"max_topic_alias", scope::listener, origin::mosquitto, false, "<count>", "10",
               "Topic aliases that an MQTT 5 client may use in what it sends; 0: none.",
               set::number<&mqtt::listener_limits::max_topic_alias, 0, 65'535>},
    option_row{"max_topic_alias_broker", scope::listener, origin::mosquitto, false, "<count>", "10",
               "Topic aliases that the broker uses in what it sends to an MQTT 5 client, if the client allows them; 0: none.",
               set::number<&mqtt::listener_limits::max_topic_alias_broker, 0, 65'535>},
    option_row{"per_listener_settings", scope::global, origin::accepted, false, "<true|false>", "false",
               "Only false is served: who may connect is the same for every listener.",
               set::per_listener},
    option_row{"protocol", scope::listener, origin::mosquitto, false, "<mqtt|websockets|http|http_api|auto>", "mqtt",
               "What the listener speaks: MQTT, MQTT over WebSocket only, HTTP with WebSocket (http_api is another name for it), or whatever the first byte of a connection shows.",
               set::protocol_name},
    option_row{"response_information", scope::listener, origin::ours, true, "<text>", "",
               "Response Information for MQTT 5 clients that ask for it: what their response topics should begin with. %c stands for the client id, %u for the user name.",
               set::response_pattern},
    option_row{"server_moved", scope::listener, origin::ours, true, "<servers>", "",
               "Sends every client of this listener away for good, MQTT 5 clients with this Server Reference.",
               set::redirection<mqtt::reason::server_moved>},
    option_row{"set_tcp_nodelay", scope::global, origin::accepted, false, "<true|false>", "true",
               "TCP_NODELAY is always on: small writes are gathered before they are sent.",
               set::nodelay},
    option_row{"use_another_server", scope::listener, origin::ours, true, "<servers>", "",
               "Sends every client of this listener away for now, MQTT 5 clients with this Server Reference.",
               set::redirection<mqtt::reason::use_another_server>},
};
// clang-format on

} // namespace gateway
