#include "mqtt/session/session.hpp"

#include <algorithm>
#include <utility>

namespace mqtt {
namespace {

// Counts what a change did to the queue.
class queue_watch {
public:
    queue_watch(turn& room, const std::unique_ptr<outbound>& watched)
        : room_(room), watched_(watched), before_(waiting()) {}
    ~queue_watch() { room_.done.messages_queued += waiting() - before_; }
    queue_watch(const queue_watch&) = delete;
    queue_watch& operator=(const queue_watch&) = delete;

private:
    std::int64_t waiting() const {
        return watched_ ? static_cast<std::int64_t>(watched_->waiting()) : 0;
    }
    turn& room_;
    const std::unique_ptr<outbound>& watched_;
    std::int64_t before_;
};

outbound_message message_of(const delivery& what) {
    return {what.what.keep(),
            what.qos,
            what.retain,
            {what.subscription_ids.begin(), what.subscription_ids.end()},
            false,
            what.group};
}

} // namespace

session::session(turn& room, identity who, subscriber_id id)
    : room_(room), who_(std::move(who)), id_(id) {}

session::~session() {
    if (to_send_)
        room_.done.messages_queued -= static_cast<std::int64_t>(to_send_->waiting());
}

std::vector<outbound_message>
session::take_shared(const std::function<bool(const shared_group&)>& movable) {
    const queue_watch watch(room_, to_send_);
    return to_send_ ? to_send_->take_shared(movable) : std::vector<outbound_message>{};
}

void session::attach(connection& online, identity who, std::uint16_t window) {
    online_ = &online;
    since_ = room_.now.wall;
    who_ = std::move(who);
    const auto allowed = room_.bounds.max_inflight_messages;
    window_ = allowed == 0 ? window : std::min(window, allowed); // [MQTT-4.9.0-1]
    if (to_send_)
        to_send_->set_window(window_);
}

void session::detach() {
    paused_ = false;
    if (online_ != nullptr) {
        online_->forget_owner();
        since_ = room_.now.wall;
    }
    online_ = nullptr;
}

void session::keep_as(std::uint64_t key) {
    key_ = room_.kept == nullptr ? 0 : key;
    if (to_send_)
        to_send_->keep_in(key_ == 0 ? nullptr : room_.kept, key_);
}

void session::restore(outbound_message message, std::uint16_t packet_id, bool released) {
    const queue_watch watch(room_, to_send_);
    to_send_now().restore(std::move(message), packet_id, released);
}

void session::open_received(std::uint16_t packet_id) {
    received_.open(packet_id);
    if (key_ != 0)
        room_.kept->opened(key_, packet_id);
}

bool session::close_received(std::uint16_t packet_id) {
    const bool was_open = received_.close(packet_id);
    if (was_open && key_ != 0)
        room_.kept->closed(key_, packet_id);
    return was_open;
}

outbound& session::to_send_now() {
    if (!to_send_) {
        to_send_ = std::make_unique<outbound>();
        to_send_->set_window(window_);
        if (key_ != 0)
            to_send_->keep_in(room_.kept, key_);
    }
    return *to_send_;
}

delivered session::deliver_once_at_most(const delivery& what) {
    const bool behind = to_send_ && (to_send_->has_snapshot() || to_send_->has_quiet());
    if (online_ != nullptr && !behind) { // [MQTT-4.6.0-5]
        if (online_->is_full() ||
            !online_->send(what.what, what.qos, what.retain, 0, what.subscription_ids))
            return delivered::dropped;
        return delivered::sent;
    }
    if (online_ == nullptr && puller_ == nullptr && !room_.bounds.queue_qos0_messages)
        return delivered::dropped;
    const queue_watch watch(room_, to_send_);
    return wait(message_of(what));
}

// The queue's limits are the operator's, and of who reads it without a connection.
delivered session::wait(outbound_message message) {
    auto& out = to_send_now();
    const auto& bounds = room_.bounds;
    if (puller_ == nullptr || online_ != nullptr)
        return out.wait(std::move(message), bounds) ? delivered::queued : delivered::dropped;
    auto most = puller_->queue_max();
    if (most == 0 || (bounds.max_queued_messages != 0 && bounds.max_queued_messages < most))
        most = bounds.max_queued_messages;
    const auto bytes = message.what->payload().size();
    const bool fits = bounds.max_queued_bytes == 0 || bytes <= bounds.max_queued_bytes;
    if (puller_->drops_oldest() && fits)
        puller_->made_room(out.make_room(bytes, most, bounds.max_queued_bytes));
    if (!out.wait(std::move(message), most, bounds.max_queued_bytes)) {
        puller_->refused();
        return delivered::dropped;
    }
    puller_->arrived();
    return delivered::queued;
}

// One queue for all topics. [MQTT-4.6.0-6] [MQTT3-4.6.0-5]
bool session::is_ready() const {
    if (online_ == nullptr || paused_ || online_->is_full())
        return false;
    return !to_send_ || (to_send_->has_room() && !to_send_->has_waiting());
}

delivered session::deliver(const delivery& what) {
    if (what.qos == qos::at_most_once)
        return deliver_once_at_most(what);
    auto& out = to_send_now();
    auto message = message_of(what);
    const queue_watch watch(room_, to_send_);
    if (!is_ready())
        return wait(std::move(message));
    const auto packet_id = out.start(std::move(message));
    if (waits_for_ledger(what.qos, packet_id))
        return delivered::sent;
    if (online_->send(what.what, what.qos, what.retain, packet_id, what.subscription_ids))
        return delivered::sent;
    out.discard(
        packet_id); // too large for this client: dropped, as if it had been sent [MQTT-3.1.2-25]
    return delivered::dropped;
}

void session::deliver_snapshot(const message_ptr& what, mqtt::qos level,
                               std::span<const std::uint32_t> subscription_ids) {
    const queue_watch watch(room_, to_send_);
    // [MQTT3-3.3.1-8] [MQTT31-retain-1]
    to_send_now().wait_as_snapshot(
        {what, level, true, {subscription_ids.begin(), subscription_ids.end()}, true});
    if (puller_ != nullptr && online_ == nullptr)
        puller_->arrived();
}

bool session::send_started(outbound_message message) {
    frames one(message.what, 1, room_.now, room_.ids, room_.framing, room_.blocks);
    const auto level = message.qos;
    const auto retain = message.retain;
    const auto ids = message.subscription_ids;
    if (level == qos::at_most_once)
        return online_->send(one, level, retain, 0, ids);
    const auto packet_id = to_send_->start(std::move(message));
    if (waits_for_ledger(level, packet_id) || online_->send(one, level, retain, packet_id, ids))
        return true;
    to_send_->discard(packet_id);
    return false;
}

// Until its identifier is safe a QoS 2 message stays here: after a crash in between the client
// would get it again by another one.
bool session::waits_for_ledger(mqtt::qos level, std::uint16_t packet_id) {
    if (key_ == 0 || level != qos::exactly_once ||
        !room_.kept->hold(id_, packet_type::publish, packet_id))
        return false;
    to_send_->hold(packet_id);
    return true;
}

void session::send_held(std::uint16_t packet_id) {
    const auto* entry = to_send_ ? to_send_->let_go(packet_id) : nullptr;
    if (entry == nullptr || online_ == nullptr || paused_)
        return; // it goes out with what is sent again
    const auto message = entry->message;
    frames one(message.what, 1, room_.now, room_.ids, room_.framing, room_.blocks);
    if (!online_->send(one, message.qos, message.retain, packet_id, message.subscription_ids))
        to_send_->discard(packet_id);
}

void session::on_safe(packet_type what, std::uint16_t packet_id) {
    if (what == packet_type::publish)
        send_held(packet_id);
    else if (online_ != nullptr)
        online_->send(what, packet_id, reason::success);
}

void session::drop_waiting_if(const std::function<bool(const message&)>& forbidden) {
    const queue_watch watch(room_, to_send_);
    if (to_send_)
        to_send_->drop_waiting_if(forbidden);
}

void session::for_each_waiting(const std::function<void(const message&)>& visit) const {
    if (to_send_)
        to_send_->for_each_waiting(visit);
}

void session::for_each_pending(
    const std::function<bool(const outbound_message&, bool)>& visit) const {
    if (to_send_)
        to_send_->for_each_pending(visit);
}

std::size_t
session::take_pending(const std::function<outbound::step(const outbound_message&)>& choose) {
    const queue_watch watch(room_, to_send_);
    return to_send_ ? to_send_->take_pending(choose) : 0;
}

void session::send_waiting() {
    if (!to_send_ || online_ == nullptr || paused_)
        return;
    send_again();
    const queue_watch watch(room_, to_send_);
    outbound_message message;
    while (to_send_->has_room() && !online_->is_full() &&
           to_send_->take_waiting(message, room_.now.steady))
        send_started(std::move(message));
}

// [MQTT31-retry-2 deviates: nothing is sent again while the connection lasts; TCP does that]
// What a reconnect found in flight, as far as the window goes. bound: the window, in bytes of
// messages that the client was sent before
// [MQTT-4.3.3-7]: what was sent once does not expire
void session::send_again() {
    while (const auto* entry = to_send_->take_again()) {
        if (entry->stage == outbound::stage::released) {
            online_->send(packet_type::pubrel, entry->packet_id, reason::success); // [MQTT-4.4.0-1]
            continue;
        }
        const auto& message = entry->message;
        if (!online_->send_again(*message.what, message.qos, message.retain, entry->packet_id,
                                 message.subscription_ids))
            to_send_->discard(entry->packet_id); // too large for this client now [MQTT-3.1.2-25]
    }
}

void session::resume() {
    if (!to_send_)
        return;
    to_send_->start_again(); // [MQTT3-4.4.0-1] [MQTT31-retry-1]
    send_waiting();
}

// Once PUBREL is out the client forgets the identifier, so that it has to be safe that we may not
// send the message again.
void session::release(std::uint16_t packet_id) {
    const bool known = to_send_->release(packet_id);
    if (known && key_ != 0 && room_.kept->hold(id_, packet_type::pubrel, packet_id))
        return;
    online_->send(packet_type::pubrel, packet_id, // [MQTT-4.3.3-4] [MQTT3-4.3.3-1]
                  known ? reason::success : reason::packet_identifier_not_found);
}

void session::note_acknowledged(std::uint16_t packet_id) {
    const auto* what = to_send_ ? to_send_->sent_as(packet_id) : nullptr;
    if (what != nullptr && room_.awaited.ids.contains(what->id()))
        room_.awaited.acknowledged.push_back(what->id());
}

void session::on_acknowledgement(const acknowledgement& packet) {
    auto& out = to_send_now();
    if (!room_.awaited.ids.empty() && !is_error(packet.reason) &&
        packet.type != packet_type::pubcomp)
        note_acknowledged(packet.packet_id);
    switch (packet.type) {
    case packet_type::puback:
        out.finish(packet.packet_id, qos::at_least_once); // [MQTT-4.4.0-2] [MQTT-4.8.2-6]
        break;
    case packet_type::pubrec:
        if (is_error(packet.reason)) {
            out.finish(packet.packet_id, qos::exactly_once); // [MQTT-4.4.0-2] [MQTT-4.8.2-6]
            break;
        }
        release(packet.packet_id);
        break;
    default:
        out.complete(packet.packet_id);
        break;
    }
    send_waiting();
}

} // namespace mqtt
