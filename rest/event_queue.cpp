#include "rest/event_queue.hpp"

#include <utility>

namespace rest {

void event_queue::put(const mqtt::event_ptr& what) {
    {
        const std::lock_guard hold(lock_);
        if (waiting_.size() >= events_max) {
            ++dropped_;
            return;
        }
        waiting_.push_back(what);
        if (waiting_.size() > 1)
            return; // the reader knows
    }
    wake_();
}

mqtt::event_ptr event_queue::take() {
    const std::lock_guard hold(lock_);
    if (waiting_.empty())
        return nullptr;
    auto oldest = std::move(waiting_.front());
    waiting_.pop_front();
    return oldest;
}

std::uint64_t event_queue::take_dropped() {
    const std::lock_guard hold(lock_);
    return std::exchange(dropped_, 0);
}

} // namespace rest
