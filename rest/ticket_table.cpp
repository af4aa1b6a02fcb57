#include "rest/ticket_table.hpp"

#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/rate_buckets.hpp"

#include <algorithm>

namespace rest {
namespace {

constexpr std::size_t ticket_bytes = 24;
constexpr std::size_t ticket_text_max = 64;

} // namespace

bool ticket_use::goes_on(mqtt::steady_time now) const {
    of->seen.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    return of->uses.load(std::memory_order_relaxed) == number;
}

// Nobody can do anything with it any more.
bool ticket_table::is_over(const ticket& each, mqtt::steady_time now) const {
    if (each.target.empty())
        return now >= each.use_by + remembered_for;
    const mqtt::steady_time seen(
        mqtt::steady_time::duration(each.seen.load(std::memory_order_relaxed)));
    return now >= seen + resumable_for;
}

std::optional<std::string> ticket_table::make(const mqtt::identity& who,
                                              std::chrono::seconds good_for,
                                              mqtt::steady_time now) {
    const auto text = mqtt::to_base64url(mqtt::random_bytes(ticket_bytes));
    const auto fresh = std::make_shared<ticket>();
    fresh->who = who;
    fresh->address_group = mqtt::address_group(who.address);
    fresh->use_by = now + good_for;
    const std::scoped_lock hold(lock_);
    const auto owner = mqtt::rate_key(who);
    std::size_t own = 0;
    std::erase_if(tickets_, [&](const auto& each) { return is_over(*each.second, now); });
    for (const auto& [key, each] : tickets_)
        own += mqtt::rate_key(each->who) == owner ? 1 : 0;
    if (tickets_.size() >= tickets_max || own >= tickets_per_caller_max)
        return std::nullopt;
    tickets_.emplace(mqtt::sha256(text), fresh);
    return text;
}

ticket_table::result ticket_table::use(std::string_view text, std::string_view address,
                                       std::string_view target, mqtt::steady_time now) {
    if (text.empty() || text.size() > ticket_text_max)
        return {};
    const std::scoped_lock hold(lock_);
    const auto found = tickets_.find(mqtt::sha256(text));
    if (found == tickets_.end())
        return {};
    auto& one = *found->second;
    if (is_over(one, now)) {
        tickets_.erase(found);
        return {outcome::expired};
    }
    if (one.address_group != mqtt::address_group(address))
        return {outcome::elsewhere};
    if (one.target.empty() && now >= one.use_by)
        return {outcome::expired};
    const auto digest = mqtt::sha256(target);
    if (!one.target.empty() && one.target != digest)
        return {outcome::other_stream};
    one.target = digest;
    one.seen.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    const auto number = one.uses.fetch_add(1, std::memory_order_relaxed) + 1;
    return {outcome::good, ticket_use{found->second, number}};
}

std::size_t ticket_table::size() const {
    const std::scoped_lock hold(lock_);
    return tickets_.size();
}

} // namespace rest
