// Events on their way to one reader, who may be slow: bounded, and what does not fit is counted.
#pragma once

#include "mqtt/broker/events.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>

namespace rest {

// thread: any
class event_queue {
public:
    // Events that wait for one reader; beyond, the newest are left out, so that what is told stays
    // in one piece.
    static constexpr std::size_t events_max = 1'000;

    // wake: called when something comes into the empty queue, by the thread that it comes from.
    explicit event_queue(std::function<void()> wake) : wake_(std::move(wake)) {}

    void put(const mqtt::event_ptr& what);
    // The oldest; null when there is none.
    mqtt::event_ptr take();
    // Events left out since this was last asked.
    std::uint64_t take_dropped();

private:
    const std::function<void()> wake_;
    std::mutex lock_;                     // all below
    std::deque<mqtt::event_ptr> waiting_; // bound: events_max
    std::uint64_t dropped_ = 0;
};

} // namespace rest
