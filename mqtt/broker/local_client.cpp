#include "mqtt/broker/local_client.hpp"

#include "mqtt/auth/reserved_topics.hpp"
#include "mqtt/broker/broker.hpp"
#include "mqtt/broker/client_events.hpp"
#include "mqtt/codec/properties.hpp"
#include "mqtt/types/topic.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace mqtt {
namespace {

constexpr std::size_t field_bytes_max = 65'535; // of a text or binary property, MQTT 5 section 1.5

bool is_text_field(std::string_view text) {
    return text.size() <= field_bytes_max && is_utf8_string(text);
}

reason check_properties(const publish_request& what) {
    const auto& props = what.properties;
    if (props.user.size() + 5 > properties_per_packet_max)
        return reason::quota_exceeded;
    if (!is_text_field(props.content_type) || props.correlation.size() > field_bytes_max)
        return reason::malformed_packet;
    for (const auto& [name, value] : props.user)
        if (!is_text_field(name) || !is_text_field(value))
            return reason::malformed_packet;
    if (!props.response_topic.empty() && !is_topic_name(props.response_topic))
        return reason::topic_name_invalid; // [MQTT-3.3.2-14]
    if (props.payload_is_utf8.value_or(false) && !is_utf8(what.payload))
        return reason::payload_format_invalid;
    return reason::success;
}

reason check_request(const publish_request& what, const limits& bounds) {
    if (!is_topic_name(what.topic))
        return reason::topic_name_invalid; // [MQTT-3.3.2-2]
    const auto payload_max =
        bounds.message_size_limit == 0 ? varint_max : bounds.message_size_limit;
    const auto packet_max = bounds.max_packet_size == 0 ? varint_max : bounds.max_packet_size;
    if (what.payload.size() > payload_max ||
        what.payload.size() + what.topic.size() + 5 > packet_max)
        return reason::packet_too_large;
    if (what.retain && !bounds.retain_available)
        return reason::retain_not_supported;
    return check_properties(what);
}

// The same publish by an MQTT 3.1.1 client: PUBLISH, and what acknowledges it.
std::uint32_t mqtt_bytes(const publish_request& what) {
    publish packet;
    packet.qos = what.qos;
    packet.topic = what.topic;
    packet.payload = what.payload;
    constexpr std::size_t acknowledgement_bytes[] = {0, 4, 12};
    return static_cast<std::uint32_t>(encoded_size(packet, version::v3_1_1) +
                                      acknowledgement_bytes[to_number(what.qos)]);
}

} // namespace

// A sink with filters, seated among the shard's subscribers.
class local_subscription final : public subscriber, public local_client::subscription {
public:
    local_subscription(broker& hub, const access& door, message_sink& sink, const identity& who)
        : hub_(hub), door_(door), sink_(sink), who_(who), id_(hub.slots_.reserve()) {
        hub_.slots_.seat(id_, *this);
        if (!hub_.common_.limits_receiving)
            return;
        const std::unique_lock hold(hub_.common_.lock);
        hub_.common_.receivers.set(id_, std::make_shared<const identity>(who));
    }
    ~local_subscription() override {
        {
            const std::unique_lock hold(hub_.common_.lock);
            for (const auto& filter : filters_)
                hub_.common_.subscriptions.erase(filter, id_);
            hub_.common_.receivers.erase(id_);
            hub_.common_.generation.fetch_add(1, std::memory_order_release);
        }
        for (const auto& filter : filters_)
            tell_unsubscribed(hub_.common_, who_, filter);
        hub_.slots_.release(id_);
    }
    local_subscription(const local_subscription&) = delete;
    local_subscription& operator=(const local_subscription&) = delete;

