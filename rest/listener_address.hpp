// Where the process listens, as URIs name it: what descriptions of the MQTT side point to.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rest {

struct listener_address {
    std::string scheme;  // mqtt, mqtts, ws, wss
    std::string address; // IP address; unspecified ("0.0.0.0", "::"): every address of the machine
    std::uint16_t port = 0;
};

// All of them, as they are once the process listens. thread: filled before shards run, then
// read-only
using listener_addresses = std::shared_ptr<const std::vector<listener_address>>;

} // namespace rest
