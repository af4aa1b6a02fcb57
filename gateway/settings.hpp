// Everything an operator can set, with its default. Written by the option table and the command
// line while the process starts, read-only afterwards. Holds values, never open files or sockets.
#pragma once

#include "gateway/log_settings.hpp"
#include "gateway/security_settings.hpp"
#include "gateway/tls_settings.hpp"
#include "mqtt/store/history.hpp"
#include "mqtt/store/store_settings.hpp"
#include "mqtt/types/limits.hpp"
#include "rest/settings.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gateway {

inline constexpr std::uint16_t mqtt_port = 1883;
inline constexpr std::uint16_t http_port = 8080;

enum class protocol { mqtt, websockets, http, automatic };

enum class socket_domain { any, ipv4, ipv6 };

struct listener {
    std::uint16_t port = mqtt_port;
    std::string bind_address;   // IP address or host name; empty: every address, IPv4 and IPv6
    std::string bind_interface; // name of a device, in whose place bind_address counts not; empty:
                                // any
    gateway::socket_domain domain = gateway::socket_domain::any;
    std::string unix_path; // of a Unix socket, the port is 0 then; empty: TCP
    gateway::protocol protocol = gateway::protocol::mqtt;
    std::uint32_t max_connections = 0; // at a time; 0: no limit of its own
    mqtt::listener_limits limits;
    rest::settings http;
    tls_settings tls;
    security_settings security;          // only with per_listener_settings
    std::optional<bool> allow_anonymous; // listener_allow_anonymous, before what security says
    bool required = true; // false: go on without it where the address does not exist (::1 on hosts
                          // without IPv6)
    place configured_at;
};

struct settings {
    std::vector<listener> listeners;
    mqtt::limits limits;
    bool per_listener_settings = false; // each listener has its own security, this one counts not
    security_settings security;
    std::vector<plugin_settings> loaded_plugins; // of plugin_load; used where plugin_use says so
    unsigned io_threads = 1;                     // 0: as many as the machine has cores
    log_settings log;
    std::string pid_file;        // empty: none
    std::string user = "sluice"; // whom root becomes
    bool persistence = false;
    std::vector<mqtt::history_rule> history;
    place history_at;                          // of its first line
    std::vector<std::string> last_value_cache; // filters
    mqtt::store_settings store;                // with persistence
    rest::webhook_settings webhooks;
    bool opaque_ids = false; // of messages, as HTTP shows them
    bool local_only = false; // no listener line: our own listeners, on loopback
    bool daemon = false;

    // What counts for the clients of a listener.
    const security_settings& security_of(const listener& each) const {
        return per_listener_settings ? each.security : security;
    }
    // As mosquitto 2: closed unless opened, but open where only this machine can connect.
    bool anonymous_allowed() const { return security.allow_anonymous.value_or(local_only); }
    bool anonymous_allowed(const listener& each) const {
        return each.allow_anonymous.value_or(
            security_of(each).allow_anonymous.value_or(local_only));
    }
};

} // namespace gateway
