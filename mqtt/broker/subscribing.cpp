// SUBSCRIBE and UNSUBSCRIBE, MQTT 5 sections 3.8 to 3.11.
#include "mqtt/broker/broker.hpp"
#include "mqtt/broker/client_events.hpp"
#include "mqtt/session/packet_text.hpp"
#include "mqtt/types/topic.hpp"

#include <algorithm>
#include <mutex>

namespace mqtt {
namespace {

reason granted(qos level) {
    return static_cast<reason>(to_number(level));
}

// What the filter selects, without the name of its group.
std::string_view plain_filter(std::string_view text) {
    const auto parts = parse_shared_filter(text);
    return parts ? parts->filter : text;
}

// MQTT 3.1 has no word for a subscription that is refused: the client hears the QoS that it asked
// for, and gets nothing. [MQTT31-subscribe-2]
suback in_words_of_3_1(suback answer, const subscribe& packet) {
    for (std::size_t i = 0; i < answer.reasons.size(); ++i)
        if (is_error(answer.reasons[i]))
            answer.reasons[i] = granted(packet.requests[i].qos);
    return answer;
}

} // namespace

// Adds one subscription and collects the retained messages that are due for it. The reasons are
// those of SUBACK. [MQTT-3.9.3-2] requires: common_.lock is held
reason broker::subscribe_one(session& owner, qos most, const subscription_request& request,
                             std::uint32_t identifier, std::vector<message_ptr>& snapshot) {
    if (!is_subscription_filter(request.filter))
        return reason::topic_filter_invalid; // never for a wildcard as such [MQTT3-3.8.3-2]
    if (!common_.door.allows(owner.who(), operation::subscribe, plain_filter(request.filter)))
        return reason::not_authorized;
    const auto known = owner.subscriptions.find(request.filter);
    const bool is_new = known == owner.subscriptions.end();
    if (is_new && owner.subscriptions.size() >= subscriptions_per_client_max)
        return reason::quota_exceeded;
    if (owner.is_kept() && !common_.kept.has_room())
        return reason::quota_exceeded;
    const auto level = lesser(request.qos, most); // [MQTT-3.2.2-10]
    const session::subscription mine{level, identifier, request.no_local,
                                     request.retain_as_published};
    const bool shared = is_shared(request.filter);
    if (is_new)
        owner.subscriptions.emplace(std::string(request.filter), mine);
    else
        known->second = mine;
    owner.shared_subscriptions += is_new && shared ? 1 : 0;
    const subscription_options options{level, request.no_local, request.retain_as_published,
                                       identifier};
    common_.subscriptions.insert(request.filter, owner.id(), options);
    if (owner.is_kept())
        recorder_->subscribed(owner, request.filter, options);
    // 0 also for a filter that was there [MQTT-3.8.4-4]; 2: never [MQTT-3.3.1-11]
    const bool wants_retained = request.retain_handling == 0 ||           // [MQTT-3.3.1-9]
                                (request.retain_handling == 1 && is_new); // [MQTT-3.3.1-10]
    if (wants_retained && !shared) // section 4.8.2: none for a shared one
        common_.retained.for_each_match(request.filter, {}, [&](const message_ptr& found) {
            if (found->expires_at() > room_.now.steady &&
                common_.door.allows(owner.who(), operation::receive, found->topic()))
                snapshot.push_back(found); // [MQTT3-3.3.1-6]
            return true;
        });
    return granted(level); // [MQTT-3.8.4-7] [MQTT3-3.8.4-5]
}

void broker::on_subscribe(connection& from, const subscribe& packet) {
    auto& owner = *from.owner();
    const auto identifier = packet.props.number(property_id::subscription_identifier).value_or(0);
    suback answer;
    answer.packet_id = packet.packet_id; // [MQTT-2.2.1-6] [MQTT3-2.3.1-7] [MQTT3-3.8.4-2]
    std::vector<std::vector<message_ptr>> snapshots(packet.requests.size());
    {
        const std::unique_lock hold(common_.lock);
        // [MQTT-3.8.4-5] [MQTT3-3.8.4-4], in their order [MQTT-3.9.3-1] [MQTT3-3.9.3-1]
        for (std::size_t i = 0; i < packet.requests.size(); ++i)
            answer.reasons.push_back(subscribe_one(owner, from.bounds().max_qos, packet.requests[i],
                                                   identifier, snapshots[i])); // [MQTT-3.8.4-6]
        common_.generation.fetch_add(1, std::memory_order_release);
    }
    // [MQTT3-3.8.4-1] [MQTT31-subscribe-1]
    this->answer(owner, from.level() == version::v3_1
                            ? in_words_of_3_1(answer, packet)
                            : suback(answer)); // [MQTT-3.8.4-1] [MQTT-3.8.4-2]
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
        if (answer.reasons[i] == reason::not_authorized)
            room_.log.connection("Client " + owner.client_id() + " may not subscribe to " +
                                 std::string(packet.requests[i].filter) + ".");
        if (is_error(answer.reasons[i]))
            continue;
        room_.log.subscribed(owner.client_id() + " " + std::to_string(to_byte(answer.reasons[i])) +
                             " " + std::string(packet.requests[i].filter));
        const auto level = static_cast<qos>(to_byte(answer.reasons[i]));
        tell_subscribed(common_, owner.who(), packet.requests[i].filter, level);
        // Only these come as copies of their own. [MQTT-3.3.4-5]
        const auto identifiers = std::span(&identifier, identifier == 0 ? 0U : 1U);
        for (const auto& found : snapshots[i])
            owner.deliver_snapshot(found, outgoing_qos(level, found->qos(), common_.bounds),
                                   identifiers);
    }
    if (!owner.is_kept() || !common_.kept.holds()) // else with SUBACK
        owner.send_waiting();
}

