// What mosquitto's headers call struct mosquitto: the facts of a client that a plugin can ask for.
// Of this room only.
#pragma once

#include "mqtt/auth/access.hpp"
#include "plugin/events.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

// The name is mosquitto's, and so is its place.
struct mosquitto {
    mqtt::identity who;
    std::optional<std::string> username; // nothing: anonymous
    std::string host;                    // the address without its port
    std::shared_ptr<const std::string> certificate;
    std::uint16_t keep_alive = 0;
    std::uint8_t protocol_version = 4;
    mqtt::transport way = mqtt::transport::mqtt;
    bool clean_start = true;
    bool admitted = false; // a new name concerns the broker; before, it becomes part of the answer
};

namespace plugin {

// Clients whose facts are remembered; beyond, those are forgotten that were longest not asked
// about.
inline constexpr std::size_t clients_remembered_max = 100'000;

mosquitto client_of(const mqtt::credentials& presented);

// Facts of those who are in, found again by client id and address. A plugin sees one client at one
// place as long as it is remembered.
class client_table {
public:
    void remember(mosquitto client);
    // The client with this identity; one made up of it, when it is not remembered, which holds
    // until the next call.
    mosquitto& find(const mqtt::identity& who);
    void forget(const mqtt::identity& who);
    std::size_t size() const { return clients_.size(); }

private:
    using key = std::pair<std::string, std::string>; // client id, address

    std::list<mosquitto> clients_; // bound: clients_remembered_max; the front was asked about last
    std::map<key, std::list<mosquitto>::iterator> by_key_;
    mosquitto stranger_;
};

} // namespace plugin
