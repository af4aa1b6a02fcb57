#include "mqtt/broker/fanout.hpp"

#include "mqtt/auth/reserved_topics.hpp"
#include "mqtt/broker/client_events.hpp"
#include "mqtt/types/topic.hpp"

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

// Of a shared subscription's members, how many are asked whether they have room.
constexpr std::size_t passed_over_max = 16;

void add_copy(route& into, const route& from, const recipient& whom) {
    auto copy = whom;
    copy.asked_as = 0; // it was asked about already
    copy.first_identifier = static_cast<std::uint32_t>(into.identifiers.size());
    const auto identifiers = from.identifiers_of(whom);
    into.identifiers.insert(into.identifiers.end(), identifiers.begin(), identifiers.end());
    into.recipients.push_back(copy);
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
    if (common_.limits_receiving)
        keep_allowed(topic, entry.to);
    name_topic(entry, topic);
    entry.generation = generation;
    return entry.to;
}

// What is remembered of a topic does not change while the process runs.
void fanout::name_topic(cached_route& entry, std::string_view topic) const {
    if (entry.topic == topic)
        return;
    entry.topic = topic;
    const auto& chosen = common_.remembered;
    entry.has_history = rule_for(chosen.history, topic) != nullptr;
    entry.has_last_value =
        std::any_of(chosen.last_values.begin(), chosen.last_values.end(),
                    [topic](const auto& filter) { return matches(filter, topic); });
}

void fanout::remember(const publication& what, message_ptr& kept, publish_result& done) {
    const auto& entry = entry_for(what.topic); // which the route was just found in
    if (!entry.has_history && !entry.has_last_value)
        return;
    if (!kept)
        kept = message::make(what, common_.ids.next(), room_.now.wall);
    if (entry.has_history)
        done.kept_at = std::max(done.kept_at, common_.kept.keep_history(kept));
    if (entry.has_last_value)
        common_.last_values.put(kept);
}

// A right that holds until the rules change is looked at here, once for the topic and not for each
// message; the generation rises with the rules. What others decide is marked, to be looked at
// later.
void fanout::keep_allowed(std::string_view topic, route& of) const {
    if (is_reply(topic))
        return; // the server itself waits there
    std::erase_if(of.recipients, [&](recipient& whom) { return !keeps(topic, whom, of); });
    for (auto& shared : of.shared)
        std::erase_if(shared.members, [&](recipient& whom) { return !keeps(topic, whom, of); });
    std::erase_if(of.shared, [](const shared_route& shared) { return shared.members.empty(); });
}

bool fanout::keeps(std::string_view topic, recipient& whom, route& of) const {
    auto who = common_.receivers.find(whom.who);
    if (who == nullptr)
        return false;
    if (who->rights_later)
        return true;
    if (common_.door.is_settled(who->realm))
        return common_.door.allows(*who, operation::receive, topic);
    of.asked.push_back(std::move(who)); // bound: the recipients
    whom.asked_as = static_cast<std::uint32_t>(of.asked.size());
    return true;
}

void fanout::add_questions(std::string_view topic, std::vector<question>& into) {
    if (!common_.limits_receiving)
        return;
    add_questions_of(route_of(topic), topic, into);
}

void fanout::add_questions_of(const route& to, std::string_view topic,
                              std::vector<question>& into) const {
    for (const auto& who : to.asked)
        if (common_.door.authorize(*who, operation::receive, topic) == verdict::undecided)
            into.push_back({*who, operation::receive, std::string(topic)}); // bound: the recipients
}

