// Messages of pulled sessions: who gets them, what is remembered of that, and where those go that
// nobody could work on.
#include "mqtt/broker/broker.hpp"
#include "mqtt/broker/pull_desk.hpp"
#include "mqtt/broker/pull_text.hpp"
#include "mqtt/codec/properties.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mqtt {
namespace {

constexpr std::chrono::seconds burial_patience{
    10}; // until a dead letter that found no room is tried again
constexpr std::chrono::seconds stream_lease{60}; // a stream says in time that it is there

// What is published in the place of a message that is given up; the request looks at the rest.
struct dead_letter {
    message_ptr what;
    std::string topic;
    publish_request request;
};

std::shared_ptr<dead_letter> dead_letter_of(const pull_message& given_up, std::string topic) {
    auto one = std::make_shared<dead_letter>();
    one->what = given_up.what;
    one->topic = std::move(topic);
    auto& asked = one->request;
    asked.topic = one->topic;
    asked.payload = one->what->payload();
    asked.properties = readable_properties(one->what->properties());
    auto& user = asked.properties.user;
    constexpr std::size_t ours = 8; // those that we add, and the other properties
    user.resize(std::min(user.size(), properties_per_packet_max - ours));
    user.emplace_back("why", "max-deliveries");
    user.emplace_back("deliveries", std::to_string(given_up.deliveries));
    user.emplace_back("topic", std::string(one->what->topic()));
    return one;
}

} // namespace

// Messages whose receiving somebody else decides about are asked about first.
void pull_desk::ask_messages(const identity& who, const session& owner,
                             std::function<void()> then) {
    std::vector<question> open;
    const auto& common = hub_.common_;
    if (common.limits_receiving && common.asks_others && !common.door.is_settled(who.realm))
        owner.for_each_pending([&](const outbound_message& each, bool) {
            hub_.add_question(who, operation::receive, each.what->topic(), open);
            return open.size() < pull_messages_max;
        });
    if (open.empty())
        return then();
    hub_.common_.door.decide(std::move(open), hub_.back(),
                             [then = std::move(then)](const std::vector<verdict>&) { then(); });
}

void pull_desk::read(const pull_key& key, const ask& what,
                     const std::function<void(pull_batch)>& done) {
    pull_batch answer;
    const auto* known = find(key, answer.outcome);
    if (known == nullptr)
        return done(std::move(answer));
    ask_messages(key.who, known->owner(), [this, key, what, done] {
        pull_batch batch;
        auto* of = find(key, batch.outcome);
        if (of != nullptr && what.holder != 0 && !of->is_stream(what.holder))
            batch.outcome = pull_outcome::taken_over;
        if (batch.outcome != pull_outcome::success)
            return done(std::move(batch));
        const auto& common = hub_.common_;
        const pulled_queue::rights may = [&](std::string_view topic) {
            return !common.limits_receiving ||
                   common.door.allows(key.who, operation::receive, topic);
        };
        const auto now = hub_.room_.now.steady;
        const auto max = std::clamp<std::size_t>(what.max, 1, pull_messages_max);
        if (!what.lease)
            return done(of->peek(max, now, may));
        const auto term = what.term.value_or(std::chrono::seconds(of->terms().lease));
        batch =
            of->lease(max, now, now + (what.holder != 0 ? stream_lease : term), what.holder, may);
        hub_.counts_.add(metric::messages_sent, static_cast<std::int64_t>(batch.messages.size()));
        if (!batch.messages.empty())
            keep_leases(*of);
        look_after(*of);
        done(std::move(batch));
    });
}

void pull_desk::count(const pull_key& key, bool leases, const change& what,
                      const std::function<void(pull_count)>& done) {
    pull_count answer;
    auto* of = find(key, answer.outcome);
    if (of == nullptr)
        return done(answer);
    answer.messages = what(*of, hub_.room_.now.steady);
    if (leases && answer.messages != 0)
        keep_leases(*of);
    look_after(*of);
    if (leases || answer.messages == 0)
        return done(answer);
    hub_.when_safe([answer, done](bool safe) mutable {
        answer.outcome = safe ? pull_outcome::success : pull_outcome::no_room;
        done(answer);
    });
}

void pull_desk::begin_stream(const pull_key& key, std::uint64_t holder, const pull_watch& replaced,
                             const std::function<void(pull_outcome)>& done) {
    pull_outcome outcome{};
    if (auto* of = find(key, outcome)) {
        of->begin_stream(holder, replaced);
        look_after(*of);
    }
    done(outcome);
}

void pull_desk::keep_stream(const pull_key& key, std::uint64_t holder) {
    pull_outcome outcome{};
    if (auto* of = find(key, outcome)) {
        of->keep_stream(holder, hub_.room_.now.steady + stream_lease);
        look_after(*of);
    }
}

