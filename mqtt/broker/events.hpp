// What happens in the process, told to those who watch it: clients that come and go, subscriptions,
// retained values, refused credentials. Nothing is kept, and while nobody watches nothing is made.
#pragma once

#include "mqtt/types/clock.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mqtt {

class broker;

using event_member = std::pair<std::string_view, std::variant<std::string, std::int64_t>>;

struct event {
    std::string_view name; // "client.connected"; lives as long as the process, as members' names
    wall_time at{};
    std::vector<event_member> members{}; // never a password or a payload
};
using event_ptr = std::shared_ptr<const event>;

// Those who watch at a time; each event is shown to all of them.
inline constexpr std::size_t event_listeners_max = 64;

// thread: any
class event_hub {
public:
    // thread: whoever tells. Must neither wait nor tell or listen itself.
    using sink = std::function<void(const event_ptr&)>;

    // Whether it is worth to make an event: one atomic look.
    bool has_listeners() const { return core_->count.load(std::memory_order_relaxed) != 0; }
    // Shows what happens from now on, until the token is gone; nobody is in the sink afterwards.
    // The token may outlive the hub. Null: too many listen.
    std::shared_ptr<void> listen(sink into);
    void tell(event what);

private:
    struct core {
        std::atomic<std::size_t> count{0};
        std::mutex lock; // sinks, also while they run
        std::uint64_t last = 0;
        std::vector<std::pair<std::uint64_t, sink>> sinks; // bound: event_listeners_max
    };
    std::shared_ptr<core> core_ = std::make_shared<core>();
};

event_hub& events_of(broker& hub);
// For other rooms, such as: tell_event(hub, "webhook.failed", {{"webhook", name}, {"error", why}}).
// thread: any
void tell_event(broker& hub, std::string_view name, std::vector<event_member> members);

} // namespace mqtt
