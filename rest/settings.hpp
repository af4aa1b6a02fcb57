// What an operator can set for the HTTP face of one listener. The option table (gateway) is the
// only writer.
#pragma once

#include "mqtt/types/limits.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace rest {

struct settings {
    std::vector<std::string> cors_origins; // origins besides our own that browsers may call from;
                                           // "*": any, without credentials
    std::vector<std::string> hosts;        // Host names served besides IP addresses and localhost
    std::size_t max_body_bytes = 1'048'576;
    std::chrono::seconds heartbeat{15};
    std::size_t stream_queue_max = 1000;   // messages waiting for one slow stream
    std::size_t streams_per_user_max = 32; // streams and WebSockets of one user; 0: any number
    std::chrono::seconds long_poll_max{60};
    bool http_api = false;     // `protocol http_api`: some answers are in the form of mosquitto's
    std::vector<std::string> trusted_proxies; // networks whose word on who the caller is counts
    bool get_publish = false;                 // GET with ?publish=
    bool require_if_match = false;            // kept values change only with a condition
    std::string files_folder;                 // whose files are served; empty: none
    mqtt::publish_rate rate;                  // of each user; the listener's
    bool upgrade_only = false; // `protocol websockets`: serves nothing but the upgrade to MQTT
};

// What concerns webhooks, of the whole process.
struct webhook_settings {
    std::vector<std::string> allowed; // addresses and networks besides the public ones that may be
                                      // called, also without TLS
    std::string authorities;          // a file; empty: the system's alone
};

} // namespace rest