// Whoever has the session now: a stream lets go in any case.
void pull_desk::end_stream(const pull_key& key, std::uint64_t holder) {
    const auto found = queues_.find(key.who.client_id);
    if (found == queues_.end() || !found->second->is_stream(holder))
        return;
    found->second->end_stream(holder, hub_.room_.now.steady);
    look_after(*found->second);
}

void pull_desk::watch(const pull_key& key, const pull_watch& told) {
    pull_outcome outcome{};
    auto* of = find(key, outcome);
    if (of == nullptr)
        return (*told)(outcome == pull_outcome::taken_over ? pull_event::taken_over
                                                           : pull_event::ended);
    of->watch(told, hub_.room_.now.steady);
}

void pull_desk::describe(const pull_key& key, const std::function<void(pull_description)>& done) {
    pull_description answer;
    auto* of = find(key, answer.outcome);
    if (answer.outcome == pull_outcome::taken_over) {
        answer.outcome = pull_outcome::success;
        of = queues_.find(key.who.client_id)->second.get();
    }
    if (of == nullptr)
        return done(std::move(answer));
    const auto now = hub_.room_.now.steady;
    of->describe(answer, now);
    done(std::move(answer));
}

std::vector<pull_description> pull_desk::list(const identity& who) {
    std::vector<pull_description> found;
    for (const auto& [id, of] : queues_) {
        const auto& owner = of->owner().who();
        if (of->is_reserved() || !hub_.common_.same_user(owner, who))
            continue;
        of->describe(found.emplace_back(), // bound: pull_sessions_per_user_max
                     hub_.room_.now.steady);
    }
    return found;
}

void pull_desk::keep_terms(const pulled_queue& of) {
    const auto& id = of.owner().client_id();
    auto text = pull_terms_text(of.terms(), of.is_reserved());
    const auto before = hub_.common_.documents.find(pull_terms_kind, id);
    if (!before || before->value != text)
        hub_.keep_document({std::string(pull_terms_kind), id, std::move(text)}, {});
}

void pull_desk::keep_leases(const pulled_queue& of) {
    if (!hub_.recorder_)
        return; // they end with the process
    const auto& now = hub_.room_.now;
    hub_.keep_document({std::string(pull_leases_kind), of.owner().client_id(),
                        pull_leases_text(of, now.steady, now.wall)},
                       {});
}

bool pull_desk::revive(const documents::entry& terms) {
    auto* owner = hub_.registry_.find(terms.name);
    const auto read = parse_pull_terms(terms.value);
    if (owner == nullptr || !read)
        return false;
    const auto of =
        std::make_shared<pulled_queue>(*owner, read->terms, read->reserved, hub_.counts_);
    hub_.common_.pull_counts.add(of->user());
    queues_.emplace(terms.name, of); // bound: those that were there before
    of->set_kept_end(owner->expires_at());
    const auto& now = hub_.room_.now;
    if (const auto leases = hub_.common_.documents.find(pull_leases_kind, terms.name))
        for (const auto& [id, record] : parse_pull_leases(leases->value, now.steady, now.wall))
            of->restore_lease(id, record);
    deadlines_.arm(*of, now.steady);
    return true;
}

// After whatever may have ended a lease, or begun one.
void pull_desk::look_after(pulled_queue& of) {
    const auto now = hub_.room_.now.steady;
    for (const auto& each : of.take_given_up(now))
        bury(of.shared_from_this(), each);
    deadlines_.arm(of, of.next_due(now));
}

void pull_desk::bury(const std::shared_ptr<pulled_queue>& of, const pull_message& what) {
    const auto who = of->owner().who();
    auto topic = dead_letter_topic(of->terms(), who.client_id);
    const auto id = what.what->id();
    if (topic.empty()) {
        hub_.counts_.add(metric::messages_dropped);
        return of->bury(id);
    }
    const auto one = dead_letter_of(what, std::move(topic));
    const auto went = [this, id, weak = std::weak_ptr(of), one](const publish_outcome& outcome) {
        const auto still = weak.lock();
        if (!still || still->is_left())
            return;
        if (outcome.no_room) {
            still->bury_later(id, hub_.room_.now.steady + burial_patience);
            return look_after(*still);
        }
        if (is_error(outcome.reason)) {
            hub_.counts_.add(metric::messages_dropped);
            hub_.room_.log.connection("A message of session " + still->owner().client_id() +
                                      " could not be sent to " + one->topic + ": " +
                                      std::string(row_of(outcome.reason).name) + ".");
        }
        still->bury(id);
    };
    hub_.settle(who, operation::publish, one->topic,
                [this, who, one, went] { hub_.publish_local(one->request, who, went); });
}

void pull_desk::advance(steady_time now) {
    deadlines_.advance(now, [&](pulled_queue& due) {
        if (due.owner().online() != nullptr) // who knows what its client does with them
            return deadlines_.arm(due, due.next_due(now));
        look_after(due);
        if (due.has_visible(now))
            due.tell(pull_event::ready);
    });
}

} // namespace mqtt
