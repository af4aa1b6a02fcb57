// How connections and sessions end: what is left behind, and for how long.
#include "mqtt/broker/broker.hpp"
#include "mqtt/broker/client_events.hpp"

#include <algorithm>
#include <mutex>

namespace mqtt {
namespace {

constexpr std::chrono::seconds closing_patience{2}; // for a peer that does not read our last words
constexpr std::chrono::seconds sweep_interval{30};  // of expired retained messages

} // namespace

void broker::opened(connection& fresh) {
    counts_.add(metric::connections_opened);
    connection_deadlines_.arm(fresh, room_.now.steady + connect_deadline);
}

void broker::handed_over(connection& leaving) {
    counts_.add(metric::connections_opened, -1);
    leaving.disarm();
}

void broker::linger(connection& closing) {
    connection_deadlines_.arm(closing, room_.now.steady + closing_patience);
}

void broker::lost(connection& gone) {
    counts_.add(metric::connections_closed);
    if (!admissions_.empty())
        boost::unordered::erase_if(admissions_, [&](const auto& entry) {
            if (entry.second.from != &gone)
                return false;
            common_.door.left(entry.second.who, reason::unspecified_error);
            return true;
        });
    if (gone.owner() == nullptr)
        return;
    room_.log.connection("Client " + gone.owner()->client_id() + " closed its connection.");
    leave(*gone.owner(), true); // [MQTT-3.1.2-8]
}

// The session loses its connection. requires: it has one
void broker::leave(session& owner, bool will_due) {
    common_.door.left(owner.who(), will_due ? reason::unspecified_error : reason::success);
    tell_disconnected(common_, *owner.online(), owner.who(), will_due ? "lost" : "disconnected");
    const auto how = way_of(owner.online()->by()->way);
    owner.detach();
    common_.clients.fetch_sub(1, std::memory_order_relaxed);
    count_both(metric::clients_connected, how, -1);
    const auto now = room_.now.steady;
    if (!will_due)
        owner.set_will(std::nullopt); // [MQTT-3.1.2-10] [MQTT3-3.1.2-10]
    const auto expires_at = owner.expiry() == session::never_expires
                                ? never
                                : now + std::chrono::seconds(owner.expiry());
    auto will_at = never;
    if (owner.will() != nullptr) // [MQTT-3.1.2-8]
        will_at = std::min(now + owner.will()->delay, expires_at);
    owner.set_expires_at(expires_at); // [MQTT-3.1.2-23]
    leave_groups(owner, expires_at <= now);
    if (expires_at > now)
        record(owner, will_at);
    session_deadlines_.arm(owner, std::min(expires_at, will_at));
    if (std::min(expires_at, will_at) <= now)
        on_deadline(owner);
}

void broker::on_deadline(session& due) {
    const auto now = room_.now.steady;
    if (due.online() != nullptr)
        return; // [MQTT-4.1.0-1] [MQTT3-4.1.0-2]
    if (const auto will = due.take_will())
        publish_will(*will, due.who(), due.id()); // [MQTT3-3.1.2-8] [MQTT31-connect-9]
    if (due.expires_at() <= now && pulls_.is_waited_for(due))
        due.set_expires_at(now + std::chrono::seconds(due.expiry()));
    if (due.expires_at() <= now) {
        counts_.add(metric::clients_expired, due.is_persistent() ? 1 : 0);
        return end_session(due); // [MQTT-4.1.0-2]
    }
    record(due);
    session_deadlines_.arm(due, due.expires_at()); // [MQTT3-4.1.0-1]
}

// A member of shared subscriptions is gone, for a while or for good: what it has not acknowledged
// goes to those who are there. What nobody else can take stays with it while it may come back.
// [MQTT-4.8.2-5]
void broker::leave_groups(session& owner, bool for_good) {
    if (owner.shared_subscriptions == 0)
        return;
    std::vector<const shared_group*> movable;
    {
        const std::unique_lock hold(common_.lock);
        for (const auto& entry : owner.subscriptions) {
            const auto group = common_.subscriptions.group(entry.first);
            if (!group)
                continue;
            group->set_online(owner.id(), false);
            const auto& members = group->members();
            if (std::any_of(members.begin(), members.end(), [&](const auto& each) {
                    return each.who != owner.id() && (each.online || for_good);
                }))
                movable.push_back(group.get());
        }
        common_.generation.fetch_add(1, std::memory_order_release);
    }
    const auto taken = owner.take_shared([&](const shared_group& group) {
        return std::find(movable.begin(), movable.end(), &group) != movable.end();
    });
    for (const auto& each : taken)
        fanout_.hand_on(each.what, each.group, owner.id(), each.entry);
}

void broker::return_to_groups(session& owner) {
    if (owner.shared_subscriptions == 0)
        return;
    const std::unique_lock hold(common_.lock);
    for (const auto& entry : owner.subscriptions)
        common_.subscriptions.set_online(entry.first, owner.id(), true);
    common_.generation.fetch_add(1, std::memory_order_release);
}

void broker::end_session(session& ended) {
    pulls_.ended(ended);
    leave_groups(ended, true);
    if (ended.is_kept()) {
        recorder_->forget(ended);
        ended.keep_as(0);
    }
    if (!ended.subscriptions.empty()) {
        const std::unique_lock hold(common_.lock);
        for (const auto& entry : ended.subscriptions)
            common_.subscriptions.erase(entry.first, ended.id());
        common_.generation.fetch_add(1, std::memory_order_release);
    }
    if (common_.limits_receiving) {
        const std::unique_lock hold(common_.lock);
        common_.receivers.erase(ended.id());
    }
    registry_.erase(ended); // what it retained stays [MQTT3-3.1.2-7]
    counts_.add(metric::sessions, -1);
}

void broker::take_over(session& owner, bool clean_start) {
    auto& old = *owner.online();
    room_.log.connection("Client " + owner.client_id() +
                         " already connected, closing the old connection.");
    old.end(reason::session_taken_over); // [MQTT-3.1.4-3] [MQTT3-3.1.4-2] [MQTT31-connect-6]
    connection_deadlines_.arm(old, room_.now.steady + closing_patience);
    common_.door.left(owner.who(), reason::session_taken_over);
    tell_disconnected(common_, old, owner.who(), "taken over");
    owner.detach();
    common_.clients.fetch_sub(1, std::memory_order_relaxed);
    count_both(metric::clients_connected, way_of(old.by()->way), -1);
    const auto will = owner.take_will();
    const bool ends = clean_start || owner.expiry() == 0;
    if (will && (will->delay.count() == 0 || ends)) // [MQTT-3.1.3-9] [MQTT-3.1.2-8]
        publish_will(*will, owner.who(), owner.id());
}

void broker::on_deadline(connection& due) {
    const auto now = room_.now.steady;
    if (due.now() == connection::state::closing)
        return due.where().abandon();
    if (due.now() != connection::state::online) { // CONNECT did not come in time, section 3.1.4
        due.end(reason::unspecified_error);       // [MQTT31-connect-14]
        return connection_deadlines_.arm(due, now + closing_patience);
    }
    auto& owner = *due.owner();
    if (owner.who().good_until <= room_.now.wall) {
        room_.log.connection("Client " + owner.client_id() +
                             " disconnected: its token has expired.");
        due.end(reason::not_authorized);
        connection_deadlines_.arm(due, now + closing_patience);
        return leave(owner, true);
    }
    if (due.alive().deadline() > now)
        return arm_deadline(due);
    room_.log.connection("Client " + owner.client_id() + " has exceeded timeout, disconnecting.");
    due.end(reason::keep_alive_timeout); // [MQTT-3.1.2-22] [MQTT3-3.1.2-24] [MQTT31-connect-13]
    connection_deadlines_.arm(due, now + closing_patience);
    leave(owner, true);
}

// When the client has to have been heard of, or its token ends. requires: it is online
void broker::arm_deadline(connection& online) {
    auto at = online.alive().deadline();
    const auto& who = online.owner()->who();
    if (who.good_until != wall_time::max())
        at = std::min(at, room_.now.steady + (who.good_until - room_.now.wall));
    connection_deadlines_.arm(online, at);
}

void broker::advance() {
    const auto now = room_.now.steady;
    connection_deadlines_.advance(now, [this](connection& due) { on_deadline(due); });
    session_deadlines_.advance(now, [this](session& due) { on_deadline(due); });
    pulls_.advance(now);
    if (system_topics_)
        system_topics_->advance(now);
    if (now < next_sweep_)
        return;
    next_sweep_ = now + sweep_interval;
    drop_late_watches();
    if (shard_ == 0)
        drop_expired();
}

void broker::shut_down(reason why) {
    stopping_ = true;
    registry_.for_each([&](session& each) {
        if (each.online() == nullptr)
            return;
        auto& old = *each.online();
        old.end(why);
        each.set_will(std::nullopt);
        each.detach();
        if (each.expiry() != session::never_expires)
            each.set_expires_at(room_.now.steady + std::chrono::seconds(each.expiry()));
        record(each);
        common_.clients.fetch_sub(1, std::memory_order_relaxed);
        count_both(metric::clients_connected, way_of(old.by()->way), -1);
    });
}

} // namespace mqtt