    std::vector<reason> verdicts_on(const subscribe_request& what) const {
        std::vector<reason> verdicts;
        for (const auto& filter : what.filters) {
            auto verdict = static_cast<reason>(to_number(what.qos));
            if (!is_topic_filter(filter) || is_shared(filter))
                verdict = reason::topic_filter_invalid;
            else if (!what.awaits_reply && !door_.allows(who_, operation::subscribe, filter))
                verdict = reason::not_authorized;
            verdicts.push_back(verdict); // bound: the caller's list
        }
        return verdicts;
    }

    // One step under the lock, so that the snapshot and what comes live fit together.
    void begin(const subscribe_request& what, const std::vector<reason>& verdicts) {
        const auto before = filters_.size();
        std::vector<message_ptr> snapshot;
        {
            const std::unique_lock hold(hub_.common_.lock);
            for (std::size_t i = 0; i < what.filters.size(); ++i)
                if (!is_error(verdicts[i]))
                    add_one(what.filters[i], what, snapshot);
            hub_.common_.generation.fetch_add(1, std::memory_order_release);
        }
        // What an earlier filter selects was delivered when that one came, or live since then.
        if (before != 0)
            std::erase_if(snapshot, [&](const message_ptr& found) {
                return std::any_of(filters_.begin(),
                                   filters_.begin() + static_cast<std::ptrdiff_t>(before),
                                   [&](const auto& each) { return matches(each, found->topic()); });
            });
        for (std::size_t i = 0; i < what.filters.size(); ++i)
            if (!is_error(verdicts[i]))
                tell_subscribed(hub_.common_, who_, what.filters[i], what.qos);
        if (filters_.size() > 1) { // overlapping filters find the same message; it comes once
            std::sort(snapshot.begin(), snapshot.end(), [](const auto& left, const auto& right) {
                return left->topic() < right->topic();
            });
            snapshot.erase(std::unique(snapshot.begin(), snapshot.end()), snapshot.end());
        }
        for (const auto& found : snapshot)
            sink_.on_message(found, outgoing_qos(what.qos, found->qos(), hub_.common_.bounds),
                             true);
    }

    delivered deliver(const delivery& what) override {
        hub_.counts_.add(metric::messages_sent);
        sink_.on_message(what.what.keep(), what.qos, what.retained);
        return delivered::sent;
    }

    const identity* whose() const override { return &who_; }

    std::span<const reason> granted() const override { return granted_; }
    void set_granted(std::vector<reason> reasons) { granted_ = std::move(reasons); }

    std::vector<reason> add(const subscribe_request& what) override {
        hub_.enter();
        auto verdicts = verdicts_on(what);
        begin(what, verdicts);
        return verdicts;
    }

    bool remove(std::string_view filter) override {
        const auto at = std::find(filters_.begin(), filters_.end(), filter);
        if (at == filters_.end())
            return false;
        hub_.enter();
        const std::unique_lock hold(hub_.common_.lock);
        hub_.common_.subscriptions.erase(*at, id_);
        hub_.common_.generation.fetch_add(1, std::memory_order_release);
        filters_.erase(at);
        return true;
    }

    std::span<const std::string> filters() const override { return filters_; }
    std::uint64_t number() const override { return number_of(id_); }

private:
    void add_one(const std::string& filter, const subscribe_request& what,
                 std::vector<message_ptr>& snapshot) {
        subscription_options options;
        options.qos = what.qos;
        options.no_local = what.no_local;
        options.retain_as_published = true;
        if (!hub_.common_.subscriptions.insert(filter, id_, options))
            return; // it was there, and so is what it selects
        filters_.push_back(filter);
        if (what.retained == retained_delivery::none)
            return;
        hub_.common_.retained.for_each_match(filter, {}, [&](const message_ptr& found) {
            if (found->id() > what.retained_after && found->expires_at() > hub_.room_.now.steady &&
                hub_.common_.door.allows(who_, operation::receive, found->topic()))
                snapshot.push_back(found);
            return true;
        });
    }

    broker& hub_;
    const access& door_;
    message_sink& sink_;
    const identity who_;
    subscriber_id id_;
    std::vector<std::string> filters_; // bound: the caller's list
    std::vector<reason> granted_;
};

