// What numbers add up to, with the times at which they came: of a block of messages, or of a bucket
// of a series. Times are milliseconds since 1970.
#pragma once

#include <cstdint>

namespace mqtt {

struct number_totals {
    std::uint64_t numbers = 0; // 0: the rest counts not
    double total = 0;
    double low = 0, high = 0, first = 0, latest = 0;
    std::int64_t low_at = 0, high_at = 0, first_at = 0, latest_at = 0;

    // later: what comes behind, in the order of ids.
    void add(const number_totals& later) {
        if (later.numbers == 0)
            return;
        if (numbers == 0) {
            *this = later;
            return;
        }
        numbers += later.numbers;
        total += later.total;
        if (later.low < low) {
            low = later.low;
            low_at = later.low_at;
        }
        if (later.high > high) {
            high = later.high;
            high_at = later.high_at;
        }
        latest = later.latest;
        latest_at = later.latest_at;
    }
    static number_totals of(double value, std::int64_t at) {
        return {1, value, value, value, value, value, at, at, at, at};
    }
};

} // namespace mqtt
