// PUT, POST and DELETE: publish a message, with or without keeping it, and clear what is kept.
#include "mqtt/types/topic.hpp"
#include "rest/conditions.hpp"
#include "rest/http_connection.hpp"
#include "rest/publish_options.hpp"
#include "rest/query_options.hpp"
#include "rest/receipt.hpp"
#include "rest/resources/topics.hpp"
#include "rest/retained_list.hpp"
#include "rest/topic_address.hpp"

#include <algorithm>

namespace rest {
namespace {

bool failed(const mqtt::publish_outcome& outcome) {
    return mqtt::is_error(outcome.reason);
}

void refuse_changed(exchange& each, const mqtt::message* current) {
    problem told{.id = problem_id::changed_meanwhile};
    told.hint = "Read the value again, and decide again.";
    if (current != nullptr) {
        told.members.emplace_back("current", mqtt::public_id(current->id()));
        told.fields.emplace_back("ETag", entity_tag(*current));
    } else {
        told.detail = "There is no value now";
    }
    refuse(each, told);
}

void refuse_publish(exchange& each, mqtt::reason reason, std::string_view topic,
                    bool no_room = false) {
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
    if (!conditional)
        return {};
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
        refuse_changed(each, now.get());
    else
        return read->condition;
    return {};
}

void show_outcome(exchange& each, const std::string& topic, const publish_options& options,
                  const mqtt::publish_outcome& outcome) {
    auto& answer = each.answer;
    answer.add("Mqtt-Reason-Code", std::to_string(mqtt::to_byte(outcome.reason)));
    answer.add("Mqtt-Matched", std::to_string(outcome.matched));
    const bool state = each.asked.method() == http_verb::put;
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
    show_receipt(each, topic, options, outcome);
}

boost::asio::awaitable<void> publish_checked(exchange& each, std::string topic,
                                             publish_options options) {
    co_await each.connection.settle(mqtt::operation::publish, topic);
    co_await each.connection.settle(mqtt::operation::receive, topic);
    const auto condition = condition_of(each, topic, options.retain);
    if (each.answered)
        co_return;
    mqtt::publish_request wanted;
    wanted.topic = topic;
    wanted.payload = each.asked.body;
    wanted.qos = options.qos;
    wanted.retain = options.retain;
    wanted.properties = std::move(options.properties);
    wanted.expiry = options.expiry;
    wanted.condition = condition;
    wanted.require_subscriber = options.require_subscriber;
    const auto outcome = co_await each.connection.publish(wanted);
    if (outcome.condition_failed)
        refuse_changed(each, outcome.previous.get());
    else if (failed(outcome))
        refuse_publish(each, outcome.reason, topic, outcome.no_room);
    else if (options.require_subscriber && outcome.reason == mqtt::reason::no_matching_subscribers)
        refuse(each, {.id = problem_id::no_subscribers, .detail = topic});
    else
        show_outcome(each, topic, options, outcome);
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
    const auto outcome = co_await each.connection.publish(wanted);
    if (failed(outcome)) {
        refuse_publish(each, outcome.reason, topic, outcome.no_room);
    } else if (outcome.condition_failed && !outcome.previous) {
        refuse(each, {.id = problem_id::no_retained_value, .detail = topic});
    } else if (outcome.condition_failed) {
        refuse_changed(each, outcome.previous.get());
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
    told.hint = "Repeat it with confirm=" + std::to_string(count) + ".";
    told.fields.emplace_back("Mqtt-Count", std::to_string(count));
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

} // namespace

boost::asio::awaitable<void> publish_topic(exchange& each) {
    auto address = address_to_publish(each.rest, each.options);
    if (!address) {
        auto told = address.error();
        if (told.id == problem_id::wildcard_in_topic_name && each.asked.target().size() < 200)
            told.try_line = "curl '" + base_uri(each) + std::string(each.asked.target()) + "'";
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
                      .hint = "To clear the value use DELETE."});
        co_return;
    }
    co_await publish_checked(each, std::move(address->name), std::move(*options));
}

boost::asio::awaitable<void> clear_topic(exchange& each) {
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

} // namespace rest