local_client::local_client(broker& hub, access& door, identity who)
    : hub_(hub), door_(door), who_(std::move(who)) {}

bool local_client::authorized(operation what, std::string_view topic) const {
    return door_.allows(who_, what, topic);
}

void local_client::settle(operation what, std::string_view topic_or_filter,
                          std::function<void()> then) {
    hub_.enter();
    hub_.settle(who_, what, topic_or_filter, std::move(then));
}

bool local_client::still_good() const {
    return door_.still_good(who_);
}

void local_client::limit_rate(const publish_rate& rate) {
    hub_.enter();
    rate_ = rate;
    bucket_ = rate.any() ? hub_.common_.rates.of(rate_key(who_), hub_.room_.now.steady) : nullptr;
}

void local_client::publish(const publish_request& what,
                           std::function<void(const publish_outcome&)> done) {
    hub_.enter();
    if (bucket_ == nullptr)
        return hub_.publish_local(what, who_, std::move(done));
    const auto standing = bucket_->take(token_rate::of(rate_), hub_.room_.now.steady);
    if (!standing.allowed) {
        publish_outcome refused;
        refused.reason = reason::message_rate_too_high;
        refused.rate = standing;
        return done(refused);
    }
    hub_.publish_local(what, who_, [standing, done = std::move(done)](publish_outcome outcome) {
        outcome.rate = standing;
        done(outcome);
    });
}

reason local_client::check(const publish_request& what) const {
    return hub_.check_local(what, who_);
}

reason broker::check_local(const publish_request& what, const identity& who) const {
    const auto found = check_request(what, common_.bounds);
    return found == reason::success && !may_publish(who, what.topic) ? reason::not_authorized
                                                                     : found;
}

void broker::publish_local(const publish_request& what, const identity& who,
                           std::function<void(const publish_outcome&)> done) {
    publish_outcome outcome;
    outcome.reason = check_local(what, who);
    if (outcome.reason == reason::success && is_control(what.topic)) {
        if (!common_.door.take_order(who, what.topic, what.payload))
            outcome.reason = reason::not_authorized;
        return done(outcome);
    }
    if (outcome.reason != reason::success)
        return done(outcome);

    const auto forwarded = forwarded_properties(what.properties);
    const publication message{what.topic, what.payload, forwarded, what.qos,
                              what.retain && !is_reply(what.topic)};
    if (!common_.door.inspects(who.realm))
        return route_local(message, what, std::move(done));
    // The caller's views hold until done is called.
    common_.door.inspect(who, message, back(), [this, what, done](const inspected& left) {
        if (left.reason != reason::success) {
            publish_outcome refused;
            refused.reason = left.reason;
            return done(refused);
        }
        fanout_.when_decided(left.topic, [this, left, what, done] {
            route_local({left.topic, left.payload, left.properties, left.qos, left.retain}, what,
                        done);
        });
    });
}