reason broker::subscribe_for(session& owner, const subscription_request& request) {
    const auto* online = owner.online();
    std::vector<message_ptr> snapshot;
    reason answer{};
    {
        const std::unique_lock hold(common_.lock);
        answer =
            subscribe_one(owner, online == nullptr ? qos::exactly_once : online->bounds().max_qos,
                          request, 0, snapshot);
        common_.generation.fetch_add(1, std::memory_order_release);
    }
    if (is_error(answer))
        return answer;
    room_.log.subscribed(owner.client_id() + " " + std::to_string(to_byte(answer)) + " " +
                         std::string(request.filter));
    for (const auto& found : snapshot)
        owner.deliver_snapshot(
            found, outgoing_qos(static_cast<qos>(to_byte(answer)), found->qos(), common_.bounds),
            {});
    owner.send_waiting();
    return answer;
}

// Of a session that is kept, only once the store has it.
void broker::answer(session& owner, suback&& packet) {
    if (!owner.is_kept() || !common_.kept.holds())
        return owner.online()->answer(std::move(packet));
    held_answer one{held_answer::kind::subscription};
    one.whose = owner.id();
    one.answer = std::make_unique<suback>(std::move(packet));
    held_.add(std::move(one));
}

// requires: common_.lock is held
reason broker::unsubscribe_one(session& owner, std::string_view filter) {
    // [MQTT-3.10.4-1] [MQTT3-3.10.4-1]
    const auto known = owner.subscriptions.find(filter);
    if (known == owner.subscriptions.end())
        return reason::no_subscription_existed;
    // Nothing new from here on [MQTT-3.10.4-2] [MQTT3-3.10.4-2]; what is under way stays
    // [MQTT-3.10.4-3] [MQTT3-3.10.4-3]
    common_.subscriptions.erase(filter, owner.id());
    owner.shared_subscriptions -= is_shared(filter) ? 1 : 0;
    if (owner.is_kept())
        recorder_->unsubscribed(owner, filter);
    owner.subscriptions.erase(known);
    return reason::success;
}

void broker::on_unsubscribe(connection& from, const unsubscribe& packet) {
    auto& owner = *from.owner();
    suback answer;
    answer.type = packet_type::unsuback;
    answer.packet_id = packet.packet_id; // [MQTT-2.2.1-6] [MQTT3-2.3.1-7]
    {
        const std::unique_lock hold(common_.lock);
        // [MQTT-3.10.4-6] [MQTT3-3.10.4-6], in their order [MQTT-3.11.3-1], with UNSUBACK's reasons
        // [MQTT-3.11.3-2]
        for (const auto filter : packet.filters)
            answer.reasons.push_back(unsubscribe_one(owner, filter));
        common_.generation.fetch_add(1, std::memory_order_release);
    }
    for (std::size_t i = 0; i < packet.filters.size(); ++i) {
        room_.log.unsubscribed(owner.client_id() + " " + std::string(packet.filters[i]));
        if (answer.reasons[i] == reason::success)
            tell_unsubscribed(common_, owner.who(), packet.filters[i]);
    }
    // [MQTT31-unsubscribe-1]
    this->answer(
        owner,
        std::move(answer)); // [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT3-3.10.4-4] [MQTT3-3.10.4-5]
}

} // namespace mqtt
