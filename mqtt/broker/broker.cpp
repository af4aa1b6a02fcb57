#include "mqtt/broker/broker.hpp"

#include "mqtt/auth/reserved_topics.hpp"
#include "mqtt/types/topic.hpp"

#include <algorithm>
#include <utility>

namespace mqtt {

broker::broker(shared_state& common, std::uint8_t shard, journal& log)
    : common_(common), shard_(shard), room_(common.bounds, common.ids, log), slots_(shard),
      registry_(room_, slots_), fanout_(common, shard, room_, slots_, counts_) {
    if (common_.kept.keeps()) {
        recorder_ = std::make_unique<recorder>(common_.kept, common_.ids, held_, shard_);
        room_.kept = recorder_.get();
    }
    fanout_.set_back(back());
    common_.counts.push_back(&counts_);
    common_.brokers.push_back(this);
    if (shard_ == 0)
        system_topics_ = std::make_unique<system_topics>(common_, fanout_);
}

std::uint8_t broker::home_of(std::string_view client_id) const {
    return static_cast<std::uint8_t>(std::hash<std::string_view>{}(client_id) % common_.shards());
}

void broker::begin_turn(const frames::now& at) {
    room_.now = at;
}

void broker::count_turn() {
    const auto done = std::exchange(room_.done, {});
    counts_.add(metric::messages_queued, done.messages_queued);
    for (std::size_t i = 0; i < done.by.size(); ++i) {
        const auto& sent = done.by[i];
        if (sent.packets_sent == 0)
            continue;
        const auto how = static_cast<way>(i);
        counts_.add(metric::publishes_sent, sent.publishes_sent);
        count_both(metric::packets_sent, how, sent.packets_sent);
        count_both(metric::messages_sent, how, sent.publishes_sent);
        count_both(metric::payload_bytes_sent, how, sent.payload_bytes_sent);
    }
}

// Whatever the door says: a plugin, too, can't open the broker's own topics.
bool broker::may_publish(const identity& who, std::string_view topic) const {
    return respects_reserved_topics(operation::publish, topic) &&
           common_.door.allows(who, operation::publish, topic);
}

void broker::tell(std::string_view topic, std::string_view payload, std::chrono::seconds lifetime) {
    publication what;
    what.topic = topic;
    what.payload = payload;
    what.qos = qos::exactly_once; // a subscriber gets the QoS that it was granted
    what.expires_at = room_.now.steady + lifetime;
    publish_own(what);
}

void broker::end_turn() {
    tell_acknowledged();
    release_held();
    if (recorder_)
        recorder_->hand_over();
    auto& outgoing = fanout_.outgoing();
    for (std::size_t shard = 0; shard < outgoing.size(); ++shard)
        if (!outgoing[shard].empty())
            common_.mailboxes[shard]->put(outgoing[shard]);
    count_turn();
}

void broker::take_mail() {
    const auto mail = common_.mailboxes[shard_]->take();
    for (const auto& arrived : mail.deliveries) {
        const auto done = fanout_.deliver(arrived);
        if (arrived.receipt == 0)
            continue;
        if (arrived.joint)
            recorder_->join({joint_number(arrived.origin, arrived.receipt), 0});
        held_answer one{held_answer::kind::tally};
        one.origin = arrived.origin;
        one.tally = {arrived.receipt, done.sent, done.queued, done.awaited, false};
        if (arrived.await)
            watch_for(arrived.what->id(), arrived.origin, arrived.receipt, done.awaited);
        if (done.kept_at != 0 && common_.kept.holds())
            held_.add(std::move(one));
        else
            release(std::move(one));
    }
    for (const auto& tally : mail.tallies) {
        if (tally.acknowledged) {
            count_acknowledged(tally.receipt);
            continue;
        }
        const auto found = receipts_.find(tally.receipt);
        if (found == receipts_.end())
            continue;
        found->second.outcome.sent += tally.sent;
        found->second.outcome.queued += tally.queued;
        found->second.outcome.awaited += tally.awaited;
        finish_receipt(tally.receipt);
    }
}

bool broker::is_congested() const {
    for (const auto& box : common_.mailboxes)
        if (box->is_crowded())
            return true;
    return common_.kept.is_crowded();
}

broker::read_outcome broker::receive(connection& from, std::string_view& input) {
    std::int64_t packets = 0;
    read_outcome outcome;
    const auto give_back = [&] { // it will be read, and counted, once more
        this->give_back(action_, input);
        --packets;
    };
    while (!outcome.closing && !outcome.handed_over && !from.is_full() && from.held_as() == 0 &&
           !from.is_throttled() && !from.waits_for_store()) {
        from.next(input, action_); // whatever the window holds [MQTT-4.9.0-3]
        if (action_.kind == action_kind::need_more)
            break;
        ++packets;
        switch (action_.kind) {
        case action_kind::connect:
            outcome.handed_over = on_connect(from, action_);
            if (outcome.handed_over)
                give_back();
            break;
        case action_kind::auth:
            on_auth(from, action_.auth);
            break;
        case action_kind::publish:
            if (is_over_rate(from) || postpone(from, action_))
                give_back();
            else
                on_publish(from, action_.publish);
            break;
        case action_kind::repeated:
            on_repeated(from, action_.publish.packet_id);
            break;
        case action_kind::subscribe:
            if (postpone(from, action_))
                give_back();
            else
                on_subscribe(from, action_.subscribe);
            break;
        case action_kind::unsubscribe:
            on_unsubscribe(from, action_.unsubscribe);
            break;
        case action_kind::disconnect:
            on_disconnect(from, action_.disconnect);
            outcome.closing = true;
            break;
        case action_kind::close:
            if (from.owner() != nullptr) {
                room_.log.connection("Client " + from.owner()->client_id() + " disconnected: " +
                                     std::string(row_of(action_.reason).name) + ".");
                leave(*from.owner(), true); // [MQTT-3.1.2-8]
            }
            outcome.closing = true;
            break;
        default:
            break;
        }
    }
    count_both(metric::packets_received, way_of(from.by()->way), packets);
    outcome.closing = outcome.closing || from.now() == connection::state::closing;
    return outcome;
}

// Whether the client has published too much. It is not read from until there is room again: the
// message stays where it is, the client's own output fills up, and nothing is lost.
bool broker::is_over_rate(connection& from) {
    const auto& rate = from.bounds().rate;
    if (!rate.any() || from.was_decided())
        return false; // nobody counts, or this one was counted when it came first
    if (from.bucket() == nullptr)
        from.set_bucket(common_.rates.of(rate_key(from.owner()->who()), room_.now.steady));
    const auto standing = from.bucket()->take(token_rate::of(rate), room_.now.steady);
    if (!standing.allowed)
        from.throttle(room_.now.steady + standing.until_allowed);
    return !standing.allowed;
}

// The packet lies right before the rest of the input.
void broker::give_back(const action& asked, std::string_view& input) const {
    input = {asked.raw.data(), asked.raw.size() + input.size()};
}

reason broker::route(connection& from, const publish& packet, publish_result& done) {
    const auto& owner = *from.owner();
    const auto changed = from.take_replacement(); // whose sender's right was looked at before
    if (!changed && !may_publish(owner.who(), packet.topic)) {
        if (from.is_new_denial(packet.topic))
            room_.log.connection("Client " + owner.client_id() + " may not publish to " +
                                 std::string(packet.topic) + ".");
        return reason::not_authorized;
    }
    if (!changed && is_control(packet.topic))
        return common_.door.take_order(owner.who(), packet.topic, packet.payload)
                   ? reason::success
                   : reason::not_authorized;
    publication what{packet.topic, packet.payload, packet.forwarded, packet.qos, packet.retain};
    if (changed && changed->reason != reason::success)
        return changed->reason;
    if (changed && (!is_topic_name(changed->topic) || changed->topic.starts_with('$')))
        return reason::topic_name_invalid; // nobody gets at the server's own topics by a detour
    if (changed)
        what = {changed->topic, changed->payload, changed->properties, changed->qos,
                changed->retain};
    what.retain = what.retain && !is_reply(what.topic);
    if (packet.expiry)
        what.expires_at = room_.now.steady + std::chrono::seconds(*packet.expiry);
    publish_terms terms;
    terms.publisher = owner.id();
    if (what.qos != qos::at_most_once && common_.kept.holds() && common_.shards() > 1)
        terms.receipt = ++last_receipt_;
    // Its identifier must not be known without its receivers, nor they without it: the one would
    // lose the message after a crash, the other would deliver it twice.
    terms.joint = terms.receipt != 0 && what.qos == qos::exactly_once && owner.is_kept();
    count_both(metric::messages_received, way_of(from.by()->way), 1);
    if (what.qos == qos::exactly_once && owner.is_kept() && !common_.kept.has_room())
        done.no_room = true; // its identifier could not be kept
    else
        done = fanout_.publish(what, terms);
    done.receipt = done.shards_asked == 0 ? 0 : terms.receipt;
    if (terms.joint && done.receipt != 0)
        recorder_->join({joint_number(shard_, done.receipt), done.shards_asked + 1});
    if (done.no_room || done.over_limit)
        return reason::quota_exceeded;
    return done.matched == 0 ? reason::no_matching_subscribers : reason::success;
}

void broker::on_publish(connection& from, const publish& packet) {
    const auto& owner = *from.owner();
    publish_result done;
    counts_.add(metric::publishes_received);
    count_both(metric::payload_bytes_received, way_of(from.by()->way),
               static_cast<std::int64_t>(packet.payload.size()));
    const auto outcome = route(from, packet, done);
    if (packet.qos == qos::at_most_once)
        return;
    if (done.no_room && from.level() != version::v5)
        return refuse_full(from); // it has no word for it, and silence would be taken for a yes
    from.take(packet, outcome);
    const bool waits =
        common_.kept.holds() && (done.kept_at != 0 || done.receipt != 0 ||
                                 (packet.qos == qos::exactly_once && owner.is_kept()));
    if (!waits && owner.received().held() == 0)
        return from.acknowledge(packet.qos, packet.packet_id, outcome);
    held_answer answer{held_answer::kind::acknowledgement};
    answer.whose = owner.id();
    answer.qos = packet.qos;
    answer.packet_id = packet.packet_id;
    answer.outcome = outcome;
    answer.number = done.receipt;
    if (done.receipt != 0)
        receipts_.emplace(done.receipt, open_receipt{done.shards_asked, {}, nullptr});
    from.owner()->hold_received(packet.qos);
    held_.add(std::move(answer)); // until the store has it, in order [MQTT3-4.6.0-6]
}

void broker::refuse_full(connection& from) {
    room_.log.connection("Client " + from.owner()->client_id() +
                         " disconnected: the disk is full, and its message could not be kept.");
    from.end(reason::quota_exceeded);
    linger(from);
    leave(*from.owner(), true);
}

// A repeat of a QoS 2 PUBLISH is answered like the first, and never before it. [MQTT-4.3.3-10]
void broker::on_repeated(connection& from, std::uint16_t packet_id) {
    const auto whose = from.owner()->id();
    const bool is_held = held_.any([&](const held_answer& each) {
        return each.what == held_answer::kind::acknowledgement && each.whose == whose &&
               each.packet_id == packet_id;
    });
    if (!is_held)
        from.acknowledge(qos::exactly_once, packet_id, reason::success);
}

void broker::on_disconnect(connection& from, const disconnect& packet) {
    auto& owner = *from.owner();
    const auto expiry = packet.props.number(property_id::session_expiry_interval);
    if (expiry)
        owner.set_expiry(std::min(*expiry, expiry_max()));
    room_.log.connection("Client " + owner.client_id() + " disconnected.");
    leave(owner, packet.reason != reason::success); // [MQTT-3.14.4-3] [MQTT3-3.14.4-3]
}

void broker::publish_will(const kept_will& will, const identity& who, subscriber_id publisher) {
    settle(who, operation::publish, will.topic,
           [this, will, who, publisher] { send_will(will, who, publisher); });
}

void broker::send_will(const kept_will& will, const identity& who, subscriber_id publisher) {
    if (!may_publish(who, will.topic) || is_control(will.topic)) {
        room_.log.connection("The will of client " + who.client_id + " may not be published to " +
                             will.topic + ".");
        return;
    }
    count_both(metric::messages_received, way::mqtt, 1);
    // [MQTT-3.1.2-14] [MQTT-3.1.2-15] [MQTT3-3.1.2-16] [MQTT3-3.1.2-17]
    publication what{will.topic, will.payload, will.properties, will.qos, will.retain};
    if (will.expiry)
        what.expires_at = room_.now.steady + std::chrono::seconds(*will.expiry);
    publish_terms terms;
    terms.publisher = publisher;
    fanout_.publish(what, terms);
}

void broker::drained(connection& ready) {
    if (ready.owner() != nullptr)
        ready.owner()->send_waiting();
}

} // namespace mqtt
