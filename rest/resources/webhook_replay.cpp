// POST /api/v1/webhooks/{name}/replay: what history has of its topics is called once more.
#include "mqtt/types/topic.hpp"
#include "rest/admin.hpp"
#include "rest/answer_of.hpp"
#include "rest/history_access.hpp"
#include "rest/json_text.hpp"
#include "rest/query_options.hpp"
#include "rest/resources/webhooks.hpp"
#include "rest/service_context.hpp"
#include "rest/time_option.hpp"
#include "rest/webhooks/desk.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rest {
namespace {

problem unreadable(std::string detail) {
    return {.id = problem_id::body_not_readable,
            .detail = std::move(detail),
            .hint = R"(Such as {"since":"-1h"}; "until" may say where it ends.)"};
}

checked<std::optional<mqtt::wall_time>> time_member(const nlohmann::json& body, const char* name) {
    if (!body.contains(name))
        return std::optional<mqtt::wall_time>();
    const auto& value = body[name];
    if (!value.is_string())
        return unreadable("'" + std::string(name) + "' is a time as text");
    const auto read = parse_time(value.get<std::string>(), std::chrono::system_clock::now());
    if (!read)
        return unreadable("'" + std::string(name) + "' is no time");
    return std::optional(read->when);
}

checked<mqtt::history_query> read_span(const std::string& text) {
    if (!is_json(text))
        return unreadable("It is not JSON");
    const auto body = nlohmann::json::parse(text);
    if (!body.is_object() || !body.contains("since"))
        return unreadable("It has no 'since'");
    for (const auto& [name, value] : body.items())
        if (name != "since" && name != "until")
            return unreadable("'" + name + "' is not a member of a replay");
    mqtt::history_query made;
    const auto since = time_member(body, "since");
    if (!since)
        return since.error();
    const auto until = time_member(body, "until");
    if (!until)
        return until.error();
    made.since = *since;
    made.until = *until;
    made.limit = webhooks::extras_max;
    made.fresh = true;
    return made;
}

// Of a shared subscription what its filter selects.
std::vector<std::string> plain_filters(const webhooks::definition& what) {
    std::vector<std::string> filters;
    for (const auto& each : what.filters) {
        const auto shared = mqtt::parse_shared_filter(each);
        filters.emplace_back(shared ? shared->filter
                                    : std::string_view(each)); // bound: its filters
    }
    return filters;
}

std::vector<webhooks::queued_message> as_queued(std::vector<mqtt::message_ptr> found,
                                                const webhooks::definition& what) {
    std::vector<webhooks::queued_message> made;
    const auto now = std::chrono::steady_clock::now();
    for (auto& each : found)
        if (each->expires_at() > now) {
            const auto qos = mqtt::lesser(each->qos(), what.qos);
            const bool retain = each->retain();
            made.push_back({std::move(each), qos, retain, false}); // bound: extras_max
        }
    return made;
}

} // namespace

boost::asio::awaitable<void> replay_webhook(exchange& each) {
    co_await admit_administrator(each, mqtt::operation::publish, "webhooks");
    if (each.answered)
        co_return;
    if (const auto fine = check_options(each.options, purpose::webhook); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    auto& connection = each.connection;
    auto& desk = *connection.context().hook_desk;
    const std::string name(each.rest.value_or("")); // a name has nothing that is escaped
    using found = std::optional<webhooks::definition>;
    const auto search = [&desk, &name](std::function<void(found)> then) {
        desk.find(name, std::move(then));
    };
    const auto what = co_await answer_of<found>(connection, search);
    if (!what) {
        refuse(each, {.id = problem_id::no_such_webhook, .detail = name});
        co_return;
    }
    auto span = read_span(each.asked.body);
    if (!span) {
        refuse(each, span.error());
        co_return;
    }
    auto* past = history_or_refuse(each);
    if (past == nullptr)
        co_return;
    const auto filters = plain_filters(*what);
    auto readable =
        co_await find_readable(connection, *past, filters, mqtt::history_topics_per_query_max);
    if (!readable || readable->truncated) {
        refuse(each,
               readable ? too_many_topics(mqtt::history_topics_per_query_max) : readable.error());
        co_return;
    }
    for (auto& topic : readable->topics)
        span->topics.push_back(std::move(topic.topic)); // bound: history_topics_per_query_max
    auto page = co_await find_messages(connection, *past, *span);
    if (!page) {
        refuse(each, history_problem(page.error()));
        co_return;
    }
    auto messages = as_queued(std::move(page->messages), *what);
    nlohmann::json body{{"queued", messages.size()}};
    if (page->truncated)
        body["truncated"] = true;
    const auto replay = [&desk, &name, &messages](webhooks::desk_reply then) {
        desk.replay(name, std::move(messages), std::move(then));
    };
    const auto said = co_await answer_of<webhooks::desk_answer>(connection, replay);
    if (said.refused) {
        refuse(each, *said.refused);
        co_return;
    }
    each.answer.status = 202;
    each.answer.set_body("application/json", body.dump() + "\n");
}

} // namespace rest
