#include "rest/webhooks/runner.hpp"

#include "mqtt/broker/local_client.hpp"
#include "mqtt/types/topic.hpp"
#include "rest/webhooks/call_body.hpp"
#include "rest/webhooks/target.hpp"

#include <algorithm>

namespace rest::webhooks {
namespace {

constexpr std::size_t error_bytes_max = 200;

// A URL as others may see it.
std::string shown_url(const definition& terms) {
    const auto where = parse_target(terms.url);
    return where ? where->shown : std::string();
}

delivery_record record_of(const delivery& what, const call_outcome& outcome, const moment& now) {
    return {.id = what.id,
            .topic = std::string(what.messages.front().what->topic()),
            .messages = what.messages.size(),
            .tries = what.tries,
            .status = outcome.status,
            .at = now.wall,
            .took = outcome.took};
}

} // namespace

runner::runner(definition terms, surroundings& outside)
    : terms_(std::move(terms)), outside_(outside), queue_(terms_) {}

void runner::change(definition terms, const moment& now) {
    const bool other_place = terms.url != terms_.url || terms_.disabled;
    terms_ = std::move(terms);
    queue_.set_terms(terms_);
    if (other_place)
        circuit_ = circuit();
    advance(now);
}

void runner::take_more() {
    // Messages are only referred to here; the session holds them. So a topic that is stuck doesn't
    // keep those behind it from being seen.
    const auto room = std::max(terms_.max_queued, take_max);
    if (taking_ || terms_.disabled || queue_.size() >= room)
        return;
    taking_ = true;
    outside_.take(std::min(take_max, room - queue_.size()));
}

void runner::advance(const moment& now) {
    while (!terms_.disabled && circuit_.allows(now.steady)) {
        auto* next = queue_.start(now.steady);
        if (next == nullptr)
            break;
        circuit_.begun();
        outside_.call(terms_, *next);
    }
    forget_expired();
    take_more();
}

void runner::forget_expired() {
    std::vector<std::uint64_t> ids;
    for (const auto& each : queue_.take_expired()) {
        if (each.owed)
            ids.push_back(each.what->id()); // bound: the queue
        else
            --extras_;
    }
    if (!ids.empty())
        outside_.finish(std::move(ids), {});
}

mqtt::steady_time runner::next_due() const {
    if (terms_.disabled)
        return mqtt::never;
    return std::max(queue_.next_due(), circuit_.allows_at());
}

void runner::came(std::vector<queued_message> messages, const moment& now) {
    taking_ = false;
    drop_loops(messages);
    for (auto& each : messages) {
        each.came = now.steady;
        queue_.add(std::move(each)); // bound: take_more
    }
    advance(now);
}

// What has come through so many webhooks goes round in a circle.
void runner::drop_loops(std::vector<queued_message>& messages) {
    std::vector<std::uint64_t> ids;
    std::erase_if(messages, [&ids](const queued_message& each) {
        if (hops_of(*each.what) < hops_max)
            return false;
        ids.push_back(each.what->id());
        return true;
    });
    if (ids.empty())
        return;
    counts_.failed += ids.size();
    counts_.last_error = "a message had come through 8 webhooks";
    outside_.tell("Webhook " + terms_.name +
                  ": a message that had come through 8 webhooks was "
                  "dropped; they call each other in a circle.");
    outside_.finish(std::move(ids), {});
}

void runner::replay(std::vector<queued_message> messages, const moment& now) {
    for (auto& each : messages) {
        each.owed = false;
        each.came = now.steady;
        ++extras_;
        queue_.add(std::move(each)); // bound: extras_max, which the caller looks at
    }
    advance(now);
}

bool runner::retry(std::string_view id, const moment& now) {
    if (auto* waiting = queue_.find(id); waiting != nullptr) {
        if (!waiting->in_flight)
            queue_.hurry(*waiting, now.steady);
    } else if (auto failed = log_.take_failed(id)) {
        extras_ += failed->messages.size();
        queue_.add_again(std::move(*failed), now.steady);
    } else {
        return false;
    }
    circuit_.look_now();
    advance(now);
    return true;
}

void runner::answered(std::uint64_t number, const call_outcome& outcome, const moment& now) {
    const auto& all = queue_.deliveries();
    const auto found = all.find(number);
    if (found == all.end())
        return;
    if (outcome.is_outage())
        circuit_.failed(now.steady);
    else
        circuit_.succeeded();
    auto what = found->second;
    const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now.steady - what.begun);
    const auto said = judge(outcome, what.tries, age, outside_.dice());
    if (said.what != fate::delivered) {
        counts_.last_failure = now.wall;
        counts_.last_error = reason_of(outcome).substr(0, error_bytes_max);
    }
    switch (said.what) {
    case fate::delivered:
        succeed(what, outcome, now);
        break;
    case fate::again:
        queue_.put_back(number, now.steady + said.wait, counts_.last_error);
        break;
    case fate::given_up:
        give_up(what, outcome, now);
        break;
    case fate::disabled: // what it did not take waits for another definition
        queue_.put_back(number, now.steady, counts_.last_error);
        terms_.disabled = true;
        outside_.tell("Webhook " + terms_.name +
                      ": the endpoint answered 410 Gone; it is not "
                      "called any more.");
        outside_.disable();
        break;
    }
    advance(now);
}

