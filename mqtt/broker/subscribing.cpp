// SUBSCRIBE and UNSUBSCRIBE, MQTT 5 sections 3.8 to 3.11.
#include "mqtt/broker/broker.hpp"
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

// Adds one subscription and collects the retained messages that are due for it. requires:
// common_.lock is held
reason broker::subscribe_one(session& owner, const connection& from,
                             const subscription_request& request, std::uint32_t identifier,
                             std::vector<message_ptr>& snapshot) {
    if (!is_subscription_filter(request.filter))
        return reason::topic_filter_invalid;
    if (!common_.door.authorize(owner.who(), operation::subscribe, plain_filter(request.filter)))
        return reason::not_authorized;
    const auto known = owner.subscriptions.find(request.filter);
    const bool is_new = known == owner.subscriptions.end();
    if (is_new && owner.subscriptions.size() >= subscriptions_per_client_max)
        return reason::quota_exceeded;
    const auto level = lesser(request.qos, from.bounds().max_qos);
    const session::subscription mine{level, identifier};
    const bool shared = is_shared(request.filter);
    if (is_new)
        owner.subscriptions.emplace(std::string(request.filter), mine);
    else
        known->second = mine;
    owner.shared_subscriptions += is_new && shared ? 1 : 0;
    common_.subscriptions.insert(
        request.filter, owner.id(),
        {level, request.no_local, request.retain_as_published, identifier});
    const bool wants_retained = request.retain_handling == 0 ||           // [MQTT-3.3.1-9]
                                (request.retain_handling == 1 && is_new); // [MQTT-3.3.1-10]
    if (wants_retained && !shared) // section 4.8.2: none for a shared one
        common_.retained.for_each_match(request.filter, {}, [&](const message_ptr& found) {
            if (found->expires_at() > room_.now.steady)
                snapshot.push_back(found);
            return true;
        });
    return granted(level); // [MQTT-3.8.4-7]
}

void broker::on_subscribe(connection& from, const subscribe& packet) {
    auto& owner = *from.owner();
    const auto identifier = packet.props.number(property_id::subscription_identifier).value_or(0);
    suback answer;
    answer.packet_id = packet.packet_id;
    std::vector<std::vector<message_ptr>> snapshots(packet.requests.size());
    {
        const std::unique_lock hold(common_.lock);
        for (std::size_t i = 0; i < packet.requests.size(); ++i)
            answer.reasons.push_back(subscribe_one(owner, from, packet.requests[i], identifier,
                                                   snapshots[i])); // [MQTT-3.8.4-6]
        common_.generation.fetch_add(1, std::memory_order_release);
    }
    from.answer(from.level() == version::v3_1 ? in_words_of_3_1(answer, packet)
                                              : answer); // [MQTT-3.8.4-1] [MQTT-3.8.4-2]
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
        if (is_error(answer.reasons[i]))
            continue;
        room_.log.subscribed(owner.client_id() + " " + std::to_string(to_byte(answer.reasons[i])) +
                             " " + std::string(packet.requests[i].filter));
        const auto level = static_cast<qos>(to_byte(answer.reasons[i]));
        const auto identifiers = std::span(&identifier, identifier == 0 ? 0U : 1U);
        for (const auto& found : snapshots[i])
            owner.deliver_snapshot(found, outgoing_qos(level, found->qos(), common_.bounds),
                                   identifiers);
    }
    owner.send_waiting();
}

void broker::on_unsubscribe(connection& from, const unsubscribe& packet) {
    auto& owner = *from.owner();
    suback answer;
    answer.type = packet_type::unsuback;
    answer.packet_id = packet.packet_id;
    {
        const std::unique_lock hold(common_.lock);
        for (const auto filter : packet.filters) {
            const auto known = owner.subscriptions.find(filter); // [MQTT-3.10.4-1]
            if (known == owner.subscriptions.end()) {
                answer.reasons.push_back(reason::no_subscription_existed);
                continue;
            }
            common_.subscriptions.erase(filter, owner.id());
            owner.shared_subscriptions -= is_shared(filter) ? 1 : 0;
            owner.subscriptions.erase(known);
            answer.reasons.push_back(reason::success);
        }
        common_.generation.fetch_add(1, std::memory_order_release);
    }
    for (const auto filter : packet.filters)
        room_.log.unsubscribed(owner.client_id() + " " + std::string(filter));
    from.answer(answer); // [MQTT-3.10.4-4] [MQTT-3.10.4-5]
}

} // namespace mqtt
