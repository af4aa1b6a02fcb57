#include "plugin/client.hpp"

namespace plugin {
namespace {

// "203.0.113.7:51234" and "[2001:db8::7]:51234" as mosquitto shows them: without port and brackets.
std::string host_of(const std::string& address) {
    auto host = address.substr(0, address.rfind(':'));
    if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
        host = host.substr(1, host.size() - 2);
    return host;
}

std::optional<std::string> name_of(const mqtt::identity& who) {
    return who.anonymous() ? std::nullopt : std::optional(who.username);
}

} // namespace

mosquitto client_of(const mqtt::credentials& presented) {
    mosquitto client;
    const auto& proven = presented.from.proven_username;
    client.username = proven ? proven : presented.username;
    client.who.username = client.username.value_or("");
    client.who.client_id = presented.client_id;
    client.who.address = presented.from.address;
    client.who.realm = presented.from.realm;
    client.host = host_of(presented.from.address);
    client.certificate = presented.from.certificate;
    client.keep_alive = presented.keep_alive;
    client.protocol_version = presented.protocol_version;
    client.way = presented.from.way;
    client.clean_start = presented.clean_start;
    return client;
}

void client_table::remember(mosquitto client) {
    forget(client.who);
    if (clients_.size() >= clients_remembered_max) {
        const auto& oldest = clients_.back().who;
        by_key_.erase({oldest.client_id, oldest.address});
        clients_.pop_back();
    }
    client.admitted = true;
    clients_.push_front(std::move(client));
    const auto& who = clients_.front().who;
    by_key_[{who.client_id, who.address}] = clients_.begin();
}

mosquitto& client_table::find(const mqtt::identity& who) {
    const auto found = by_key_.find({who.client_id, who.address});
    if (found == by_key_.end()) {
        stranger_ = mosquitto{};
        stranger_.who = who;
        stranger_.username = name_of(who);
        stranger_.host = host_of(who.address);
        stranger_.admitted = true;
        return stranger_;
    }
    auto& client = *found->second;
    clients_.splice(clients_.begin(), clients_, found->second);
    client.who = who;
    if (const auto name = name_of(who); client.username != name)
        client.username = name;
    return client;
}

void client_table::forget(const mqtt::identity& who) {
    const auto found = by_key_.find({who.client_id, who.address});
    if (found == by_key_.end())
        return;
    clients_.erase(found->second);
    by_key_.erase(found);
}

} // namespace plugin
