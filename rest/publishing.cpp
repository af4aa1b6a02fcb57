#include "rest/publishing.hpp"

#include "rest/advice.hpp"
#include "rest/answer_of.hpp"
#include "rest/conditions.hpp"
#include "rest/delayed_messages.hpp"
#include "rest/http_connection.hpp"
#include "rest/idempotency.hpp"
#include "rest/json_text.hpp"
#include "rest/receipt.hpp"
#include "rest/service_context.hpp"
#include "rest/time_text.hpp"
#include "rest/topic_address.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

namespace rest {
namespace {

// Counts while the request is there; what comes later finds nobody.
struct acknowledgements {
    explicit acknowledgements(http_connection& connection) : connection(connection) {}
    http_connection& connection;
    std::uint32_t count = 0;
};

void count(const std::weak_ptr<acknowledgements>& told) {
    const auto here = told.lock();
    if (!here)
        return;
    ++here->count;
    here->connection.notify();
}

boost::asio::awaitable<void> wait_for(const acknowledgements& acked, std::uint32_t wanted,
                                      std::chrono::milliseconds time) {
    auto& connection = acked.connection;
    const auto deadline = std::chrono::steady_clock::now() + time;
    connection.watch_peer();
    while (acked.count < wanted && !connection.over() && !connection.context().stopping &&
           std::chrono::steady_clock::now() < deadline)
        co_await connection.sleep_until(deadline);
    connection.unwatch_peer();
}

void show_delayed(exchange& each, const std::string& topic, const publish_options& options,
                  mqtt::wall_time due) {
    each.answer.status = 202; // [RFC9110-15.3.3]
    std::string body = R"({"topic":)";
    append_json_string(body, topic);
    body += R"(,"qos":)";
    append_number(body, mqtt::to_number(options.qos));
    body += options.retain ? R"(,"retain":true)" : R"(,"retain":false)";
    body += R"(,"delayed_until":)";
    body += '"';
    append_rfc3339(body, due);
    body += "\"}\n";
    each.answer.set_body("application/json", std::move(body));
}

void show_outcome(exchange& each, const std::string& topic, const publish_options& options,
                  const mqtt::publish_outcome& outcome, std::uint32_t acked) {
    auto& answer = each.answer;
    answer.add("Mqtt-Reason-Code", std::to_string(mqtt::to_byte(outcome.reason)));
    answer.add("Mqtt-Matched", std::to_string(outcome.matched));
    const bool state =
        each.asked.method() == http_verb::put || each.asked.method() == http_verb::patch;
    if (state) {
        answer.status = outcome.previous ? 200 : 201; // [RFC9110-9.3.4]
        answer.add("ETag", '"' + mqtt::public_id(outcome.id) + '"');
        if (!outcome.previous)
            if (auto uri = topic_uri(topic); uri.size() <= 4'096)
                answer.add("Location", uri);
    }
    const auto wanted = preference(each.asked, "return");
    if (wanted && *wanted == "minimal") {
        answer.add("Preference-Applied", "return=minimal");
        if (answer.status == 200)
            answer.status = 204;
        return;
    }
    show_receipt(each, topic, options, outcome, acked);
}

} // namespace

void refuse_changed(exchange& each, std::string_view topic, const mqtt::message* current) {
    problem told{.id = problem_id::changed_meanwhile};
    if (current != nullptr) {
        told.members.emplace_back("current", mqtt::public_id(current->id()));
        told.try_line = curl_line(each, topic_uri(topic), "-i");
        told.fields.emplace_back("ETag", entity_tag(*current));
    } else {
        told.detail = "There is no value now";
    }
    refuse(each, told);
}

void refuse_publish(exchange& each, mqtt::reason reason, std::string_view topic, bool no_room) {
    if (no_room)
        return refuse(each, {.id = problem_id::storage_full, .detail = std::string(topic)});
    auto told = problem_of(reason);
    if (reason == mqtt::reason::not_authorized)
        told.detail = "Publishing to " + std::string(topic);
    refuse(each, told);
}

// If-Match and the like. Refuses the exchange when the condition can't be met or makes no sense
// here.
mqtt::retained_condition condition_of(exchange& each, const std::string& topic, bool retain) {
    const bool conditional = each.asked.has_field(http_field::if_match) ||
                             each.asked.has_field(http_field::if_none_match);
    if (!conditional) {
        if (retain && each.connection.context().rules.require_if_match)
            refuse(each, {.id = problem_id::condition_needed,
                          .detail = topic,
                          .hint = "Send If-Match with the ETag of the value that you have seen, or "
                                  "If-None-Match: * where there is none yet."});
        return {};
    }
    if (!retain) {
        refuse(each, {.id = problem_id::invalid_parameter,
                      .detail = "A condition on a message that is not kept",
                      .hint = "If-Match and If-None-Match compare the topic's value: use PUT."});
        return {};
    }
    // Whoever may not read the value must not learn its tag from a failed condition either.
    const auto& client = each.connection.client();
    const bool may_read = client.authorized(mqtt::operation::receive, topic);
    const auto now = may_read ? client.retained(topic) : nullptr;
    const auto read = read_condition(each.asked, now.get());
    if (!read)
        refuse(each, read.error());
    else if (!may_read)
        refuse_publish(each, mqtt::reason::not_authorized, topic);
    else if (read->impossible)
        refuse_changed(each, topic, now.get());
    else
        return read->condition;
    return {};
}

mqtt::publish_request request_of(const std::string& topic, std::string_view payload,
                                 const publish_options& options) {
    mqtt::publish_request wanted;
    wanted.topic = topic;
    wanted.payload = payload;
    wanted.qos = options.qos;
    wanted.retain = options.retain;
    wanted.properties = options.properties;
    wanted.expiry = options.expiry;
    return wanted;
}

boost::asio::awaitable<void> publish_later(exchange& each, std::string topic,
                                           publish_options options) {
    auto& connection = each.connection;
    auto& later = *connection.context().later;
    const auto wanted = request_of(topic, each.asked.body, options);
    const auto& client = connection.client();
    if (const auto reason = client.check(wanted); reason != mqtt::reason::success) {
        refuse_publish(each, reason, topic);
        co_return;
    }
    if (client.who().granted != nullptr) {
        refuse(each, {.id = problem_id::not_supported,
                      .detail = "What a token grants may have ended by then",
                      .hint = "A delayed message needs a user whom the access file lets publish."});
        co_return;
    }
    if (later.is_full()) {
        refuse(each, {.id = problem_id::quota_exceeded,
                      .detail = "Too many delayed messages are waiting"});
        co_return;
    }
    const auto due = std::chrono::system_clock::now() + *options.delay;
    mark_done(each);
    const bool kept = co_await answer_of<bool>(connection, [&](auto answer) {
        later.add(connection.context().hub, wanted, client.who(),
                  std::chrono::time_point_cast<mqtt::wall_time::duration>(due), answer);
    });
    if (!kept)
        refuse_publish(each, mqtt::reason::quota_exceeded, topic, true);
    else
        show_delayed(each, topic, options, due);
}

boost::asio::awaitable<bool> publish_if(exchange& each, std::string topic, std::string_view payload,
                                        publish_options options, mqtt::retained_condition condition,
                                        bool tell_failure) {
    auto wanted = request_of(topic, payload, options);
    wanted.condition = condition;
    wanted.require_subscriber = options.require_subscriber;
    std::shared_ptr<acknowledgements> acked;
    if (options.await_acks) {
        acked = std::make_shared<acknowledgements>(each.connection);
        wanted.on_acknowledged = [told = std::weak_ptr(acked)] { count(told); };
    }
    mark_done(each);
    // As connection.publish(), without a coroutine of its own: this is the path that is hot.
    const auto unheard_by =
        each.connection.context().streams->hushed_for(each.connection.client().who());
    wanted.unheard_by = unheard_by;
    std::optional<mqtt::publish_outcome> came;
    each.connection.client().publish(wanted, [&](const mqtt::publish_outcome& told) {
        came = told;
        each.connection.notify();
    });
    while (!came)
        co_await each.connection.sleep_until(mqtt::never);
    const auto& outcome = *came;
    each.connection.note_rate(outcome);
    if (acked)
        co_await wait_for(*acked, outcome.awaited, *options.await_acks);
    if (outcome.condition_failed && !tell_failure)
        co_return false;
    if (outcome.condition_failed)
        refuse_changed(each, topic, outcome.previous.get());
    else if (mqtt::is_error(outcome.reason))
        refuse_publish(each, outcome.reason, topic, outcome.no_room);
    else if (options.require_subscriber && outcome.reason == mqtt::reason::no_matching_subscribers)
        refuse(each, {.id = problem_id::no_subscribers,
                      .detail = topic,
                      .try_line = curl_line(each, topic_option_uri(topic, "stream"), "-N")});
    else
        show_outcome(each, topic, options, outcome, acked ? acked->count : 0);
    co_return true;
}

} // namespace rest
