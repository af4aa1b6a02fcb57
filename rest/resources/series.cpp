#include "rest/conditions.hpp"
#include "rest/history_access.hpp"
#include "rest/query_options.hpp"
#include "rest/resources/history.hpp"
#include "rest/series_live.hpp"
#include "rest/series_request.hpp"
#include "rest/series_text.hpp"
#include "rest/service_context.hpp"

#include <span>

namespace rest {
namespace {

// How long a range that is over may be kept by caches: messages of it may still age out.
constexpr std::string_view closed_range = "private, max-age=3600";

// The topics that series are shown of. Nothing: the exchange is refused.
boost::asio::awaitable<std::vector<std::string>>
choose_topics(exchange& each, const series_request& request, mqtt::history& past) {
    auto readable = co_await find_readable(each.connection, past, request.filters,
                                           mqtt::history_topics_per_query_max);
    std::vector<std::string> topics;
    if (!readable) {
        refuse(each, readable.error());
        co_return topics;
    }
    for (auto& topic : readable->topics)
        topics.push_back(std::move(topic.topic)); // bound: history_topics_per_query_max
    if (topics.size() > series_topics_max || readable->truncated) {
        refuse(each, too_many_topics(series_topics_max));
        co_return topics;
    }
    // A topic that was named and has nothing yet is an empty series, not none.
    if (request.single && topics.empty())
        topics.push_back(request.filters.front());
    co_return topics;
}

void show_series(exchange& each, const series_request& request, std::span<const topic_series> all) {
    const bool csv = request.form == series_form::csv;
    auto body = csv ? series_csv(request, all) : series_document(request, all) + '\n';
    auto& answer = each.answer;
    answer.add("Vary", "Accept");
    answer.add("X-Content-Type-Options", "nosniff");
    answer.add("Cache-Control", request.closed ? closed_range : "no-cache");
    if (request.closed) {
        const auto tag = text_tag(body);
        answer.add("ETag", tag);
        if (names_tag(each.asked.list(http_field::if_none_match), tag)) { // [RFC9110-15.4.5]
            answer.status = 304;
            return;
        }
    }
    answer.set_body(csv ? "text/csv; charset=utf-8" : "application/json", std::move(body));
}

} // namespace

boost::asio::awaitable<void> read_series(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::series); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const auto request = read_series_request(each, std::chrono::system_clock::now());
    if (!request) {
        refuse(each, request.error());
        co_return;
    }
    const bool allowed = co_await may_read_named(each, request->filters);
    if (!allowed)
        co_return;
    auto* past = history_or_refuse(each);
    if (past == nullptr)
        co_return;
    auto topics = co_await choose_topics(each, *request, *past);
    if (each.answered)
        co_return;
    if (request->form == series_form::events && !each.asked.is_head()) {
        co_await stream_series(each, *request, *past, std::move(topics));
        co_return;
    }
    std::vector<topic_series> shown;
    for (const auto& topic : topics) {
        const auto wanted = request->query_for(topic);
        const auto found = co_await find_series(each.connection, *past, wanted);
        if (!found) {
            refuse(each, history_problem(found.error()));
            co_return;
        }
        shown.push_back(rows_of(topic, *found, *request)); // bound: series_topics_max
    }
    show_series(each, *request, shown);
}

} // namespace rest