// What HTTP publishes goes its way: `what` names the terms, `message` is what is sent.
void broker::route_local(publication message, const publish_request& what,
                         std::function<void(const publish_outcome&)> done) {
    publish_outcome outcome;
    if (what.expiry)
        message.expires_at = room_.now.steady + std::chrono::seconds(*what.expiry);
    publish_terms terms;
    terms.require_subscriber = what.require_subscriber;
    terms.receipt = ++last_receipt_;
    terms.await = what.on_acknowledged != nullptr;
    terms.unheard_by = what.unheard_by;
    const auto& asked = what.condition;
    if (what.retain && (asked.id_is || asked.must_exist || asked.must_be_absent))
        terms.condition = &asked;
    const auto result = fanout_.publish(message, terms);
    count_both(metric::messages_received, what.by, 1);
    counts_.add(metric::payload_bytes_received, what.by,
                static_cast<std::int64_t>(what.payload.size()));
    counts_.add(metric::messages_from_http);

    outcome.no_room = result.no_room;
    outcome.condition_failed = result.condition_failed;
    outcome.previous = result.previous;
    outcome.id = result.id != 0 ? result.id : common_.ids.next();
    outcome.matched = result.matched;
    outcome.sent = result.sent;
    outcome.queued = result.queued;
    outcome.mqtt_bytes = mqtt_bytes(what);
    outcome.awaited = result.awaited;
    if (terms.await)
        await_acknowledgements(what, terms.receipt, result);
    if (result.no_room || result.over_limit)
        outcome.reason = reason::quota_exceeded;
    else if (result.matched == 0 && !result.condition_failed)
        outcome.reason = reason::no_matching_subscribers;
    const bool waits = result.kept_at != 0 && what.qos != qos::at_most_once && common_.kept.holds();
    if (result.shards_asked == 0 && !waits)
        return done(outcome);
    receipts_.emplace(terms.receipt, open_receipt{result.shards_asked + (waits ? 1 : 0), outcome,
                                                  std::move(done)});
    if (!waits)
        return;
    held_answer one{held_answer::kind::receipt};
    one.number = terms.receipt;
    held_.add(std::move(one));
}

bool local_client::is_congested() const {
    return hub_.is_congested();
}

std::unique_ptr<local_client::subscription>
local_client::subscribe(const subscribe_request& what, message_sink& sink, reason& failure) {
    hub_.enter();
    auto made = std::make_unique<local_subscription>(hub_, door_, sink, who_);
    auto verdicts = made->verdicts_on(what);
    failure = reason::success;
    if (std::all_of(verdicts.begin(), verdicts.end(), is_error)) {
        failure = verdicts.empty() ? reason::topic_filter_invalid : verdicts.front();
        return nullptr;
    }
    made->begin(what, verdicts);
    made->set_granted(std::move(verdicts));
    return made;
}

message_ptr local_client::retained(std::string_view topic) const {
    hub_.enter();
    const std::shared_lock hold(hub_.common_.lock);
    auto found = hub_.common_.retained.find(topic);
    const bool expired = found && found->expires_at() <= hub_.room_.now.steady;
    return expired || !found || !authorized(operation::receive, topic) ? nullptr : found;
}

message_ptr local_client::last_value(std::string_view topic) const {
    const auto kept = retained(topic);
    auto found = hub_.common_.last_values.find(topic);
    if (!found || (kept && kept->id() > found->id()))
        return kept;
    const bool expired = found->expires_at() <= hub_.room_.now.steady;
    return expired || !authorized(operation::receive, topic) ? nullptr : found;
}

std::size_t local_client::subscriber_count(std::string_view topic) const {
    route found;
    const std::shared_lock hold(hub_.common_.lock);
    hub_.common_.subscriptions.match(topic, found);
    return found.receivers();
}

std::uint64_t local_client::newest_id() const {
    return hub_.common_.ids.newest();
}

retained_page local_client::retained_matching(std::string_view filter, std::size_t limit,
                                              std::string_view after, bool count) const {
    hub_.enter();
    retained_page page;
    const std::shared_lock hold(hub_.common_.lock);
    hub_.common_.retained.for_each_match(filter, count ? std::string_view{} : after,
                                         [&](const message_ptr& found) {
                                             if (found->expires_at() <= hub_.room_.now.steady ||
                                                 !authorized(operation::receive, found->topic()))
                                                 return true;
                                             ++page.total;
                                             if (!after.empty() && found->topic() <= after)
                                                 return true;
                                             if (page.messages.size() < limit) {
                                                 page.messages.push_back(found);
                                                 return true;
                                             }
                                             page.truncated = true;
                                             return count;
                                         });
    return page;
}

publish_properties properties_of(const message& what) {
    return readable_properties(what.properties());
}

std::optional<std::uint32_t> expiry_left(const message& what, steady_time now) {
    return remaining_expiry(what.expires_at(), now);
}

} // namespace mqtt
