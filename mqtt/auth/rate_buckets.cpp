#include "mqtt/auth/rate_buckets.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>

namespace mqtt {
namespace {

using std::chrono::nanoseconds;

std::int64_t count_of(steady_time at) {
    return std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()).count();
}

rate_standing standing_of(const token_rate& rate, nanoseconds until_full, bool allowed) {
    rate_standing made;
    made.allowed = allowed;
    made.burst = rate.burst;
    made.window = rate.window();
    made.until_full = std::max(until_full, nanoseconds(0));
    const auto room = made.window - made.until_full;
    made.remaining =
        room.count() <= 0 ? 0 : static_cast<std::uint32_t>(room.count() / rate.interval.count());
    if (made.remaining == 0)
        made.until_allowed = made.until_full + rate.interval - made.window;
    return made;
}

} // namespace

token_rate token_rate::of(const publish_rate& said) {
    constexpr std::int64_t second = 1'000'000'000;
    return {nanoseconds(second / std::max(said.sustained, 1U)), std::max(said.burst, 1U)};
}

rate_standing rate_bucket::take(const token_rate& rate, steady_time now) {
    const auto at = count_of(now);
    auto full_at = full_at_.load(std::memory_order_relaxed);
    for (;;) {
        const auto next = std::max(full_at, at) + rate.interval.count();
        if (next - at > rate.window().count())
            return standing_of(rate, nanoseconds(full_at - at), false);
        if (full_at_.compare_exchange_weak(full_at, next, std::memory_order_relaxed))
            return standing_of(rate, nanoseconds(next - at), true);
    }
}

rate_standing rate_bucket::look(const token_rate& rate, steady_time now) const {
    const nanoseconds until_full(full_at_.load(std::memory_order_relaxed) - count_of(now));
    auto made = standing_of(rate, until_full, true);
    made.allowed = made.remaining > 0;
    return made;
}

void rate_bucket::owe(const token_rate& rate, steady_time now, nanoseconds longest) {
    const auto at = count_of(now);
    auto full_at = full_at_.load(std::memory_order_relaxed);
    for (;;) {
        const auto next =
            std::min(std::max(full_at, at) + rate.interval.count(), at + longest.count());
        if (full_at_.compare_exchange_weak(full_at, std::max(next, full_at),
                                           std::memory_order_relaxed))
            return;
    }
}

bool rate_bucket::is_full(steady_time now) const {
    return full_at_.load(std::memory_order_relaxed) <= count_of(now);
}

std::shared_ptr<rate_bucket> rate_buckets::of(const std::string& key, steady_time now) {
    const std::scoped_lock hold(lock_);
    if (const auto found = buckets_.find(key); found != buckets_.end())
        return found->second;
    if (buckets_.size() >= std::min(sweep_at_, most_))
        sweep(now);
    if (buckets_.size() >= most_)
        return shared_;
    return buckets_.emplace(key, std::make_shared<rate_bucket>()).first->second;
}

// A full bucket that nobody holds is as good as a fresh one.
void rate_buckets::sweep(steady_time now) {
    std::erase_if(buckets_, [now](const auto& each) {
        return each.second.use_count() == 1 && each.second->is_full(now);
    });
    sweep_at_ = std::max(sweep_min, 2 * buckets_.size());
}

std::size_t rate_buckets::size() const {
    const std::scoped_lock hold(lock_);
    return buckets_.size();
}

std::string rate_key(const identity& who) {
    return who.anonymous() ? "address " + address_group(who.address) : "user " + who.username;
}

std::string address_group(std::string_view address) {
    const auto colon = address.rfind(':');
    if (!address.starts_with('['))
        return std::string(address.substr(0, colon));
    const std::string host(address.substr(1, std::min(address.find(']'), address.size()) - 1));
    std::array<unsigned char, 16> bytes{};
    if (::inet_pton(AF_INET6, host.c_str(), bytes.data()) != 1)
        return host;
    constexpr std::size_t household_bytes = 8;
    std::fill(bytes.begin() + household_bytes, bytes.end(), static_cast<unsigned char>(0));
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(AF_INET6, bytes.data(), text.data(), text.size());
    return std::string(text.data()) + "/64";
}

} // namespace mqtt
