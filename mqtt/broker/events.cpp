#include "mqtt/broker/events.hpp"

#include "mqtt/broker/broker.hpp"

#include <algorithm>

namespace mqtt {

std::shared_ptr<void> event_hub::listen(sink into) {
    const std::lock_guard hold(core_->lock);
    if (core_->sinks.size() >= event_listeners_max)
        return nullptr;
    const auto number = ++core_->last;
    core_->sinks.emplace_back(number, std::move(into));
    core_->count.store(core_->sinks.size(), std::memory_order_relaxed);
    return {core_.get(), [held = core_, number](core*) {
                const std::lock_guard inside(held->lock);
                std::erase_if(held->sinks,
                              [number](const auto& each) { return each.first == number; });
                held->count.store(held->sinks.size(), std::memory_order_relaxed);
            }};
}

void event_hub::tell(event what) {
    const auto shown = std::make_shared<const event>(std::move(what));
    const std::lock_guard hold(core_->lock);
    for (const auto& each : core_->sinks)
        each.second(shown);
}

event_hub& events_of(broker& hub) {
    return hub.shared().events;
}

void tell_event(broker& hub, std::string_view name, std::vector<event_member> members) {
    auto& events = events_of(hub);
    if (events.has_listeners())
        events.tell({name, wall_time::clock::now(), std::move(members)});
}

} // namespace mqtt
