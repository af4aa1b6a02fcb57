// How long something took, counted in steps from 0.1 ms to 10 s. Written by one thread; others may
// read, and see each number whole, if not all of the same moment.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace mqtt {

class histogram {
public:
    using nanoseconds = std::chrono::nanoseconds;

    // The longest time that still counts for a step; behind the last one is a step without end.
    static constexpr std::array<std::int64_t, 16> step_microseconds{
        100,    250,     500,     1'000,   2'500,     5'000,     10'000,    25'000,
        50'000, 100'000, 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};
    static constexpr std::size_t steps = step_microseconds.size() + 1;

    // What a reader gets: events of each step alone, not of those below.
    struct reading {
        std::array<std::int64_t, steps> events{};
        nanoseconds sum{};

        std::int64_t count() const {
            std::int64_t all = 0;
            for (const auto each : events)
                all += each;
            return all;
        }
        void add(const reading& more) {
            for (std::size_t i = 0; i < steps; ++i)
                events[i] += more.events[i];
            sum += more.sum;
        }
    };

    // So many events, each of which took at most this long. A short search in a table that fits
    // into two cache lines, and two numbers; no locked instruction.
    void add(nanoseconds took, std::int64_t events = 1) {
        std::size_t step = 0;
        while (step < step_microseconds.size() && took.count() > step_microseconds[step] * 1'000)
            ++step;
        raise(events_[step], events);
        raise(sum_, took.count() * events);
    }

    reading read() const {
        reading now;
        for (std::size_t i = 0; i < steps; ++i)
            now.events[i] = events_[i].load(std::memory_order_relaxed);
        now.sum = nanoseconds(sum_.load(std::memory_order_relaxed));
        return now;
    }

private:
    using cell = std::atomic<std::int64_t>;
    static void raise(cell& into, std::int64_t by) {
        into.store(into.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }

    std::array<cell, steps> events_{};
    cell sum_{0}; // nanoseconds
};

} // namespace mqtt
