// How many a second, over the last minute.
#pragma once

#include "mqtt/types/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace rest::webhooks {

class rate_meter {
public:
    void add(mqtt::wall_time now, std::size_t count) {
        const auto second = second_of(now);
        auto& cell = cells_[static_cast<std::size_t>(second % seconds)];
        if (cell.second != second)
            cell = {second, 0};
        cell.count += count;
    }
    double per_second(mqtt::wall_time now) const {
        const auto last = second_of(now);
        std::uint64_t sum = 0;
        for (const auto& cell : cells_)
            if (cell.second > last - seconds && cell.second <= last)
                sum += cell.count;
        return static_cast<double>(sum) / static_cast<double>(seconds);
    }

private:
    static constexpr std::int64_t seconds = 60;
    static std::int64_t second_of(mqtt::wall_time now) {
        return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    }
    struct cell {
        std::int64_t second = -1;
        std::uint64_t count = 0;
    };
    std::array<cell, static_cast<std::size_t>(seconds)> cells_{};
};

} // namespace rest::webhooks
