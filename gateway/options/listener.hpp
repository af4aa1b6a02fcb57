// Rows of the option table: listeners, who may connect to them, and what each allows.
#pragma once

#include "gateway/option_setters.hpp"
#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"

#include <algorithm>
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
        constexpr std::size_t unix_path_max = 107; // sockaddr_un::sun_path without its end
        const auto [port_text, address] = first_word(text);
        const auto port = number_from(port_text);
        if (!port || *port < 0 || *port > 65'535)
            return outcome::error("the port " + must_be(number_between(1, 65'535), port_text));
        if (*port == 0 && (!address.starts_with('/') || address.size() > unix_path_max))
            return outcome::error("port 0 stands for a Unix socket and " +
                                  must_be("followed by its path, which begins with / and has at "
                                          "most 107 bytes",
                                          address));
        if (*port != 0 && address.find_first_of(" \t") != address.npos)
            return outcome::error("takes a port and one address, not " + quoted(text));
        if (target.all.listeners.size() >= listeners_max)
            return outcome::error("more than " + std::to_string(listeners_max) + " listeners");
        auto& added = target.all.listeners.emplace_back();
        added.port = static_cast<std::uint16_t>(*port);
        (*port == 0 ? added.unix_path : added.bind_address) = std::string(address);
        added.configured_at = target.where;
        return outcome::taken();
    },
    [](const settings&, const listener&) { return std::string(); }};

inline constexpr option_value one_word_address{
    [](const option_target& target, std::string_view text) {
        if (text.find_first_of(" \t") != text.npos)
            return outcome::error(must_be("one address or host name", text));
        target.current->bind_address = std::string(text);
        return outcome::taken();
    },
    [](const settings&, const listener& current) { return current.bind_address; }};

inline constexpr option_value device_name{
    [](const option_target& target, std::string_view text) {
        constexpr std::size_t bytes_max = 15; // IFNAMSIZ without its end
        if (text.size() > bytes_max || text.find_first_of(" \t/") != text.npos)
            return outcome::error(must_be("the name of a network device, such as eth0", text));
        target.current->bind_interface = std::string(text);
        return outcome::taken();
    },
    [](const settings&, const listener& current) { return current.bind_interface; }};

inline constexpr option_value address_family{
    [](const option_target& target, std::string_view text) {
        if (text != "ipv4" && text != "ipv6")
            return outcome::error(must_be("ipv4 or ipv6", text));
        target.current->domain = text == "ipv4" ? socket_domain::ipv4 : socket_domain::ipv6;
        return outcome::taken();
    },
    [](const settings&, const listener& current) -> std::string {
        return current.domain == socket_domain::ipv4   ? "ipv4"
               : current.domain == socket_domain::ipv6 ? "ipv6"
                                                       : "";
    }};

inline constexpr option_value protocol_name{
    [](const option_target& target, std::string_view text) {
        for (const auto& row : protocol_table) {
            if (row.name != text)
                continue;
            target.current->protocol = row.protocol;
            target.current->http.upgrade_only = row.protocol == protocol::websockets;
            target.current->http.http_api = text == "http_api";
            return outcome::taken();
        }
        return outcome::error(must_be("mqtt, websockets, http, http_api or auto", text));
    },
    [](const settings&, const listener& current) {
        if (current.http.http_api)
            return std::string("http_api");
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

// "3, 4, 5": the numbers by which CONNECT says its version.
inline constexpr option_value protocol_versions{
    [](const option_target& target, std::string_view text) {
        unsigned named = 0;
        for (auto rest = trimmed(text); !rest.empty();) {
            const auto end = std::min(rest.find(','), rest.size());
            const auto word = trimmed(rest.substr(0, end));
            if (word != "3" && word != "4" && word != "5")
                return outcome::error(
                    must_be("3 (MQTT 3.1), 4 (MQTT 3.1.1) and 5, with commas between them", word));
            named |= 1U << (word[0] - '0');
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        target.current->limits.accepted_versions = named;
        return outcome::taken();
    },
    [](const settings&, const listener& current) {
        std::string shown;
        for (unsigned version = 3; version <= 5; ++version)
            if ((current.limits.accepted_versions & 1U << version) != 0)
                shown.append(shown.empty() ? "" : ", ").append(std::to_string(version));
        return shown;
    }};

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
    option_row{"accept_protocol_versions", scope::listener, origin::mosquitto, false, "<version>[, <version> ...]", "3, 4, 5",
               "The versions of MQTT that the listener speaks: 3 for MQTT 3.1, 4 for 3.1.1, 5.",
               set::protocol_versions},
    option_row{"bind_address", scope::default_listener, origin::mosquitto, false, "<address>", "",
               "The address of the default listener, the one that has no listener line.",
               set::one_word_address, false, named::nothing, "listener <port> <address>"},
    option_row{"bind_interface", scope::listener, origin::mosquitto, false, "<device>", "",
               "Listens on the addresses of one network device only, whatever address the listener line names.",
               set::device_name},
    option_row{"enable_proxy_protocol", scope::listener, origin::refused, false, "<1|2>", "",
               "The PROXY protocol is not spoken; let the proxy connect with plain TCP or TLS; the log has its address then, not the clients'.",
               set::refused},
    option_row{"listener", scope::global, origin::mosquitto, false, "<port> [<address>]", "",
               "Listens on a port, on one address or host name or on all of them; or, with port 0, on the Unix socket whose path follows. The listener options below belong to the listener line above them.",
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
    option_row{"maximum_qos", scope::listener, origin::mosquitto, false, "<0|1|2>", "2",
               "An old name of max_qos.",
               set::qos_level, false, named::nothing, "max_qos"},
    option_row{"mount_point", scope::listener, origin::refused, false, "<topic>", "",
               "Listeners have no topics of their own; give their users some with pattern lines in an acl_file, such as \"pattern readwrite %u/#\".",
               set::refused},
    option_row{"port", scope::default_listener, origin::mosquitto, false, "<port>", "1883",
               "The port of the default listener, the one that has no listener line. Listener options above the first listener line belong to it.",
               set::number<&listener::port, 1, 65'535>, false, named::nothing, "listener <port>"},
    option_row{"protocol", scope::listener, origin::mosquitto, false, "<mqtt|websockets|http|http_api|auto>", "mqtt",
               "What the listener speaks: MQTT, MQTT over WebSocket only, HTTP with WebSocket (http_api is the same, but /api/v1/systree, /listeners and /version answer as mosquitto's http_api does), or whatever the first byte of a connection shows.",
               set::protocol_name},
    option_row{"proxy_protocol_v2_require_tls", scope::listener, origin::refused, false, "<true|false>", "",
               "The PROXY protocol is not spoken; give the listener a certfile and a keyfile, so that it speaks TLS itself.",
               set::refused},
    option_row{"response_information", scope::listener, origin::ours, true, "<text>", "",
               "Response Information for MQTT 5 clients that ask for it: what their response topics should begin with. %c stands for the client id, %u for the user name.",
               set::response_pattern},
    option_row{"server_moved", scope::listener, origin::ours, true, "<servers>", "",
               "Sends every client of this listener away for good, MQTT 5 clients with this Server Reference.",
               set::redirection<mqtt::reason::server_moved>},
    option_row{"set_tcp_nodelay", scope::global, origin::accepted, false, "<true|false>", "true",
               "TCP_NODELAY is always on: small writes are gathered before they are sent.",
               set::nodelay},
    option_row{"socket_domain", scope::listener, origin::mosquitto, false, "<ipv4|ipv6>", "",
               "Listens on addresses of one kind only. Not given: on both.",
               set::address_family},
    option_row{"use_another_server", scope::listener, origin::ours, true, "<servers>", "",
               "Sends every client of this listener away for now, MQTT 5 clients with this Server Reference.",
               set::redirection<mqtt::reason::use_another_server>},
    option_row{"use_username_as_clientid", scope::listener, origin::mosquitto, false, "<true|false>", "false",
               "Whether a client's user name takes the place of its client id; who gives none is refused.",
               set::flag<&mqtt::listener_limits::use_username_as_client_id>},
    option_row{"websockets_headers_size", scope::global, origin::accepted, false, "<bytes>", "",
               "The head of a request may have 16 KiB, always.",
               set::noted_number<0, 2'147'483'647>},
    option_row{"websockets_log_level", scope::global, origin::accepted, false, "<number>", "",
               "Sluice logs WebSocket connections like others; log_type says how much.",
               set::noted_number<0, 2'147'483'647>},
};
// clang-format on

} // namespace gateway
