// Who a client is, once it has been let in. The same for MQTT and HTTP.
#pragma once

#include "mqtt/types/clock.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mqtt {

class acl_rules; // acl_file.hpp
enum class evidence : std::uint8_t;

struct identity {
    std::string username; // empty: anonymous
    std::string client_id;
    std::string address; // of the peer, "203.0.113.7:51234", for logs and rules
    // Which set of rules speaks for it: 0, or with per_listener_settings the listener's number.
    std::uint16_t realm = 0;
    // What a token grants besides; null: the rules of the realm decide alone.
    std::shared_ptr<const acl_rules> granted{};
    // A token granted it rights that are known again when its client is back: until then nobody
    // denies it a message, and what waits is looked at when it comes.
    bool rights_later = false;
    // When the token ends, and with it what it was good for; max: never.
    wall_time good_until = wall_time::max();
    evidence by{};
    // Of the stored password that let the client in: another password has another mark.
    std::uint64_t mark = 0;
    // Topic filters (a ticket's) beyond which it may do nothing, whatever else it may; null: there
    // are none.
    std::shared_ptr<const std::vector<std::string>> only{};

    bool anonymous() const { return username.empty(); }
};

} // namespace mqtt
