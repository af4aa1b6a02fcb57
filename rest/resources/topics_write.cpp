// PUT, POST and DELETE: publish a message, with or without keeping it, and clear what is kept.
#include "mqtt/types/topic.hpp"
#include "rest/advice.hpp"
#include "rest/http_connection.hpp"
#include "rest/idempotency.hpp"
#include "rest/publish_options.hpp"
#include "rest/publishing.hpp"
#include "rest/query_options.hpp"
#include "rest/request_reply.hpp"
#include "rest/resources/topics.hpp"
#include "rest/retained_list.hpp"
#include "rest/service_context.hpp"
#include "rest/topic_address.hpp"

#include <algorithm>
#include <optional>

namespace rest {
namespace {

bool failed(const mqtt::publish_outcome& outcome) {
    return mqtt::is_error(outcome.reason);
}

boost::asio::awaitable<void> publish_checked(exchange& each, std::string topic,
                                             publish_options options) {
    auto& connection = each.connection;
    if (connection.context().door.asks_others()) {
        co_await connection.settle(mqtt::operation::publish, topic);
        co_await connection.settle(mqtt::operation::receive, topic);
    }
    const auto condition = condition_of(each, topic, options.retain);
    if (each.answered)
        co_return;
    if (options.delay) {
        if (condition.id_is || condition.must_exist || condition.must_be_absent)
            refuse(each, {.id = problem_id::invalid_parameter,
                          .detail = "A delayed message (delay) has no condition"});
        else
            co_await publish_later(each, std::move(topic), std::move(options));
        co_return;
    }
    co_await publish_if(each, std::move(topic), each.asked.body, std::move(options), condition,
                        true);
}

// Clears one value. true: it was there, and the caller may.
boost::asio::awaitable<void> clear_one(exchange& each, std::string topic, mqtt::qos qos) {
    co_await each.connection.settle(mqtt::operation::publish, topic);
    co_await each.connection.settle(mqtt::operation::receive, topic);
    auto condition = condition_of(each, topic, true);
    if (each.answered)
        co_return;
    if (!condition.id_is && !condition.must_be_absent)
        condition.must_exist = true;
    mqtt::publish_request wanted;
    wanted.topic = topic;
    wanted.qos = qos;
    wanted.retain = true;
    wanted.condition = condition;
    mark_done(each);
    const auto outcome = co_await each.connection.publish(wanted);
    if (failed(outcome)) {
        refuse_publish(each, outcome.reason, topic, outcome.no_room);
    } else if (outcome.condition_failed && !outcome.previous) {
        refuse(each, {.id = problem_id::no_retained_value, .detail = topic});
    } else if (outcome.condition_failed) {
        refuse_changed(each, topic, outcome.previous.get());
    } else {
        each.answer.status = 204;
        each.answer.add("Mqtt-Reason-Code", std::to_string(mqtt::to_byte(outcome.reason)));
        each.answer.add("Mqtt-Matched", std::to_string(outcome.matched));
    }
}

// The number that was confirmed is the number there is; else the exchange is refused.
void check_confirmation(exchange& each, std::size_t count) {
    const auto confirmed = each.options.number("confirm", 0, ~std::uint64_t{0});
    if (!confirmed)
        return refuse(each, confirmed.error());
    if (*confirmed && **confirmed == count)
        return;
    problem told{.id = *confirmed ? problem_id::confirm_differs : problem_id::confirm_needed};
    told.detail = "This would clear " + std::to_string(count) + " values";
    const auto number = std::to_string(count);
    told.hint = "Repeat it with confirm=" + number + ".";
    told.try_line = curl_line(each, uri_with(each, "confirm", number), "-X DELETE");
    told.fields.emplace_back("Mqtt-Count", number);
    refuse(each, told);
}

// The topics that would be cleared. Refused as a whole when the caller may not clear one of them.
boost::asio::awaitable<void> clear_many(exchange& each, std::vector<std::string> filters,
                                        mqtt::qos qos) {
    auto& connection = each.connection;
    check_confirmation(each, count_values(connection.client(), filters));
    std::uint64_t matched = 0;
    std::size_t cleared = 0;
    std::string after;
    for (bool more = true; more && !each.answered && !connection.over();) {
        const auto page = read_page(connection.client(), filters, list_limit_max, after);
        more = page.truncated;
        after = page.last_topic;
        for (const auto& value : page.values) {
            mqtt::publish_request wanted;
            wanted.topic = value->topic();
            wanted.qos = qos;
            wanted.retain = true;
            const auto outcome = co_await connection.publish(wanted);
            if (connection.over())
                co_return;
            if (failed(outcome)) {
                refuse_publish(each, outcome.reason, value->topic());
                each.answer.add("Mqtt-Count", std::to_string(cleared));
                co_return;
            }
            matched += outcome.matched;
            ++cleared;
        }
    }
    if (each.answered)
        co_return;
    each.answer.status = 204;
    each.answer.add("Mqtt-Count", std::to_string(cleared));
    each.answer.add("Mqtt-Matched", std::to_string(matched));
    each.answer.add("Mqtt-Reason-Code", "0");
}

// A question is an event, and its answer goes where the server waits for it.
void check_question(exchange& each, const publish_options& options) {
    problem told{.id = problem_id::invalid_parameter};
    if (options.delay || options.await_acks)
        told.detail = "A question (reply) is asked now, and its answer tells that it came";
    else if (options.retain)
        told.detail = "A question (reply) is not kept: it is a POST without retain";
    else if (!options.properties.response_topic.empty())
        told.detail = "With reply the server names the response topic; reply_topic chooses it";
    else
        return;
    refuse(each, told);
}

boost::asio::awaitable<void> publish_now(exchange& each) {
    auto address = address_to_publish(each.rest, each.options);
    if (!address) {
        auto told = address.error();
        if (told.id == problem_id::wildcard_in_topic_name && each.rest)
            told.try_line = curl_line(each, each.path);
        refuse(each, told);
        co_return;
    }
    if (const auto fine = check_options(each.options, purpose::publish); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    auto options = read_publish_options(each.asked, each.options);
    if (!options) {
        refuse(each, options.error());
        co_return;
    }
    if (each.asked.method() == http_verb::put && each.asked.body.empty()) {
        refuse(each, {.id = problem_id::empty_value,
                      .detail = address->name,
                      .try_line = curl_line(each, topic_uri(address->name), "-X DELETE")});
        co_return;
    }
    auto reply = read_reply_options(each);
    if (reply && *reply)
        check_question(each, *options);
    else if (!reply)
        refuse(each, reply.error());
    if (each.answered)
        co_return;
    if (*reply) {
        co_await each.connection.settle(mqtt::operation::publish, address->name);
        co_await ask_and_tell(each, std::move(address->name), std::move(*options),
                              std::move(**reply));
        co_return;
    }
    co_await publish_checked(each, std::move(address->name), std::move(*options));
}

boost::asio::awaitable<void> clear_now(exchange& each) {
    auto address = address_to_read(each.rest, each.options);
    if (!address) {
        refuse(each, address.error());
        co_return;
    }
    if (const auto fine = check_options(each.options, purpose::clear); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const auto qos = read_qos(each.asked, each.options, mqtt::qos::at_least_once);
    if (!qos) {
        refuse(each, qos.error());
        co_return;
    }
    if (address->is_filter())
        co_await clear_many(each, std::move(address->filters), *qos);
    else
        co_await clear_one(each, std::move(address->name), *qos);
}

} // namespace

boost::asio::awaitable<void> publish_topic(exchange& each) {
    return answer_once(each, &publish_now);
}

boost::asio::awaitable<void> clear_topic(exchange& each) {
    return answer_once(each, &clear_now);
}

} // namespace rest
