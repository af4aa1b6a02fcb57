#include "rest/resources/sessions.hpp"

#include "mqtt/types/topic.hpp"
#include "rest/answer_of.hpp"
#include "rest/query_options.hpp"
#include "rest/service_context.hpp"
#include "rest/session_access.hpp"
#include "rest/session_document.hpp"
#include "rest/topic_address.hpp"

#include <algorithm>
#include <utility>

namespace rest {
namespace {

constexpr std::string_view json_type = "application/json";

// True: the exchange is refused.
bool has_wrong_options(exchange& each, std::initializer_list<std::string_view> takes = {}) {
    const auto fine = check_session_options(each.options, takes);
    if (!fine)
        refuse(each, fine.error());
    return !fine;
}

boost::asio::awaitable<void> show_session(exchange& each, const mqtt::pull_session& session) {
    auto found = co_await answer_of<mqtt::pull_description>(
        each.connection, [&](auto done) { session.describe(std::move(done)); });
    if (found.outcome != mqtt::pull_outcome::success) {
        refuse_session(each, found.outcome);
        co_return;
    }
    each.answer.add("Cache-Control", "no-store");
    each.answer.set_body(json_type, session_document(found));
}

void show_results(exchange& each, std::span<const std::string> filters,
                  std::span<const mqtt::reason> reasons) {
    const auto is_refused = [](mqtt::reason one) { return one == mqtt::reason::not_authorized; };
    if (!reasons.empty() && std::all_of(reasons.begin(), reasons.end(), is_refused))
        return refuse(each, {.id = problem_id::not_authorized,
                             .detail = "Subscribing to " + filters.front()});
    each.answer.set_body(json_type, results_document(filters, reasons));
}

} // namespace

boost::asio::awaitable<void> list_sessions(exchange& each) {
    if (has_wrong_options(each))
        co_return;
    auto& connection = each.connection;
    const auto found =
        co_await answer_of<std::vector<mqtt::pull_description>>(connection, [&](auto done) {
            mqtt::list_pull_sessions(connection.context().hub, connection.client().who(),
                                     std::move(done));
        });
    each.answer.add("Cache-Control", "no-store");
    each.answer.set_body(json_type, session_list_document(found));
}

boost::asio::awaitable<void> put_session(exchange& each) {
    if (has_wrong_options(each))
        co_return;
    const auto session = session_of(each);
    if (!session)
        co_return;
    auto wish = read_session_wish(each.asked.body, session->who().client_id);
    if (!wish) {
        refuse(each, wish.error());
        co_return;
    }
    const auto opened = co_await answer_of<mqtt::pull_opened>(each.connection, [&](auto done) {
        session->open(std::move(wish->terms), std::move(wish->subscriptions), std::move(done));
    });
    if (opened.outcome == mqtt::pull_outcome::not_authorized) {
        refuse(each, {.id = problem_id::not_authorized, .detail = opened.refused_filter});
        co_return;
    }
    if (opened.outcome != mqtt::pull_outcome::success) {
        refuse_session(each, opened.outcome);
        co_return;
    }
    const auto failed = std::find_if(opened.granted.begin(), opened.granted.end(), mqtt::is_error);
    if (failed != opened.granted.end()) {
        refuse(each, problem_of(*failed));
        co_return;
    }
    co_await show_session(each, *session);
    if (!opened.made || each.answered)
        co_return;
    each.answer.status = 201; // [RFC9110-9.3.4]
    each.answer.add("Location", each.path);
}

boost::asio::awaitable<void> read_session(exchange& each) {
    if (has_wrong_options(each))
        co_return;
    const auto session = session_of(each);
    if (session)
        co_await show_session(each, *session);
}

boost::asio::awaitable<void> delete_session(exchange& each) {
    if (has_wrong_options(each))
        co_return;
    const auto session = session_of(each);
    if (!session)
        co_return;
    const auto outcome = co_await answer_of<mqtt::pull_outcome>(
        each.connection, [&](auto done) { session->end(std::move(done)); });
    if (outcome != mqtt::pull_outcome::success)
        refuse_session(each, outcome);
    else
        each.answer.status = 204;
}

boost::asio::awaitable<void> add_session_subscriptions(exchange& each) {
    if (has_wrong_options(each))
        co_return;
    const auto session = session_of(each);
    if (!session)
        co_return;
    auto wanted = read_subscriptions(each.asked.body);
    if (!wanted) {
        refuse(each, wanted.error());
        co_return;
    }
    std::vector<std::string> filters;
    for (const auto& one : *wanted)
        filters.push_back(one.filter); // bound: pull_filters_max
    const auto granted = co_await answer_of<mqtt::pull_granted>(each.connection, [&](auto done) {
        session->subscribe(std::move(*wanted), std::move(done));
    });
    if (granted.outcome != mqtt::pull_outcome::success)
        refuse_session(each, granted.outcome);
    else
        show_results(each, filters, granted.reasons);
}

boost::asio::awaitable<void> remove_session_subscriptions(exchange& each) {
    if (has_wrong_options(each, {"filter"}))
        co_return;
    const auto session = session_of(each);
    if (!session)
        co_return;
    std::vector<std::string> filters;
    for (const auto& option : each.options.options()) {
        if (option.name != "filter")
            continue;
        const auto filter = topic_from_query(option.raw);
        if (!filter || !mqtt::is_subscription_filter(*filter)) {
            refuse(each, {.id = problem_id::topic_filter_invalid, .detail = option.value});
            co_return;
        }
        filters.push_back(*filter); // bound: header_bytes_max
    }
    if (filters.empty()) {
        refuse(each, {.id = problem_id::invalid_parameter,
                      .detail = "The option filter is missing",
                      .hint = "?filter=home/%23 names the subscription that is to end."});
        co_return;
    }
    const auto ended = co_await answer_of<mqtt::pull_granted>(
        each.connection, [&](auto done) { session->unsubscribe(filters, std::move(done)); });
    if (ended.outcome != mqtt::pull_outcome::success)
        refuse_session(each, ended.outcome);
    else
        show_results(each, filters, ended.reasons);
}

} // namespace rest
