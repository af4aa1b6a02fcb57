#include "rest/history_access.hpp"

#include "mqtt/types/topic.hpp"
#include "rest/service_context.hpp"

#include <utility>

namespace rest {

mqtt::history* history_or_refuse(exchange& each) {
    auto* past = each.connection.context().past;
    if (past == nullptr)
        refuse(each, {.id = problem_id::history_not_kept,
                      .hint = "The operator can have it kept: persistence true, and a line such as "
                              "history home/# 7d 200000 for the topics that matter."});
    return past;
}

problem history_problem(mqtt::reason failure) {
    auto told = problem_of(failure);
    if (failure == mqtt::reason::server_busy)
        told.fields.emplace_back("Retry-After", "1");
    return told;
}

problem too_many_topics(std::size_t limit) {
    return {.id = problem_id::invalid_parameter,
            .detail = "More than " + std::to_string(limit) + " topics match",
            .hint = "Name fewer of them."};
}

boost::asio::awaitable<mqtt::result<mqtt::history_page>>
find_messages(http_connection& connection, mqtt::history& past, const mqtt::history_query& what) {
    const question_of<mqtt::history_page> question = [&](auto back, auto then) {
        past.find_messages(what, std::move(back), std::move(then));
    };
    auto page = co_await answer_of<mqtt::history_page>(connection, question);
    co_return page;
}

boost::asio::awaitable<checked<readable_topics>>
find_readable(http_connection& connection, mqtt::history& past,
              const std::vector<std::string>& filters, std::size_t limit) {
    const question_of<mqtt::history_topics> question = [&](auto back, auto then) {
        past.find_topics({filters, {}, limit}, std::move(back), std::move(then));
    };
    auto found = co_await answer_of<mqtt::history_topics>(connection, question);
    if (!found)
        co_return history_problem(found.error());
    readable_topics made;
    made.truncated = found->truncated;
    made.forgotten_to = found->forgotten_to;
    for (auto& each : found->topics) {
        co_await connection.settle(mqtt::operation::receive, each.topic);
        if (connection.client().authorized(mqtt::operation::receive, each.topic))
            made.topics.push_back(std::move(each)); // bound: limit
    }
    co_return made;
}

boost::asio::awaitable<bool> may_read_named(exchange& each,
                                            const std::vector<std::string>& filters) {
    for (const auto& filter : filters) {
        if (mqtt::has_wildcard(filter))
            continue;
        co_await each.connection.settle(mqtt::operation::receive, filter);
        if (each.connection.client().authorized(mqtt::operation::receive, filter))
            continue;
        auto told = problem_of(mqtt::reason::not_authorized);
        told.detail = "Reading " + filter;
        refuse(each, told);
        co_return false;
    }
    co_return true;
}

} // namespace rest
