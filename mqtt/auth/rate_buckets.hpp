// How often somebody may do something: one token bucket for each user, and for each address of
// those who have no name, whichever way and on whichever shard they come. thread: any.
#pragma once

#include "mqtt/auth/identity.hpp"
#include "mqtt/types/clock.hpp"
#include "mqtt/types/limits.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mqtt {

// One token comes back each interval, and at most `burst` of them are there.
struct token_rate {
    std::chrono::nanoseconds interval{1};
    std::uint32_t burst = 1;

    static token_rate of(const publish_rate& said);
    std::chrono::nanoseconds window() const { return interval * burst; }
};

// How a bucket stands after somebody has asked it.
struct rate_standing {
    bool allowed = true;
    std::uint32_t burst = 0;
    std::uint32_t remaining = 0;              // tokens that are left
    std::chrono::nanoseconds window{};        // in which an empty bucket fills
    std::chrono::nanoseconds until_full{};    // from now
    std::chrono::nanoseconds until_allowed{}; // from now; 0: at once
};

// The moment at which it will be full says all: several rates can look at the same bucket.
class rate_bucket {
public:
    // Takes a token, if there is one.
    rate_standing take(const token_rate& rate, steady_time now);
    // As it stands, taking nothing.
    rate_standing look(const token_rate& rate, steady_time now) const;
    // Takes a token that was owed, also where there is none; what is owed never takes longer than
    // that to come back.
    void owe(const token_rate& rate, steady_time now, std::chrono::nanoseconds longest);

    bool is_full(steady_time now) const;

private:
    std::atomic<std::int64_t> full_at_{0}; // nanoseconds of the steady clock
};

class rate_buckets {
public:
    explicit rate_buckets(std::size_t most = buckets_max) : most_(most), sweep_at_(sweep_min) {}

    // Always the same one while somebody holds it, or it is not full. Beyond the bound all share
    // one: what can't be counted is not free.
    std::shared_ptr<rate_bucket> of(const std::string& key, steady_time now);
    std::size_t size() const;

    static constexpr std::size_t buckets_max = 250'000;

private:
    static constexpr std::size_t sweep_min = 1024;
    void sweep(steady_time now);

    const std::size_t most_;
    mutable std::mutex lock_; // held for a look, or for a sweep that makes room for as many again
    std::unordered_map<std::string, std::shared_ptr<rate_bucket>> buckets_; // bound: most_
    std::shared_ptr<rate_bucket> shared_ = std::make_shared<rate_bucket>();
    std::size_t sweep_at_;
};

// Whose bucket it is: the user's, whatever listener it comes by; without a name, the address's.
std::string rate_key(const identity& who);

// Of a peer's address those bytes that one household has: IPv4 without its port, of IPv6 the first
// 64 bits. Anything else (a Unix socket) is all of it.
std::string address_group(std::string_view address);

} // namespace mqtt