void runner::succeed(delivery& done, const call_outcome& outcome, const moment& now) {
    counts_.delivered += done.messages.size();
    counts_.last_success = now.wall;
    rate_.add(now.wall, done.messages.size());
    log_.note_delivered(record_of(done, outcome, now));
    std::vector<outgoing> first;
    if (auto answer = answer_of(done, outcome))
        first.push_back(std::move(*answer));
    finish(done, std::move(first));
}

void runner::give_up(delivery& lost, const call_outcome& outcome, const moment& now) {
    const auto error = reason_of(outcome).substr(0, error_bytes_max);
    counts_.failed += lost.messages.size();
    outside_.tell("Webhook " + terms_.name + ": delivery " + lost.id + " was given up after " +
                  std::to_string(lost.tries) + " tries: " + error + ".");
    outside_.tell_failure(lost.id, error);
    std::vector<outgoing> letters;
    for (const auto& each : lost.messages)
        letters.push_back(dead_letter(lost, *each.what, error)); // bound: batch_max
    finish(lost, std::move(letters));
    auto record = record_of(lost, outcome, now);
    record.error = error;
    record.failed = std::move(lost);
    log_.note_failed(std::move(record));
}

void runner::finish(const delivery& done, std::vector<outgoing> first) {
    std::vector<std::uint64_t> ids;
    for (const auto& each : done.messages) {
        if (each.owed)
            ids.push_back(each.what->id()); // bound: batch_max
        else
            --extras_;
    }
    queue_.finish(done.number);
    if (!ids.empty() || !first.empty())
        outside_.finish(std::move(ids), std::move(first));
}

outgoing runner::dead_letter(const delivery& lost, const mqtt::message& what,
                             const std::string& error) const {
    outgoing made{terms_.dead_letter, std::string(what.payload()), mqtt::properties_of(what)};
    auto& user = made.properties.user;
    std::erase_if(user, [](const auto& each) { return each.first == hop_property; });
    user.emplace_back("error", error);
    user.emplace_back("attempts", std::to_string(lost.tries));
    user.emplace_back("url", shown_url(terms_));
    user.emplace_back("topic", std::string(what.topic()));
    user.emplace_back(hop_property, std::to_string(hops_of(what) + 1));
    return made;
}

// An HTTP service as a responder of MQTT 5 requests, section 4.10.
std::optional<outgoing> runner::answer_of(const delivery& done, const call_outcome& outcome) const {
    if (!terms_.reply)
        return std::nullopt;
    const auto& asked = *done.messages.front().what;
    const auto properties = mqtt::properties_of(asked);
    if (!mqtt::is_topic_name(properties.response_topic))
        return std::nullopt;
    outgoing made{properties.response_topic, outcome.body, {}, done.messages.front().qos};
    made.properties.content_type = outcome.content_type;
    made.properties.correlation = properties.correlation;
    made.properties.user.emplace_back(hop_property, std::to_string(hops_of(asked) + 1));
    return made;
}

} // namespace rest::webhooks
