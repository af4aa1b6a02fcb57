#include "mqtt/broker/fanout.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>

namespace mqtt {
namespace {

bool holds(const retained_condition& condition, const message_ptr& current, steady_time now) {
    const bool present = current && current->expires_at() > now;
    if (condition.must_be_absent && present)
        return false;
    if (condition.must_exist && !present)
        return false;
    return !condition.id_is || (present && current->id() == *condition.id_is);
}

} // namespace

fanout::fanout(shared_state& common, std::uint8_t shard, turn& room, subscriber_slots& slots,
               metrics& counts)
    : common_(common), shard_(shard), room_(room), slots_(slots), counts_(counts),
      cache_(cache_max), outgoing_(common.shards()) {}

fanout::cached_route& fanout::entry_for(std::string_view topic) {
    return cache_[std::hash<std::string_view>{}(topic) % cache_max];
}

const route& fanout::route_while_locked(std::string_view topic) {
    auto& entry = entry_for(topic);
    const auto generation = common_.generation.load(std::memory_order_acquire);
    if (entry.generation == generation && entry.topic == topic)
        return entry.to;
    common_.subscriptions.match(topic, entry.to);
    entry.topic = topic;
    entry.generation = generation;
    return entry.to;
}

// No lock while nothing has changed: the route is this shard's own copy, and subscribers leave a
// shard's slots only by that shard's hand.
const route& fanout::route_of(std::string_view topic) {
    const auto& entry = entry_for(topic);
    if (entry.generation == common_.generation.load(std::memory_order_acquire) &&
        entry.topic == topic)
        return entry.to;
    const std::shared_lock hold(common_.lock);
    return route_while_locked(topic);
}

bool fanout::refuse(const publish_terms& terms, const route& to, const message_ptr& current,
                    publish_result& done) const {
    done.refused = terms.require_subscriber && to.recipients.empty();
    done.condition_failed =
        terms.condition != nullptr && !holds(*terms.condition, current, room_.now.steady);
    if (done.condition_failed)
        done.previous = current;
    return done.refused || done.condition_failed;
}

// Sets the retained value and reads the route in one step; see shared_state::lock.
bool fanout::retain(const publication& what, const publish_terms& terms, message_ptr& kept,
                    const route*& to, publish_result& done) {
    const std::unique_lock hold(common_.lock);
    to = &route_while_locked(what.topic);
    if (terms.condition != nullptr || terms.require_subscriber)
        if (refuse(terms, *to, common_.retained.find(what.topic), done))
            return false;
    kept = message::make(what, common_.ids.next(), room_.now.wall);
    done.previous = common_.retained.set(kept);
    done.kept_at = common_.kept.keep_retained(kept);
    return true;
}

publish_result fanout::publish(const publication& what, const publish_terms& terms) {
    publish_result done;
    counts_.add(metric::messages_received);
    message_ptr kept;
    const route* to = nullptr;
    if (what.retain) {
        if (!retain(what, terms, kept, to, done))
            return done;
    } else {
        to = &route_of(what.topic);
        if (terms.require_subscriber && refuse(terms, *to, nullptr, done))
            return done;
    }
    if (to->recipients.empty()) {
        done.id = kept ? kept->id() : 0;
        return done;
    }
    if (kept) {
        frames one(kept, to->recipients.size(), room_.now, common_.ids, room_.framing,
                   room_.blocks);
        deliver_all(*to, one, terms, done);
        done.id = kept->id();
    } else {
        frames one(what, to->recipients.size(), room_.now, common_.ids, room_.framing,
                   room_.blocks);
        deliver_all(*to, one, terms, done);
        done.id = one.is_kept() ? one.keep()->id() : 0;
    }
    return done;
}

void fanout::deliver_all(const route& to, frames& what, const publish_terms& terms,
                         publish_result& done) {
    bool elsewhere = false;
    for (const auto& whom : to.recipients) {
        if (whom.no_local && whom.who == terms.publisher)
            continue; // [MQTT-3.8.3-3]
        ++done.matched;
        if (whom.who.shard == shard_)
            deliver_here(to, whom, what, done);
        else
            elsewhere = true;
    }
    if (elsewhere)
        deliver_elsewhere(to, what, terms, done);
}

void fanout::deliver_here(const route& to, const recipient& whom, frames& what,
                          publish_result& done) {
    auto* receiver = slots_.find(whom.who);
    if (receiver == nullptr)
        return;
    const auto level = lesser(whom.qos, what.what().qos); // [MQTT-3.8.4-8]
    const bool retain =
        whom.retain_as_published && what.what().retain; // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
    const auto outcome = receiver->deliver({what, level, retain, to.identifiers_of(whom), false});
    if (outcome == delivered::dropped)
        return counts_.add(metric::messages_dropped);
    if (outcome == delivered::sent) {
        ++done.sent;
        counts_.add(metric::messages_sent);
    } else {
        ++done.queued;
    }
    if (level != qos::at_most_once && !receiver->persistent_id().empty())
        done.kept_at = std::max(done.kept_at,
                                common_.kept.keep_queued(receiver->persistent_id(), what.keep()));
}

void fanout::deliver_elsewhere(const route& to, frames& what, const publish_terms& terms,
                               publish_result& done) {
    std::vector<remote_delivery> by_shard(outgoing_.size());
    for (const auto& whom : to.recipients) {
        if (whom.who.shard == shard_ || (whom.no_local && whom.who == terms.publisher))
            continue;
        auto& part = by_shard[whom.who.shard].to;
        auto copy = whom;
        copy.first_identifier = static_cast<std::uint32_t>(part.identifiers.size());
        const auto identifiers = to.identifiers_of(whom);
        part.identifiers.insert(part.identifiers.end(), identifiers.begin(), identifiers.end());
        part.recipients.push_back(copy);
    }
    for (std::size_t shard = 0; shard < by_shard.size(); ++shard) {
        auto& mail = by_shard[shard];
        if (mail.to.recipients.empty())
            continue;
        mail.what = what.keep();
        mail.publisher = terms.publisher;
        mail.origin = shard_;
        mail.receipt = terms.receipt;
        ++done.shards_asked;
        outgoing_[shard].deliveries.push_back(std::move(mail));
    }
}

void fanout::deliver(const remote_delivery& mail) {
    frames one(mail.what, mail.to.recipients.size(), room_.now, common_.ids, room_.framing,
               room_.blocks);
    publish_result done;
    for (const auto& whom : mail.to.recipients)
        deliver_here(mail.to, whom, one, done);
    if (mail.receipt != 0)
        outgoing_[mail.origin].tallies.push_back({mail.receipt, done.sent, done.queued});
}

} // namespace mqtt
