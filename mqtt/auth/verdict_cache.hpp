// What plugins have said of late, so that a message to a thousand receivers does not ask a thousand
// times. Short-lived: a right that ends is gone with it.
#pragma once

#include "mqtt/auth/access.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace mqtt {

inline constexpr std::chrono::milliseconds verdict_life{1000};
inline constexpr std::size_t verdicts_kept_max = 65'536; // then all are forgotten, and asked anew

// thread: any
class verdict_cache {
public:
    enum class kept : std::uint8_t { denied, allowed, left_to_others };

    std::optional<kept> find(const identity& who, operation what, std::string_view topic,
                             steady_time now) const;
    void put(const question& asked, kept said, steady_time now);
    void clear();

private:
    struct entry {
        kept said;
        steady_time until;
    };
    static std::string key_of(const identity& who, operation what, std::string_view topic);

    mutable std::mutex lock_;
    boost::unordered_flat_map<std::string, entry> entries_; // bound: verdicts_kept_max
};

} // namespace mqtt
