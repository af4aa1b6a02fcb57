// Who a client is, once it has been let in. The same for MQTT and HTTP.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace mqtt {

class acl_rules; // acl_file.hpp

struct identity {
    std::string username; // empty: anonymous
    std::string client_id;
    std::string address; // of the peer, "203.0.113.7:51234", for logs and rules
    // Which set of rules speaks for it: 0, or with per_listener_settings the listener's number.
    std::uint16_t realm = 0;
    // What a token grants besides; null: the rules of the realm decide alone.
    std::shared_ptr<const acl_rules> granted{};
    // When the token ends, and with it what it was good for; max: never.
    std::chrono::system_clock::time_point good_until = std::chrono::system_clock::time_point::max();

    bool anonymous() const { return username.empty(); }
};

} // namespace mqtt