void fanout::when_decided(std::string_view topic, std::function<void()> then) {
    std::vector<question> open;
    add_questions(topic, open);
    if (open.empty())
        return then();
    common_.door.decide(std::move(open), back_,
                        [then = std::move(then)](const std::vector<verdict>&) { then(); });
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

// What the broker says of itself is said anew by every run of it.
bool fanout::is_kept(const publication& what) const {
    return common_.kept.keeps() && !what.topic.starts_with('$');
}

// Whether the message has to be written before it can be acknowledged. Looked at only while there
// is no room.
bool fanout::needs_room(const publication& what, const route& to) const {
    if (what.qos == qos::at_most_once && !common_.bounds.upgrade_outgoing_qos)
        return false;
    const auto is_kept_by = [this](const recipient& whom) {
        if (whom.who.shard != shard_ || whom.qos == qos::at_most_once)
            return whom.qos != qos::at_most_once;
        const auto* receiver = slots_.find(whom.who);
        return receiver != nullptr && receiver->is_kept();
    };
    return (what.retain && is_kept(what)) ||
           std::any_of(to.recipients.begin(), to.recipients.end(), is_kept_by) ||
           std::any_of(to.shared.begin(), to.shared.end(), [&](const shared_route& each) {
               return std::any_of(each.members.begin(), each.members.end(), is_kept_by);
           });
}

bool fanout::refuse(const publish_terms& terms, const route& to, const message_ptr& current,
                    publish_result& done) const {
    done.refused = terms.require_subscriber && to.empty();
    done.condition_failed =
        terms.condition != nullptr && !holds(*terms.condition, current, room_.now.steady);
    if (done.condition_failed)
        done.previous = current;
    return done.refused || done.condition_failed;
}

// What the broker says of itself is counted, and never refused. requires: common_.lock is held
bool fanout::is_over_limit(const publication& what) const {
    const auto& bounds = common_.bounds;
    if ((bounds.max_retained_messages == 0 && bounds.max_retained_bytes == 0) ||
        what.payload.empty() || what.topic.starts_with('$'))
        return false;
    const auto& store = common_.retained;
    const auto before = store.find(what.topic);
    const auto bytes =
        store.payload_bytes() + what.payload.size() - (before ? before->payload().size() : 0);
    return (bounds.max_retained_messages != 0 && !before &&
            store.size() >= bounds.max_retained_messages) ||
           (bounds.max_retained_bytes != 0 && bytes > bounds.max_retained_bytes);
}

// Sets the retained value and reads the route in one step; see shared_state::lock.
bool fanout::retain(const publication& what, const publish_terms& terms, message_ptr& kept,
                    const route*& to, publish_result& done) {
    const std::unique_lock hold(common_.lock);
    to = &route_while_locked(what.topic);
    done.no_room = !common_.kept.has_room() && needs_room(what, *to);
    if (done.no_room)
        return false;
    if (terms.condition != nullptr || terms.require_subscriber)
        if (refuse(terms, *to, common_.retained.find(what.topic), done))
            return false;
    done.over_limit = is_over_limit(what);
    if (done.over_limit)
        return false;
    auto limited = what;
    if (common_.bounds.retain_expiry.count() != 0 && !what.topic.starts_with('$'))
        limited.expires_at =
            std::min(what.expires_at, room_.now.steady + common_.bounds.retain_expiry);
    kept = message::make(limited, common_.ids.next(), room_.now.wall);
    done.previous = common_.retained.set(kept);
    if (is_kept(what))
        done.kept_at = common_.kept.keep_retained(kept, done.previous);
    return true;
}

publish_result fanout::publish(const publication& what, const publish_terms& terms) {
    publish_result done;
    message_ptr kept;
    const route* to = nullptr;
    if (what.retain) { // [MQTT-3.3.1-8] [MQTT3-3.3.1-12]
        if (!retain(what, terms, kept, to, done))
            return done;
        tell_retained(common_, kept, done.previous);
    } else {
        to = &route_of(what.topic);
        done.no_room = !common_.kept.has_room() && needs_room(what, *to);
        if (done.no_room)
            return done;
        if (terms.require_subscriber && refuse(terms, *to, nullptr, done))
            return done;
    }
    if (common_.remembered.any())
        remember(what, kept, done);
    if (to->empty()) {
        done.id = kept ? kept->id() : 0;
        return done;
    }
    if (kept) {
        frames one(kept, to->receivers(), room_.now, common_.ids, room_.framing, room_.blocks);
        deliver_all(*to, one, terms, done);
        done.id = kept->id();
    } else {
        frames one(what, to->receivers(), room_.now, common_.ids, room_.framing, room_.blocks);
        deliver_all(*to, one, terms, done);
        done.id = one.is_kept() ? one.keep()->id() : 0;
    }
    return done;
}

void fanout::deliver_all(const route& to, frames& what, const publish_terms& terms,
                         publish_result& done) {
    bool elsewhere = false;
    for (const auto& whom : to.recipients) {
        if (!whom.hears_of(terms.publisher, terms.unheard_by) ||
            !may_receive(to, whom, what.what().topic))
            continue; // [MQTT-3.8.3-3]
        ++done.matched;
        if (whom.who.shard == shard_)
            deliver_here(to, whom, nullptr, what, done);
        else
            elsewhere = true;
    }
    for (const auto& shared : to.shared) {
        const auto* whom = choose(to, shared, what.what().topic);
        if (whom == nullptr)
            continue;
        ++done.matched;
        if (whom->who.shard == shard_)
            deliver_here(to, *whom, shared.group, what, done);
        else
            mail_to_member(to, *whom, shared.group, what, terms, done);
    }
    if (elsewhere)
        deliver_elsewhere(to, what, terms, done);
}

// One member after the other; one of this shard that can't take a message now is passed over, if
// another can.
const recipient* fanout::choose(const route& to, const shared_route& among,
                                std::string_view topic) const {
    const auto count = among.members.size();
    const auto first = among.group->next_turn() % count;
    const recipient* next_best = nullptr;
    std::size_t passed_over = 0;
    for (std::size_t i = 0; i < count && passed_over < passed_over_max; ++i) {
        const auto& whom = among.members[(first + i) % count];
        if (!may_receive(to, whom, topic))
            continue;
        const auto* receiver = whom.who.shard == shard_ ? slots_.find(whom.who) : nullptr;
        if (whom.who.shard != shard_ || (receiver != nullptr && receiver->is_ready()))
            return &whom;
        if (next_best == nullptr)
            next_best = &whom;
        ++passed_over;
    }
    return next_best;
}

void fanout::deliver_here(const route& to, const recipient& whom,
                          const std::shared_ptr<shared_group>& group, frames& what,
                          publish_result& done) {
    auto* receiver = slots_.find(whom.who);
    if (receiver == nullptr)
        return;
    // [MQTT3-3.8.4-6] [MQTT31-publish-4]
    const auto level = outgoing_qos(whom.qos, what.what().qos, common_.bounds);
    // Before version 5 never: [MQTT3-3.3.1-9] [MQTT31-retain-2]
    const bool retain =
        whom.retain_as_published && what.what().retain; // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
    const auto outcome =
        receiver->deliver({what, level, retain, to.identifiers_of(whom), false, group});
    if (outcome == delivered::dropped) {
        counts_.add(metric::messages_dropped);
        return counts_.add(metric::messages_dropped, way_of(receiver->reached_by()));
    }
    if (outcome == delivered::sent) {
        ++done.sent;
    } else {
        ++done.queued;
    }
    if (level == qos::at_most_once)
        return;
    done.awaited += receiver->acknowledges() ? 1 : 0;
    if (receiver->is_kept())
        done.kept_at = this_turn;
}

void fanout::deliver_elsewhere(const route& to, frames& what, const publish_terms& terms,
                               publish_result& done) {
    std::vector<remote_delivery> by_shard(outgoing_.size());
    for (const auto& whom : to.recipients)
        if (whom.who.shard != shard_ && whom.hears_of(terms.publisher, terms.unheard_by) &&
            may_receive(to, whom, what.what().topic))
            add_copy(by_shard[whom.who.shard].to, to, whom);
    for (std::size_t shard = 0; shard < by_shard.size(); ++shard)
        if (!by_shard[shard].to.recipients.empty())
            mail(shard, std::move(by_shard[shard]), what, terms, done);
}

void fanout::mail_to_member(const route& to, const recipient& whom,
                            const std::shared_ptr<shared_group>& group, frames& what,
                            const publish_terms& terms, publish_result& done,
                            std::uint64_t replaces) {
    remote_delivery one;
    one.replaces = replaces;
    add_copy(one.to, to, whom);
    one.group = group;
    mail(whom.who.shard, std::move(one), what, terms, done);
}

void fanout::mail(std::size_t shard, remote_delivery&& what, frames& message,
                  const publish_terms& terms, publish_result& done) {
    what.what = message.keep();
    what.origin = shard_;
    what.receipt = terms.receipt;
    what.joint = terms.joint;
    what.await = terms.await;
    ++done.shards_asked;
    outgoing_[shard].deliveries.push_back(std::move(what));
}

publish_result fanout::deliver(const remote_delivery& mail) {
    frames one(mail.what, mail.to.recipients.size(), room_.now, common_.ids, room_.framing,
               room_.blocks);
    publish_result done;
    for (const auto& whom : mail.to.recipients) {
        if (mail.group && has_left(whom.who, *mail.group)) { // while the message was on its way
            hand_on(mail.what, mail.group, whom.who, mail.replaces);
            continue;
        }
        deliver_here(mail.to, whom, mail.group, one, done);
        forget(mail.replaces);
    }
    return done;
}

// Whether a member is gone, or away while another one is there.
bool fanout::has_left(subscriber_id who, const shared_group& group) const {
    const auto* receiver = slots_.find(who);
    if (receiver == nullptr || receiver->is_online())
        return receiver == nullptr;
    const std::shared_lock hold(common_.lock);
    const auto& members = group.members();
    return std::any_of(members.begin(), members.end(),
                       [&](const auto& each) { return each.online && each.who != who; });
}

void fanout::hand_on(const message_ptr& what, const std::shared_ptr<shared_group>& group,
                     subscriber_id leaver, std::uint64_t entry, bool decided) {
    if (what->expires_at() <= room_.now.steady)
        return forget(entry); // [MQTT-3.3.2-5]
    route to;
    {
        const std::shared_lock hold(common_.lock);
        add_candidates(group, leaver, to);
        if (to.shared.empty()) // nobody else: its own queue is the best place
            add_candidates(group, subscriber_id{}, to);
        if (common_.limits_receiving)
            keep_allowed(what->topic(), to);
    }
    if (to.shared.empty()) {
        forget(entry);
        counts_.add(metric::messages_dropped);
        return counts_.add(metric::messages_dropped, way::mqtt);
    }
    std::vector<question> open;
    add_questions_of(to, what->topic(), open);
    if (!open.empty() && !decided)
        return common_.door.decide(std::move(open), back_,
                                   [this, what, group, leaver, entry](const std::vector<verdict>&) {
                                       hand_on(what, group, leaver, entry, true);
                                   });
    frames one(what, 1, room_.now, common_.ids, room_.framing, room_.blocks);
    publish_result done;
    const auto* whom = choose(to, to.shared.front(), what->topic());
    if (whom == nullptr) {
        forget(entry);
        counts_.add(metric::messages_dropped);
        return counts_.add(metric::messages_dropped, way::mqtt);
    }
    if (whom->who.shard != shard_) // what is told there is told after what was told here
        return mail_to_member(to, *whom, group, one, {}, done, entry);
    deliver_here(to, *whom, group, one, done);
    forget(entry);
}

} // namespace mqtt
