#include "mqtt/broker/pulled_queue.hpp"

#include <algorithm>
#include <utility>

namespace mqtt {
namespace {

// Leases of messages that went another way (to an MQTT client, out of the queue) are looked for
// when there are so many more of them than messages.
constexpr std::size_t stale_leases_max = 64;

} // namespace

pulled_queue::pulled_queue(session& owner, pull_terms terms, bool reserved, metrics& counts)
    : owner_(&owner), user_(owner.who().username), terms_(std::move(terms)), reserved_(reserved),
      counts_(counts) {
    owner_->set_puller(this);
}

pulled_queue::~pulled_queue() {
    leave();
}

void pulled_queue::leave() {
    if (auto* const left = std::exchange(owner_, nullptr))
        left->set_puller(nullptr);
}

void pulled_queue::made_room(std::size_t dropped) {
    dropped_ += dropped;
    counts_.add(metric::messages_dropped, static_cast<std::int64_t>(dropped));
}

std::uint32_t pulled_queue::deliveries_of(std::uint64_t id) const {
    const auto found = leases_.find(id);
    return found == leases_.end() ? 0 : found->second.deliveries;
}

bool pulled_queue::is_given_up(const lease_record& one, steady_time now) const {
    return terms_.max_deliveries != 0 && one.deliveries >= terms_.max_deliveries &&
           one.until <= now;
}

bool pulled_queue::is_hidden(std::uint64_t id, steady_time now) const {
    const auto found = leases_.find(id);
    return found != leases_.end() &&
           (found->second.until > now || found->second.burying || is_given_up(found->second, now));
}

// What has expired, or may not be had any more, leaves the queue here.
pull_batch pulled_queue::collect(std::size_t max, steady_time now, const rights& may) {
    pull_batch batch;
    id_set gone; // bound: the queue
    std::size_t bytes = 0;
    owner_->for_each_pending([&](const outbound_message& each, bool sent) {
        const auto id = each.what->id();
        // [MQTT-3.3.2-5]; what a client was sent once does not expire [MQTT-4.3.3-7]
        if ((!sent && each.what->expires_at() <= now) || !may(each.what->topic())) {
            gone.insert(id);
            return true;
        }
        const auto same = [id](const auto& one) { return one.what->id() == id; };
        if (is_hidden(id, now) || std::any_of(batch.messages.begin(), batch.messages.end(), same))
            return true; // by two subscriptions it comes once
        bytes += each.what->payload().size();
        if (batch.messages.size() == max || (bytes > pull_bytes_max && !batch.messages.empty()))
            return false;
        const auto before = deliveries_of(id);
        batch.messages.push_back({each.what, each.qos, each.retain, each.subscription_ids, before,
                                  sent || before != 0}); // bound: max
        return true;
    });
    if (!gone.empty())
        take(std::move(gone));
    batch.pending = owner_->pending() - std::min(owner_->pending(), batch.messages.size());
    return batch;
}

pull_batch pulled_queue::peek(std::size_t max, steady_time now, const rights& may) {
    auto batch = collect(max, now, may);
    for (const auto& each : batch.messages)
        if (const auto found = leases_.find(each.what->id()); found != leases_.end())
            found->second.returned = false;
    return batch;
}

pull_batch pulled_queue::lease(std::size_t max, steady_time now, steady_time until,
                               std::uint64_t holder, const rights& may) {
    auto batch = collect(max, now, may);
    for (auto& each : batch.messages) {
        auto& record = leases_[each.what->id()];
        each.deliveries = ++record.deliveries;
        record.until = until;
        record.holder = holder;
        record.returned = false;
    }
    forget_stale_leases();
    return batch;
}

std::size_t pulled_queue::take(id_set wanted) {
    return owner_->take_pending([&](const outbound_message& each) {
        if (wanted.erase(each.what->id()) == 0)
            return outbound::step::keep;
        leases_.erase(each.what->id());
        return wanted.empty() ? outbound::step::take_and_stop : outbound::step::take;
    });
}

std::size_t pulled_queue::acknowledge(std::span<const std::uint64_t> ids) {
    if (ids.empty())
        return 0;
    const auto taken = take({ids.begin(), ids.end()});
    acknowledged_ += taken;
    return taken;
}

std::size_t pulled_queue::acknowledge_up_to(std::uint64_t id, bool by_stream, steady_time now) {
    bool is_there = false;
    owner_->for_each_pending([&](const outbound_message& each, bool) {
        is_there = each.what->id() == id;
        return !is_there;
    });
    if (!is_there)
        return 0;
    const auto taken = owner_->take_pending([&](const outbound_message& each) {
        const auto one = each.what->id();
        const auto found = leases_.find(one);
        if (found != leases_.end() && one != id) {
            const auto& record = found->second;
            const bool leased = record.until > now && (by_stream || record.holder != 0);
            if (leased || record.returned || record.burying)
                return outbound::step::keep;
        }
        leases_.erase(one);
        return one == id ? outbound::step::take_and_stop : outbound::step::take;
    });
    acknowledged_ += taken;
    return taken;
}

std::size_t pulled_queue::give_back(std::span<const std::uint64_t> ids, steady_time now,
                                    steady_time until) {
    id_set wanted(ids.begin(), ids.end());
    std::size_t found = 0;
    owner_->for_each_pending([&](const outbound_message& each, bool) {
        if (wanted.erase(each.what->id()) == 0)
            return true;
        auto& record = leases_[each.what->id()]; // bound: the queue
        if (record.burying)
            return true;
        record.until = until;
        record.holder = 0;
        record.returned = true;
        ++found;
        return !wanted.empty();
    });
    if (until <= now && found != 0)
        tell(pull_event::ready);
    return found;
}

std::size_t pulled_queue::extend(std::span<const std::uint64_t> ids, steady_time now,
                                 steady_time until) {
    std::size_t extended = 0;
    for (const auto id : ids) {
        const auto found = leases_.find(id);
        if (found == leases_.end() || found->second.until <= now || found->second.returned)
            continue;
        found->second.until = until;
        ++extended;
    }
    return extended;
}

void pulled_queue::begin_stream(std::uint64_t holder, pull_watch replaced) {
    const auto before = std::exchange(stream_replaced_, std::move(replaced));
    const auto old = std::exchange(stream_, holder);
    if (old != 0 && before)
        (*before)(pull_event::replaced);
    for (auto& [id, record] : leases_)
        if (old != 0 && record.holder == old)
            record = {{}, 0, record.deliveries, false, record.burying};
}

void pulled_queue::keep_stream(std::uint64_t holder, steady_time until) {
    for (auto& [id, record] : leases_)
        if (record.holder == holder)
            record.until = until;
}

void pulled_queue::end_stream(std::uint64_t holder, steady_time now) {
    if (stream_ != holder)
        return;
    stream_ = 0;
    stream_replaced_.reset();
    for (auto& [id, record] : leases_)
        if (record.holder == holder)
            record = {{}, 0, record.deliveries, false, record.burying};
    if (has_visible(now))
        tell(pull_event::ready);
}

void pulled_queue::watch(const pull_watch& told, steady_time now) {
    if (has_visible(now))
        return (*told)(pull_event::ready);
    if (watches_.size() >= pull_waiting_max && is_waited_for() &&
        watches_.size() >= pull_waiting_max)
        return (*told)(pull_event::refused);
    watches_.emplace_back(told);
}

bool pulled_queue::is_waited_for() {
    std::erase_if(watches_, [](const auto& each) { return each.expired(); });
    return !watches_.empty() || stream_ != 0;
}

void pulled_queue::tell(pull_event what) {
    for (const auto& each : std::exchange(watches_, {}))
        if (const auto told = each.lock())
            (*told)(what);
}

bool pulled_queue::has_visible(steady_time now) const {
    bool found = false;
    owner_->for_each_pending([&](const outbound_message& each, bool sent) {
        found = (sent || each.what->expires_at() > now) && !is_hidden(each.what->id(), now);
        return !found;
    });
    return found;
}

steady_time pulled_queue::next_due(steady_time now) const {
    auto due = never;
    for (const auto& [id, record] : leases_)
        if (record.until > now)
            due = std::min(due, record.until);
    return due;
}

std::vector<pull_message> pulled_queue::take_given_up(steady_time now) {
    std::vector<pull_message> found;
    if (terms_.max_deliveries == 0 || leases_.empty())
        return found;
    owner_->for_each_pending([&](const outbound_message& each, bool) {
        const auto known = leases_.find(each.what->id());
        if (known == leases_.end() || known->second.burying || !is_given_up(known->second, now))
            return true;
        known->second.burying = true;
        found.push_back({each.what, each.qos, each.retain, each.subscription_ids,
                         known->second.deliveries, true}); // bound: pull_messages_max
        return found.size() < pull_messages_max;
    });
    return found;
}

void pulled_queue::bury(std::uint64_t id) {
    given_up_ += take({id});
}

void pulled_queue::bury_later(std::uint64_t id, steady_time at) {
    const auto found = leases_.find(id);
    if (found == leases_.end())
        return;
    found->second.burying = false;
    found->second.until = at;
}

void pulled_queue::forget_stale_leases() {
    if (leases_.size() <= owner_->pending() + stale_leases_max)
        return;
    id_set there;
    owner_->for_each_pending([&](const outbound_message& each, bool) {
        there.insert(each.what->id());
        return true;
    });
    boost::unordered::erase_if(leases_,
                               [&](const auto& entry) { return !there.contains(entry.first); });
}

void pulled_queue::describe(pull_description& into, steady_time now) const {
    into.id = owner_->client_id();
    into.terms = terms_;
    for (const auto& [filter, options] : owner_->subscriptions)
        into.subscriptions.push_back({filter, options.qos, 0, options.retain_as_published,
                                      options.no_local}); // bound: subscriptions_per_client_max
    into.connected = owner_->online() != nullptr;
    into.pending = owner_->pending();
    owner_->for_each_pending([&](const outbound_message& each, bool) {
        into.leased += is_hidden(each.what->id(), now) ? 1U : 0U;
        return true;
    });
    into.acknowledged = acknowledged_;
    into.dropped = dropped_;
    into.given_up = given_up_;
}

} // namespace mqtt
