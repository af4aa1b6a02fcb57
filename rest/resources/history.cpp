#include "rest/resources/history.hpp"

#include "rest/accept.hpp"
#include "rest/envelope.hpp"
#include "rest/history_access.hpp"
#include "rest/json_text.hpp"
#include "rest/list_text.hpp"
#include "rest/query_options.hpp"
#include "rest/service_context.hpp"
#include "rest/time_option.hpp"
#include "rest/topic_address.hpp"

#include <algorithm>
#include <array>

namespace rest {
namespace {

constexpr std::uint64_t messages_usual = 100;

enum class form { json, lines, csv };
constexpr std::array<std::string_view, 3> types{"application/json", "application/x-ndjson",
                                                "text/csv; charset=utf-8"};

struct history_request {
    mqtt::history_query wanted;
    std::vector<std::string> filters;
    form as = form::json;
    bool parse = false;
    bool clamped = false;
};

checked<form> read_form(const exchange& each) {
    constexpr std::array<std::string_view, 3> names{"json", "ndjson", "csv"};
    if (const auto* named = each.options.find("as"); named != nullptr) {
        const auto at = std::find(names.begin(), names.end(), named->value);
        if (at == names.end())
            return invalid_option("as", named->value, "json, ndjson or csv for history");
        return static_cast<form>(at - names.begin());
    }
    constexpr std::array<std::string_view, 3> served{"application/json", "application/x-ndjson",
                                                     "text/csv"};
    return static_cast<form>(preferred(each.asked.list(http_field::accept), served).value_or(0));
}

// The cursor is the id of the last message of the page before.
checked<void> read_order_and_cursor(const query& options, mqtt::history_query& into) {
    if (const auto* order = options.find("order"); order != nullptr) {
        if (order->value != "asc" && order->value != "desc")
            return invalid_option("order", order->value, "asc or desc");
        into.newest_first = order->value == "desc";
    }
    const auto* cursor = options.find("cursor");
    if (cursor == nullptr)
        return {};
    const auto id = mqtt::parse_public_id(cursor->value);
    if (!id)
        return invalid_option("cursor", cursor->value, "what 'next' of the page before says");
    (into.newest_first ? into.before : into.after) = *id;
    return {};
}

checked<void> read_times(const query& options, mqtt::history_query& into) {
    const auto now = std::chrono::system_clock::now();
    const auto since = time_option(options, "since", now);
    if (!since)
        return since.error();
    const auto until = time_option(options, "until", now);
    if (!until)
        return until.error();
    if (*since)
        into.since = (*since)->when;
    if (*until)
        into.until = (*until)->when;
    return {};
}

checked<history_request> read_request(const exchange& each) {
    history_request made;
    auto address = address_to_read(std::nullopt, each.options);
    if (!address)
        return address.error();
    made.filters = std::move(address->filters);
    if (made.filters.empty())
        made.filters.push_back(std::move(address->name));
    const auto as = read_form(each);
    if (!as)
        return as.error();
    made.as = *as;
    const auto parse = wants_parsed(each.options);
    if (!parse)
        return parse.error();
    made.parse = *parse;
    const auto limit = each.options.number("limit", 1, 1'000'000'000);
    if (!limit)
        return limit.error();
    const auto rows = limit->value_or(messages_usual);
    made.wanted.limit = std::min<std::uint64_t>(rows, mqtt::history_messages_max);
    if (const auto fine = read_order_and_cursor(each.options, made.wanted); !fine)
        return fine.error();
    if (const auto fine = read_times(each.options, made.wanted); !fine)
        return fine.error();
    return made;
}

std::string render(const mqtt::history_page& page, const history_request& request,
                   std::string_view next, std::string_view hint) {
    if (request.as == form::csv)
        return list_as_csv(page.messages);
    const bool lines = request.as == form::lines;
    std::string out = lines ? "" : "{\"messages\":[";
    for (std::size_t i = 0; i < page.messages.size(); ++i) {
        const auto& each = *page.messages[i];
        if (!lines)
            out += i == 0 ? "\n" : ",\n";
        append_envelope(out, each, each.qos(), each.retain(), request.parse);
        if (lines)
            out += '\n';
    }
    if (lines)
        return out;
    out += ']';
    if (!next.empty()) {
        out += ",\"next\":";
        append_json_string(out, next);
    }
    if (!hint.empty()) {
        out += ",\"hint\":";
        append_json_string(out, hint);
    }
    return out += "}\n";
}

// Why nothing was found, where that can be said.
std::string_view hint_for(const mqtt::history& past, const history_request& request) {
    const bool covered =
        std::any_of(request.filters.begin(), request.filters.end(),
                    [&](const auto& filter) { return mqtt::is_covered(past.rules(), filter); });
    return covered ? std::string_view()
                   : "No history line of the configuration names these topics.";
}

void show_page(exchange& each, const history_request& request, const mqtt::history_page& page,
               std::string_view hint) {
    const auto next = page.truncated && !page.messages.empty()
                          ? mqtt::public_id(page.messages.back()->id())
                          : std::string();
    auto& answer = each.answer;
    answer.add("Vary", "Accept");
    answer.add("Cache-Control", "no-cache");
    answer.add("X-Content-Type-Options", "nosniff");
    if (!next.empty()) {
        answer.add("Mqtt-Truncated", "1");
        answer.add("Link", "<" + uri_with(each, "cursor", next) + ">; rel=\"next\"");
    }
    answer.set_body(types[static_cast<std::size_t>(request.as)],
                    render(page, request, next, page.messages.empty() ? hint : ""));
}

} // namespace

boost::asio::awaitable<void> read_history(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::history); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    auto request = read_request(each);
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
    auto& connection = each.connection;
    auto readable = co_await find_readable(connection, *past, request->filters,
                                           mqtt::history_topics_per_query_max);
    if (!readable) {
        refuse(each, readable.error());
        co_return;
    }
    if (readable->truncated) {
        refuse(each, too_many_topics(mqtt::history_topics_per_query_max));
        co_return;
    }
    for (auto& topic : readable->topics)
        request->wanted.topics.push_back(std::move(topic.topic));
    const auto page = co_await find_messages(connection, *past, request->wanted);
    if (!page) {
        refuse(each, history_problem(page.error()));
        co_return;
    }
    show_page(each, *request, *page, hint_for(*past, *request));
}

} // namespace rest
