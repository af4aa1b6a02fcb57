// GET and HEAD: one value, a list of values, the next message, or a stream.
#include "mqtt/types/topic.hpp"
#include "rest/accept.hpp"
#include "rest/advice.hpp"
#include "rest/history_access.hpp"
#include "rest/http_connection.hpp"
#include "rest/long_poll.hpp"
#include "rest/message_reply.hpp"
#include "rest/query_options.hpp"
#include "rest/resources/topics.hpp"
#include "rest/retained_list.hpp"
#include "rest/service_context.hpp"
#include "rest/stream.hpp"
#include "rest/time_text.hpp"
#include "rest/topic_address.hpp"
#include "rest/topic_page.hpp"

#include <array>

namespace rest {
namespace {

struct reading {
    purpose what = purpose::value;
    wait_time wait;
    bool last = false; // the newest message, retained or not
};

// What the request wants to read; options first, then Accept and Prefer.
checked<reading> read_purpose(const exchange& each, const topic_address& address) {
    reading made;
    made.what = address.is_filter() ? purpose::list : purpose::value;
    const auto last = each.options.flag("last");
    if (!last)
        return last.error();
    made.last = *last;
    if (each.asked.is_head())
        return made;
    const auto stream = each.options.flag("stream");
    if (!stream)
        return stream.error();
    const auto wait =
        read_wait(each.asked, each.options, each.connection.context().rules.long_poll_max);
    if (!wait)
        return wait.error();
    if (*stream || accepts_stream(each.asked, !address.is_filter())) {
        made.what = purpose::stream;
    } else if (*wait) {
        made.what = purpose::wait;
        made.wait = **wait;
    }
    return made;
}

checked<message_form> read_form(const exchange& each) {
    message_form form;
    const auto parse = wants_parsed(each.options);
    if (!parse)
        return parse.error();
    form.parse = *parse;
    if (const auto* named = each.options.find("as"); named != nullptr) {
        if (named->value != "raw" && named->value != "json" && named->value != "text")
            return invalid_option("as", named->value, "raw or json for one value");
        form.envelope = named->value == "json";
        return form;
    }
    constexpr std::array<std::string_view, 4> served{"application/json", "text/plain",
                                                     "application/octet-stream", "text/html"};
    const auto choice = preferred(each.asked.list(http_field::accept), served);
    form.envelope = choice && *choice == 0;
    return form;
}

problem may_not_read(const std::string& topic) {
    auto told = problem_of(mqtt::reason::not_authorized);
    told.detail = "Reading " + topic;
    return told;
}

void add_time(problem& told, std::string_view name, mqtt::wall_time when) {
    std::string text;
    append_rfc3339(text, when);
    told.members.emplace_back(name, std::move(text));
}

// How many messages of the topic are known, and when the last one came: of a topic without a value
// that tells a wrong name from a message that was not kept. requires: the caller may read it
boost::asio::awaitable<void> add_past(exchange& each, const std::string& topic, problem& told) {
    if (const auto last = each.connection.client().last_value(topic)) {
        add_time(told, "last", last->arrived());
        co_return;
    }
    auto* past = each.connection.context().past;
    if (past == nullptr || mqtt::rule_for(past->rules(), topic) == nullptr)
        co_return;
    const std::vector<std::string> filters{topic};
    const auto found = co_await find_readable(each.connection, *past, filters, 1);
    if (!found || found->topics.empty())
        co_return;
    const auto& known = found->topics.front();
    told.counts.emplace_back("seen", known.messages);
    add_time(told, "last", known.newest_at);
}

boost::asio::awaitable<void> refuse_missing(exchange& each, const topic_address& address) {
    problem told{.id = problem_id::no_retained_value, .detail = address.name};
    co_await add_past(each, address.name, told);
    told.hint = address.slash_at_end
                    ? std::string(slash_hint)
                    : "Wait for the next message with ?wait=30, or keep a value with PUT.";
    told.try_line = curl_line(each, topic_option_uri(address.name, "wait=30"));
    refuse(each, told);
}

// Whether it has answered: there is no value to show else.
bool show_value(exchange& each, const topic_address& address) {
    const auto form = read_form(each);
    const auto& client = each.connection.client();
    if (!form) {
        refuse(each, form.error());
    } else if (!client.authorized(mqtt::operation::receive, address.name)) {
        refuse(each, may_not_read(address.name));
    } else {
        const auto value = client.retained(address.name);
        if (wants_page(each))
            show_topic_page(each, address.name, value.get());
        else if (value)
            show_message(each, *value, true, *form);
        else
            return false;
    }
    return true;
}

// The newest message of before, where history keeps the topic.
boost::asio::awaitable<mqtt::message_ptr> newest_of(exchange& each, const std::string& topic) {
    auto* past = each.connection.context().past;
    if (past == nullptr || mqtt::rule_for(past->rules(), topic) == nullptr)
        co_return nullptr;
    mqtt::history_query wanted;
    wanted.topics = {topic};
    wanted.limit = 1;
    wanted.newest_first = true;
    const auto page = co_await find_messages(each.connection, *past, wanted);
    if (!page || page->messages.empty() ||
        page->messages.front()->expires_at() <= std::chrono::steady_clock::now())
        co_return nullptr;
    co_return page->messages.front();
}

boost::asio::awaitable<void> show_last(exchange& each, const topic_address& address) {
    const auto form = read_form(each);
    if (!form) {
        refuse(each, form.error());
        co_return;
    }
    const auto& client = each.connection.client();
    if (!client.authorized(mqtt::operation::receive, address.name)) {
        refuse(each, may_not_read(address.name));
        co_return;
    }
    auto value = client.last_value(address.name);
    if (!value)
        value = co_await newest_of(each, address.name);
    if (value)
        show_message(each, *value, value->retain(), *form);
    else
        refuse(each, {.id = problem_id::no_last_value,
                      .detail = address.name,
                      .hint = "Wait for the next message with ?wait=30. The operator can have "
                              "messages remembered: last_value_cache " +
                              address.name,
                      .try_line = curl_line(each, topic_option_uri(address.name, "wait=30"))});
}

std::vector<std::string> filters_of(topic_address address) {
    if (!address.is_filter())
        address.filters.push_back(std::move(address.name));
    return std::move(address.filters);
}

} // namespace

boost::asio::awaitable<void> read_topic(exchange& each) {
    if (each.options.find("publish") != nullptr) {
        co_await publish_by_get(each);
        co_return;
    }
    auto address = address_to_read(each.rest, each.options);
    if (!address) {
        refuse(each, address.error());
        co_return;
    }
    const auto wanted = read_purpose(each, *address);
    if (!wanted) {
        refuse(each, wanted.error());
        co_return;
    }
    if (const auto fine = check_options(each.options, wanted->what); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    if (address->is_filter())
        for (const auto& filter : address->filters)
            co_await each.connection.settle(mqtt::operation::subscribe, filter);
    else
        co_await each.connection.settle(wanted->what == purpose::value ? mqtt::operation::receive
                                                                       : mqtt::operation::subscribe,
                                        address->name);
    switch (wanted->what) {
    case purpose::stream:
        co_await stream_messages(each, filters_of(std::move(*address)));
        break;
    case purpose::wait:
        co_await wait_for_message(each, filters_of(std::move(*address)), wanted->wait);
        break;
    case purpose::list:
        show_list(each, address->filters);
        break;
    default:
        if (wanted->last)
            co_await show_last(each, *address);
        else if (!show_value(each, *address))
            co_await refuse_missing(each, *address);
    }
}

boost::asio::awaitable<void> open_stream(exchange& each) {
    auto address = address_to_read(std::nullopt, each.options);
    if (!address) {
        refuse(each, address.error());
        co_return;
    }
    if (const auto fine = check_options(each.options, purpose::stream); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    if (each.asked.is_head()) {
        each.answer.add("Cache-Control", "no-store");
        co_return;
    }
    for (const auto& filter : address->filters)
        co_await each.connection.settle(mqtt::operation::subscribe, filter);
    co_await stream_messages(each, filters_of(std::move(*address)));
}

} // namespace rest
