// What outlives the process: what the store is told of sessions, and the answers that wait for it.
#include "mqtt/broker/broker.hpp"
#include "mqtt/broker/client_events.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace mqtt {
namespace {

constexpr std::size_t expired_at_once_max = 100'000; // retained messages under one lock

} // namespace

// The session as it is now; will_at: when the will of a client that is away is due.
void broker::record(session& owner, steady_time will_at) {
    if (!owner.is_kept())
        return;
    const auto wall_of = [this](steady_time at) {
        const auto left = std::chrono::duration_cast<wall_time::duration>(at - room_.now.steady);
        return at == never ? std::optional<wall_time>() : std::optional(room_.now.wall + left);
    };
    const bool away = owner.online() == nullptr;
    recorder_->keep(owner, away ? wall_of(owner.expires_at()) : std::nullopt,
                    away && owner.will() != nullptr ? wall_of(will_at) : std::nullopt);
}

// A client is in, and has said how long its session is to live.
void broker::keep_or_forget(session& owner) {
    if (!recorder_)
        return;
    if (!owner.is_persistent()) {
        if (owner.is_kept()) {
            recorder_->forget(owner);
            owner.keep_as(0);
        }
        return;
    }
    if (!owner.is_kept())
        owner.keep_as(recorder_->next_session());
    record(owner);
}

void broker::release_held() {
    const auto& kept = common_.kept;
    while (auto* first = held_.first_up_to(kept.safe(shard_))) {
        if (first->what == held_answer::kind::acknowledgement && first->number != 0) {
            const auto open = receipts_.find(first->number); // other shards have to have it, too
            if (open != receipts_.end() && open->second.answers_left != 0)
                break;
            receipts_.erase(first->number);
        }
        release(held_.take_first());
    }
    if (const auto refused = kept.refused(shard_);
        refused > std::max(refused_up_to_, kept.safe(shard_))) {
        refused_up_to_ = refused;
        held_.refuse_up_to(refused, [this](held_answer& one) { return refuse_held(one); });
    }
    if (kept.has_room() || receipts_.empty())
        return;
    // Other shards can't keep their part, and will not say so before they can.
    held_.refuse_up_to(this_turn, [this](held_answer& one) {
        const bool waits = one.what == held_answer::kind::acknowledgement && one.number != 0;
        return waits && refuse_held(one);
    });
    for (auto& [number, open] : std::exchange(receipts_, {})) {
        if (!open.done) { // of a client that could not be told, and was sent away
            receipts_.emplace(number, std::move(open));
            continue;
        }
        open.outcome.reason = reason::quota_exceeded;
        open.outcome.no_room = true;
        open.done(open.outcome);
    }
}

void broker::release(held_answer&& one) {
    auto* owner = dynamic_cast<session*>(slots_.find(one.whose));
    auto* online = owner == nullptr ? nullptr : owner->online();
    switch (one.what) {
    case held_answer::kind::acknowledgement:
        return acknowledge(one);
    case held_answer::kind::packet:
        if (owner != nullptr)
            owner->on_safe(one.packet, one.packet_id);
        return;
    case held_answer::kind::subscription:
        if (online != nullptr) {
            online->answer(std::move(*one.answer));
            owner->send_waiting();
        }
        return;
    case held_answer::kind::resume:
        if (online != nullptr)
            resume_now(*owner);
        return;
    case held_answer::kind::admission:
        if (const auto found = admissions_.find(one.number); found != admissions_.end()) {
            auto waiting = std::move(found->second);
            admissions_.erase(found);
            admit_now(std::move(waiting));
        }
        return;
    case held_answer::kind::receipt:
        return finish_receipt(one.number);
    case held_answer::kind::tally:
        return fanout_.outgoing()[one.origin].tallies.push_back(one.tally);
    case held_answer::kind::document:
        return finish_document(one.number, true);
    }
}

// There is no room for what the answer is about. True: it was answered otherwise, or not at all;
// what has no word for that goes on waiting for room.
bool broker::refuse_held(held_answer& one) {
    if (one.what == held_answer::kind::receipt) {
        const auto found = receipts_.find(one.number);
        if (found != receipts_.end()) {
            found->second.outcome.reason = reason::quota_exceeded;
            found->second.outcome.no_room = true;
        }
        finish_receipt(one.number);
        return true;
    }
    if (one.what == held_answer::kind::document) {
        finish_document(one.number, false);
        return true;
    }
    if (one.what != held_answer::kind::acknowledgement)
        return false;
    auto* owner = dynamic_cast<session*>(slots_.find(one.whose));
    auto* online = owner == nullptr ? nullptr : owner->online();
    if (online == nullptr)
        return false;
    if (online->level() != version::v5) {
        refuse_full(*online);
        return false; // the session may be back when there is room; its client sends it again
    }
    if (one.qos == qos::exactly_once)
        owner->close_received(one.packet_id); // the identifier is free again, section 4.3.3
    one.outcome = reason::quota_exceeded;
    receipts_.erase(one.number);
    acknowledge(one);
    return true;
}

void broker::acknowledge(const held_answer& what) {
    auto* owner = dynamic_cast<session*>(slots_.find(what.whose));
    if (owner == nullptr)
        return;
    const bool was_waiting = owner->online() != nullptr && owner->online()->waits_for_store();
    owner->let_go_received(what.qos);
    if (owner->online() == nullptr)
        return;
    owner->online()->acknowledge(what.qos, what.packet_id, what.outcome);
    if (was_waiting)
        owner->online()->where().resume();
}

// One of those that a receipt waits for has answered.
void broker::finish_receipt(std::uint64_t number) {
    const auto found = receipts_.find(number);
    if (found == receipts_.end() || --found->second.answers_left != 0)
        return;
    if (!found->second.done)
        return; // release_held looks at it
    const auto finished = std::move(found->second);
    receipts_.erase(found);
    finished.done(finished.outcome);
}

void broker::drop_expired() {
    for (auto& gone : common_.documents.take_expired(room_.now.wall))
        if (recorder_)
            recorder_->keep(std::move(gone));
    std::vector<message_ptr> expired; // bound: expired_at_once_max
    {
        const std::unique_lock hold(common_.lock);
        expired = common_.retained.take_expired(room_.now.steady, expired_at_once_max);
        for (const auto& dropped : expired)
            common_.kept.keep_retained(nullptr, dropped);
    }
    for (const auto& dropped : expired)
        tell_expired(common_, dropped);
}

} // namespace mqtt
