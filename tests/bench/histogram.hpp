// Latencies in log-linear buckets of a fixed number: recording never allocates, and a value is kept
// within 1.6 %.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace bench {

class histogram {
public:
    void record(std::uint64_t value) {
        ++counts_[bucket_of(value)];
        ++total_;
    }

    // The value that the given share (0 to 1) of the records does not exceed: the middle of its
    // bucket, 0 when empty.
    double quantile(double share) const {
        const double wanted = std::ceil(share * static_cast<double>(total_));
        const auto rank = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(wanted));
        std::uint64_t seen = 0;
        for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
            seen += counts_[bucket];
            if (seen >= rank)
                return middle_of(bucket);
        }
        return 0;
    }

    void clear() {
        counts_.fill(0);
        total_ = 0;
    }

private:
    static constexpr unsigned step_bits = 6; // 64 equal steps in each power of two
    static constexpr std::uint64_t steps = 1U << step_bits;

    // Below 64 each value has a bucket of its own; above, the six bits after the leading one choose
    // it.
    static std::size_t bucket_of(std::uint64_t value) {
        if (value < steps)
            return value;
        const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - step_bits - 1;
        return (shift + 1) * steps + ((value >> shift) - steps);
    }

    static double middle_of(std::size_t bucket) {
        if (bucket < steps)
            return static_cast<double>(bucket);
        const std::size_t shift = bucket / steps - 1;
        const double first =
            std::ldexp(static_cast<double>(steps + bucket % steps), static_cast<int>(shift));
        return first + std::ldexp(0.5, static_cast<int>(shift));
    }

    std::array<std::uint64_t, (65 - step_bits) * steps> counts_{};
    std::uint64_t total_ = 0;
};

} // namespace bench
