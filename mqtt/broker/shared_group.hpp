// One shared subscription, "$share/{name}/{filter}": each matching message goes to one of its
// members. MQTT 5 section 4.8.2. Members change and are read under the lock of shared_state.
#pragma once

#include "mqtt/broker/route.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mqtt {

class shared_group {
public:
    struct member {
        subscriber_id who;
        subscription_options options;
        bool online;
    };

    shared_group(std::string_view name, std::string_view filter) : name_(name), filter_(filter) {}

    const std::string& name() const { return name_; }
    const std::string& filter() const { return filter_; }

    bool insert(subscriber_id who, const subscription_options& options); // false: replaced
    bool erase(subscriber_id who);                                       // false: was not there
    void set_online(subscriber_id who, bool online);
    bool empty() const { return members_.empty(); }
    const std::vector<member>& members() const { return members_; }

    // Whose turn it is, a number that rises from message to message. thread: any, without the lock
    std::uint32_t next_turn() { return turn_.fetch_add(1, std::memory_order_relaxed); }

private:
    const std::string name_;
    const std::string filter_;
    std::vector<member> members_; // bound: sessions
    std::atomic<std::uint32_t> turn_{0};
};

// The members that may get a message now: those that are online; all when none is. Without one that
// must not.
void add_candidates(const std::shared_ptr<shared_group>& group, subscriber_id except, route& into);

} // namespace mqtt
