// Who a client is, once it has been let in. The same for MQTT and HTTP.
#pragma once

#include <string>

namespace mqtt {

struct identity {
    std::string username; // empty: anonymous
    std::string client_id;
    std::string address; // of the peer, "203.0.113.7:51234", for logs and rules

    bool anonymous() const { return username.empty(); }
};

} // namespace mqtt
