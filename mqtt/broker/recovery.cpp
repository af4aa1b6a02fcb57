#include "mqtt/broker/recovery.hpp"

#include "mqtt/broker/pull_text.hpp"
#include "mqtt/types/topic.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

namespace mqtt {

const recovery::revived* recovery::find(session_key key) const {
    const auto found = sessions_.find(key);
    return found == sessions_.end() ? nullptr : &found->second;
}

void recovery::on_session(stored_session one) {
    auto* home = shards_[shards_.front()->home_of(one.client_id)];
    sessions_.emplace(one.key, revived{home, &home->revive(one)});
}

void recovery::on_subscription(stored_subscription one) {
    if (const auto* known = find(one.session))
        known->home->revive_subscription(*known->owner, one);
}

void recovery::on_incoming(session_key owner, std::uint16_t packet_id) {
    if (const auto* known = find(owner))
        known->owner->restore_received(packet_id);
}

void recovery::on_entry(stored_entry one) {
    const auto* known = find(one.session);
    if (known == nullptr)
        return;
    outbound_message message;
    message.what = std::move(one.what);
    message.qos = one.qos;
    message.retain = one.retain;
    message.snapshot = one.snapshot;
    message.entry = one.key;
    if (one.more) {
        message.subscription_ids = std::move(one.more->identifiers);
        message.group = common_.subscriptions.group(one.more->shared); // null: nobody is left of it
    }
    if (one.released)
        message.what.reset();
    known->owner->restore(std::move(message), one.packet_id, one.released);
}

void recovery::on_retained(const message_ptr& what) {
    const std::unique_lock hold(common_.lock);
    const auto before = common_.retained.set(what);
    if (before && before->id() > what->id()) // two of one topic: the newer counts
        common_.retained.set(before);
}

void recovery::on_document(stored_document one) {
    common_.documents.set(one);
}

// What can only be known when all is there: which sessions are pulled.
void recovery::finish() {
    for (const auto& each : common_.documents.all(pull_terms_kind)) {
        auto* home = shards_[shards_.front()->home_of(each.name)];
        if (home->pulls().revive(each))
            continue;
        for (const auto kind : {pull_terms_kind, pull_leases_kind})
            home->keep_document({std::string(kind), each.name, {}, {}, true}, {});
    }
}

void broker::begin_recovery(const frames::now& at) {
    room_.now = at;
    session_deadlines_.advance(at.steady, [](session&) {});
}

// Runs into the deadline that it had, or counts from now if its client was there.
session& broker::revive(const stored_session& kept) {
    const auto& at = room_.now;
    identity who;
    who.client_id = kept.client_id;
    who.username = kept.username;
    who.realm = kept.realm;
    who.rights_later = kept.by_token;
    auto& owner = registry_.make(who);
    counts_.add(metric::sessions);
    owner.set_expiry(kept.expiry);
    owner.keep_as(kept.key);
    const auto steady_of = [&](wall_time wall) {
        return at.steady +
               std::max(std::chrono::duration_cast<steady_time::duration>(wall - at.wall),
                        steady_time::duration(0));
    };
    auto ends_at = never;
    if (kept.expiry != session::never_expires)
        ends_at =
            kept.ends_at ? steady_of(*kept.ends_at) : at.steady + std::chrono::seconds(kept.expiry);
    owner.set_expires_at(ends_at);
    auto due = ends_at;
    if (kept.will) {
        owner.set_will(kept.will);
        const auto will_at = kept.will_at
                                 ? steady_of(*kept.will_at)
                                 : at.steady + std::max(kept.will->delay, recovery::will_patience);
        due = std::min(due, will_at);
    }
    session_deadlines_.arm(owner, due);
    know_receiver(owner);
    return owner;
}

void broker::revive_subscription(session& owner, const stored_subscription& kept) {
    const std::unique_lock hold(common_.lock);
    owner.subscriptions.insert_or_assign(
        kept.filter,
        session::subscription{kept.qos, kept.identifier, kept.no_local, kept.retain_as_published});
    common_.subscriptions.insert(
        kept.filter, owner.id(),
        {kept.qos, kept.no_local, kept.retain_as_published, kept.identifier});
    common_.generation.fetch_add(1, std::memory_order_release);
    if (!is_shared(kept.filter))
        return;
    ++owner.shared_subscriptions;
    common_.subscriptions.set_online(kept.filter, owner.id(), false);
}

} // namespace mqtt
