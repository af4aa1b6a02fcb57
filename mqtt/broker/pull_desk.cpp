#include "mqtt/broker/pull_desk.hpp"

#include "mqtt/broker/broker.hpp"
#include "mqtt/broker/pull_text.hpp"
#include "mqtt/types/topic.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

namespace mqtt {
namespace {

// A session's end is written down again when it has moved by so much.
constexpr std::uint32_t kept_end_steps = 8;
constexpr std::chrono::seconds kept_end_step_max{60};

std::string_view plain_filter(std::string_view text) {
    const auto parts = parse_shared_filter(text);
    return parts ? parts->filter : text;
}

} // namespace

// Null: there is none for this caller. Whoever finds it has shown that it is still wanted.
pulled_queue* pull_desk::find(const pull_key& key, pull_outcome& outcome) {
    outcome = pull_outcome::no_such_session;
    const auto found = queues_.find(key.who.client_id);
    if (found == queues_.end())
        return nullptr;
    auto& of = *found->second;
    auto& owner = of.owner();
    if (of.is_reserved() != key.reserved || !hub_.common_.same_user(owner.who(), key.who))
        return nullptr; // whose it is, is nobody's business
    if (owner.online() != nullptr) {
        outcome = pull_outcome::taken_over;
        return nullptr;
    }
    if (owner.expires_at() <= hub_.room_.now.steady && !of.is_waited_for()) {
        hub_.on_deadline(owner); // the wheel has not come to it yet
        return nullptr;
    }
    outcome = pull_outcome::success;
    if (owner.who().rights_later || owner.who().mark != key.who.mark ||
        owner.who().good_until <= hub_.room_.now.wall)
        refresh(owner, key.who);
    touch(of);
    return &of;
}

// The caller's rights are the session's from now on.
void pull_desk::refresh(session& owner, const identity& who) {
    owner.belong_to(who);
    hub_.know_receiver(owner);
}

void pull_desk::touch(pulled_queue& of) {
    auto& owner = of.owner();
    const auto now = hub_.room_.now.steady;
    const auto expiry = std::min(of.terms().expiry, hub_.expiry_max());
    const bool changed = owner.expiry() != expiry;
    const auto lasts = std::chrono::seconds(expiry);
    const auto ends = expiry == session::never_expires ? never : now + lasts;
    if (!changed && ends == owner.expires_at())
        return;
    owner.set_expiry(expiry);
    owner.set_expires_at(ends);
    // The will of an MQTT client that has gone is due when it is due.
    const bool has_will = owner.will() != nullptr;
    const auto due = has_will ? std::min(owner.deadline(), ends) : ends;
    hub_.session_deadlines_.arm(owner, due);
    const auto step = std::min<std::chrono::seconds>(lasts / kept_end_steps, kept_end_step_max);
    if (!changed && ends >= of.kept_end() && ends - of.kept_end() < step)
        return;
    of.set_kept_end(ends);
    hub_.record(owner, has_will ? due : never);
}

pull_outcome pull_desk::check_new(const pull_key& key) const {
    const auto& prefix = hub_.common_.bounds.client_id_prefix;
    if (!key.reserved && !prefix.empty() && !key.who.client_id.starts_with(prefix))
        return pull_outcome::id_not_allowed;
    if (hub_.recorder_ && !hub_.common_.kept.has_room())
        return pull_outcome::no_room;
    const auto* existing = hub_.registry_.find(key.who.client_id);
    if (existing == nullptr)
        return pull_outcome::success;
    if (key.reserved || !hub_.common_.same_user(existing->who(), key.who) ||
        queues_.contains(key.who.client_id)) // another's, or reserved
        return pull_outcome::owned_by_another;
    return existing->online() != nullptr ? pull_outcome::taken_over : pull_outcome::success;
}

pulled_queue* pull_desk::make(const pull_key& key, const pull_terms& terms, pull_opened& answer) {
    const auto& id = key.who.client_id;
    answer.outcome = check_new(key);
    if (answer.outcome != pull_outcome::success)
        return nullptr;
    if (!hub_.common_.pull_counts.take(key.who.username)) {
        answer.outcome = pull_outcome::too_many_sessions;
        return nullptr;
    }
    answer.made = true;
    auto* owner = hub_.registry_.find(id); // an MQTT client of this user has left it
    if (owner == nullptr) {
        owner = &hub_.registry_.make(key.who);
        hub_.counts_.add(metric::sessions);
    }
    const auto of = std::make_shared<pulled_queue>(*owner, terms, key.reserved, hub_.counts_);
    queues_.emplace(id, of); // bound: pull_counts
    owner->set_expiry(std::min(terms.expiry, hub_.expiry_max()));
    hub_.keep_or_forget(*owner);
    return of.get();
}

void pull_desk::open(const pull_key& key, const pull_terms& terms,
                     const std::optional<std::vector<pull_subscription>>& filters,
                     const std::function<void(pull_opened)>& done) {
    auto then = [this, key, terms, filters, done] { open_now(key, terms, filters, done); };
    auto ask_topic = [this, key, terms, then = std::move(then)] {
        if (terms.dead_letter.empty())
            return then();
        hub_.settle(key.who, operation::publish, dead_letter_topic(terms, key.who.client_id), then);
    };
    if (filters)
        ask_filters(key.who, *filters, std::move(ask_topic));
    else
        ask_topic();
}

void pull_desk::open_now(const pull_key& key, pull_terms terms,
                         const std::optional<std::vector<pull_subscription>>& filters,
                         const std::function<void(pull_opened)>& done) {
    pull_opened answer;
    auto* of = find(key, answer.outcome);
    if (of == nullptr && answer.outcome != pull_outcome::no_such_session)
        return done(answer);
    answer.outcome = pull_outcome::not_authorized;
    if (filters)
        for (const auto& each : *filters)
            if (!hub_.common_.door.allows(key.who, operation::subscribe,
                                          plain_filter(each.filter))) {
                answer.refused_filter = each.filter;
                return done(answer);
            }
    const auto dead_letter = dead_letter_topic(terms, key.who.client_id);
    if (!dead_letter.empty() && !hub_.may_publish(key.who, dead_letter)) {
        answer.refused_filter = dead_letter;
        return done(answer);
    }
    answer.outcome = pull_outcome::success;
    if (of == nullptr)
        of = make(key, terms, answer);
    if (of == nullptr)
        return done(answer);
    of->set_terms(std::move(terms));
    refresh(of->owner(), key.who);
    touch(*of);
    if (filters) {
        unsubscribe_rest(*of, *filters);
        answer.granted = subscribe_all(*of, *filters, true);
    }
    keep_terms(*of);
    look_after(*of);
    hub_.when_safe([answer, done](bool safe) mutable {
        answer.outcome = safe ? answer.outcome : pull_outcome::no_room;
        done(answer);
    });
}

void pull_desk::ask_filters(const identity& who, const std::vector<pull_subscription>& filters,
                            std::function<void()> then) {
    std::vector<question> open;
    if (hub_.common_.asks_others)
        for (const auto& each : filters)
            hub_.add_questions_of_filter(who, each.filter, open);
    if (open.empty())
        return then();
    hub_.common_.door.decide(std::move(open), hub_.back(),
                             [then = std::move(then)](const std::vector<verdict>&) { then(); });
}

// What is not named is unsubscribed; what was queued because of it stays. [MQTT-3.10.4-3]
void pull_desk::unsubscribe_rest(pulled_queue& of, const std::vector<pull_subscription>& filters) {
    auto& owner = of.owner();
    std::vector<std::string> rest;
    for (const auto& [filter, options] : owner.subscriptions)
        if (std::none_of(filters.begin(), filters.end(),
                         [&](const auto& each) { return each.filter == filter; }))
            rest.push_back(filter); // bound: subscriptions_per_client_max
    if (rest.empty())
        return;
    const std::unique_lock hold(hub_.common_.lock);
    for (const auto& filter : rest)
        hub_.unsubscribe_one(owner, filter);
    hub_.common_.generation.fetch_add(1, std::memory_order_release);
}

// repeated: the set as a whole is said again, and what was there brings no retained messages.
std::vector<reason> pull_desk::subscribe_all(pulled_queue& of,
                                             const std::vector<pull_subscription>& filters,
                                             bool repeated) {
    auto& owner = of.owner();
    std::vector<reason> reasons;
    std::vector<std::vector<message_ptr>> snapshots(filters.size());
    {
        const std::unique_lock hold(hub_.common_.lock);
        for (std::size_t i = 0; i < filters.size(); ++i) {
            const auto& each = filters[i];
            const bool is_new = !owner.subscriptions.contains(each.filter);
            if (is_new && owner.subscriptions.size() >= pull_filters_max) {
                reasons.push_back(reason::quota_exceeded);
                continue;
            }
            const std::uint8_t handling = repeated && !is_new ? 2 : each.retain_handling;
            const subscription_request asked{each.filter, each.qos, each.no_local,
                                             each.retain_as_published, handling};
            reasons.push_back(hub_.subscribe_one(owner, qos::exactly_once, asked, 0, snapshots[i]));
            if (!is_error(reasons.back()) && is_shared(each.filter))
                hub_.common_.subscriptions.set_online(each.filter, owner.id(), false);
        }
        hub_.common_.generation.fetch_add(1, std::memory_order_release);
    }
    for (std::size_t i = 0; i < filters.size(); ++i) {
        if (is_error(reasons[i]))
            continue;
        hub_.room_.log.subscribed(owner.client_id() + " " + std::to_string(to_byte(reasons[i])) +
                                  " " + filters[i].filter);
        const auto level = static_cast<qos>(to_byte(reasons[i]));
        for (const auto& found : snapshots[i])
            owner.deliver_snapshot(found, outgoing_qos(level, found->qos(), hub_.common_.bounds),
                                   {});
    }
    return reasons;
}

void pull_desk::subscribe(const pull_key& key, const std::vector<pull_subscription>& filters,
                          const std::function<void(pull_granted)>& done) {
    ask_filters(key.who, filters, [this, key, filters, done] {
        pull_granted answer;
        auto* of = find(key, answer.outcome);
        if (of == nullptr)
            return done(answer);
        refresh(of->owner(), key.who);
        answer.reasons = subscribe_all(*of, filters, false);
        hub_.when_safe([answer, done](bool safe) mutable {
            answer.outcome = safe ? pull_outcome::success : pull_outcome::no_room;
            done(answer);
        });
    });
}

void pull_desk::unsubscribe(const pull_key& key, const std::vector<std::string>& filters,
                            const std::function<void(pull_granted)>& done) {
    pull_granted answer;
    auto* of = find(key, answer.outcome);
    if (of == nullptr)
        return done(answer);
    {
        const std::unique_lock hold(hub_.common_.lock);
        for (const auto& each : filters)
            answer.reasons.push_back(hub_.unsubscribe_one(of->owner(), each));
        hub_.common_.generation.fetch_add(1, std::memory_order_release);
    }
    for (const auto& each : filters)
        hub_.room_.log.unsubscribed(of->owner().client_id() + " " + each);
    hub_.when_safe([answer, done](bool) { done(answer); });
}

void pull_desk::end(const pull_key& key, const std::function<void(pull_outcome)>& done) {
    pull_outcome outcome{};
    auto* of = find(key, outcome);
    if (of == nullptr)
        return done(outcome);
    auto& owner = of->owner();
    if (const auto will = owner.take_will()) // of an MQTT client that has gone [MQTT-3.1.2-8]
        hub_.publish_will(*will, owner.who(), owner.id());
    hub_.end_session(owner);
    hub_.when_safe([done](bool) { done(pull_outcome::success); });
}

void pull_desk::ended(const session& owner) {
    const auto found = queues_.find(owner.client_id());
    if (found == queues_.end() || &found->second->owner() != &owner)
        return;
    const auto of = found->second;
    queues_.erase(found);
    hub_.common_.pull_counts.give(of->user());
    for (const auto kind : {pull_terms_kind, pull_leases_kind})
        if (hub_.common_.documents.find(kind, owner.client_id()))
            hub_.keep_document({std::string(kind), owner.client_id(), {}, {}, true}, {});
    of->disarm();
    of->tell(pull_event::ended);
    of->leave(); // somebody may hold on to it; the session is gone after this
}

void pull_desk::taken_over(const session& owner) {
    const auto found = queues_.find(owner.client_id());
    if (found != queues_.end())
        found->second->tell(pull_event::taken_over);
}

bool pull_desk::is_reserved(std::string_view client_id) const {
    const auto found = queues_.find(client_id);
    return found != queues_.end() && found->second->is_reserved();
}

bool pull_desk::is_waited_for(const session& owner) {
    const auto found = queues_.find(owner.client_id());
    return found != queues_.end() && found->second->is_waited_for();
}

} // namespace mqtt
