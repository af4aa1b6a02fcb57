#include "rest/resources/streams.hpp"

#include "rest/answer_of.hpp"
#include "rest/http_connection.hpp"
#include "rest/json_text.hpp"
#include "rest/live_streams.hpp"
#include "rest/percent.hpp"
#include "rest/query_options.hpp"
#include "rest/service_context.hpp"
#include "rest/time_text.hpp"
#include "rest/topic_address.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace rest {
namespace {

constexpr std::string_view right_topic = "$CONTROL/http/streams";
constexpr std::uint64_t page_max = 1000;
constexpr std::uint64_t page_default = 100;

void append_row(std::string& out, const stream_row& row) {
    out += R"({"id":)";
    append_json_string(out, row.id);
    out += R"(,"transport":)";
    append_json_string(out, row.transport);
    out += R"(,"client":)";
    append_json_string(out, row.who.client_id);
    if (!row.who.anonymous()) {
        out += R"(,"user":)";
        append_json_string(out, row.who.username);
    }
    out += R"(,"address":)";
    append_json_string(out, row.who.address);
    out += R"(,"since":")";
    append_rfc3339(out, row.since);
    out += R"(","filters":[)";
    for (std::size_t i = 0; i < row.filters.size(); ++i) {
        out += i == 0 ? "" : ",";
        append_json_string(out, row.filters[i]);
    }
    out += R"(],"messages":)";
    append_number(out, row.messages);
    out += R"(,"bytes":)";
    append_number(out, row.bytes);
    out += R"(,"dropped":)";
    append_number(out, row.dropped);
    out += '}';
}

void show_json(exchange& each, std::string body) {
    each.answer.add("Content-Type", "application/json");
    each.answer.add("Cache-Control", "no-store");
    each.answer.body = std::move(body);
    each.answer.body += '\n';
}

// Whether the caller may do this with streams of others.
boost::asio::awaitable<bool> is_administrator(exchange& each, mqtt::operation what) {
    co_await each.connection.settle(what, right_topic);
    co_return each.connection.client().authorized(what, right_topic);
}

// The stream that is named, if it is the caller's own or he administers them; else the exchange is
// refused, and tells nobody that it is there.
boost::asio::awaitable<std::shared_ptr<live_stream>> find_own(exchange& each,
                                                              mqtt::operation what) {
    std::string id;
    auto found = percent_decode(each.rest.value_or(""), id)
                     ? each.connection.context().streams->find(id)
                     : nullptr;
    if (found && owner_of(found->who()) != owner_of(each.connection.client().who())) {
        const bool may = co_await is_administrator(each, what);
        if (!may)
            found = nullptr;
    }
    if (!found)
        refuse(each, {.id = problem_id::no_such_stream,
                      .detail = id,
                      .hint = "The event 'open' of a stream, and the header field Mqtt-Stream, "
                              "tell its id; GET /api/v1/streams lists those that run.",
                      .try_line = "curl '" + base_uri(each) + "/api/v1/streams'"});
    co_return found;
}

problem not_readable(std::string detail) {
    return {.id = problem_id::body_not_readable,
            .detail = std::move(detail),
            .hint = R"(Send {"add":["x/#"],"remove":["home/#"]}.)"};
}

checked<void> read_filters(const nlohmann::json& list, const char* name,
                           std::vector<std::string>& into) {
    if (!list.is_array())
        return not_readable("'" + std::string(name) + "' is not a list");
    if (list.size() > filters_max)
        return problem{.id = problem_id::too_many_filters};
    for (const auto& each : list) {
        if (!each.is_string())
            return not_readable("'" + std::string(name) + "' has something that is no text");
        const auto& text = each.get_ref<const std::string&>();
        if (auto fine = check_filter(text); !fine)
            return fine.error();
        if (std::find(into.begin(), into.end(), text) == into.end())
            into.push_back(text); // bound: filters_max
    }
    return {};
}

checked<filter_change> read_change(std::string_view body) {
    filter_change made;
    if (!is_json(body))
        return not_readable("The body is not JSON");
    const auto document = nlohmann::json::parse(body, nullptr, false);
    if (!document.is_object())
        return not_readable("The body is not a JSON object");
    for (const auto& [name, value] : document.items()) {
        if (name != "add" && name != "remove")
            return not_readable("'" + name + "' is not a member of a change");
        const bool adds = name == "add";
        auto read = read_filters(value, adds ? "add" : "remove", adds ? made.add : made.remove);
        if (!read)
            return read.error();
    }
    return made;
}

bool is_in_vain(const filter_change& wanted, const filter_outcome& outcome) {
    return !wanted.add.empty() && wanted.remove.empty() &&
           std::all_of(outcome.added.begin(), outcome.added.end(), mqtt::is_error);
}

std::string outcome_text(const live_stream& stream, const filter_outcome& outcome) {
    const auto row = stream.row();
    std::string out = R"({"stream":)";
    append_json_string(out, row.id);
    out += R"(,"filters":[)";
    for (std::size_t i = 0; i < row.filters.size(); ++i) {
        out += i == 0 ? "" : ",";
        append_json_string(out, row.filters[i]);
    }
    out += R"(],"added":[)";
    for (std::size_t i = 0; i < outcome.added.size(); ++i) {
        out += i == 0 ? "" : ",";
        append_number(out, mqtt::to_byte(outcome.added[i]));
    }
    out += R"(],"removed":[)";
    for (std::size_t i = 0; i < outcome.removed.size(); ++i) {
        out += i == 0 ? "" : ",";
        out += outcome.removed[i] ? "true" : "false";
    }
    return out + "]}";
}

} // namespace

boost::asio::awaitable<void> list_streams(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::admin); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const auto limit = each.options.number("limit", 1, ~std::uint64_t{0});
    if (!limit) {
        refuse(each, limit.error());
        co_return;
    }
    const auto page = std::min(limit->value_or(page_default), page_max);
    const auto* cursor = each.options.find("cursor");
    const bool sees_all = co_await is_administrator(each, mqtt::operation::receive);
    const auto mine = owner_of(each.connection.client().who());
    auto found = each.connection.context().streams->all(
        cursor != nullptr ? cursor->value : "", page + 1,
        [&](const live_stream& one) { return sees_all || owner_of(one.who()) == mine; });
    const bool more = found.size() > page;
    if (more)
        found.pop_back();
    std::string body = R"({"data":[)";
    for (std::size_t i = 0; i < found.size(); ++i) {
        body += i == 0 ? "" : ",";
        append_row(body, found[i]->row());
    }
    body += ']';
    if (more) {
        body += R"(,"next":)";
        append_json_string(body, found.back()->id());
        each.answer.add("Link",
                        "<" + uri_with(each, "cursor", found.back()->id()) + ">; rel=\"next\"");
    }
    show_json(each, body + '}');
}

boost::asio::awaitable<void> read_stream(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::plain); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const auto found = co_await find_own(each, mqtt::operation::receive);
    if (!found)
        co_return;
    std::string body;
    append_row(body, found->row());
    show_json(each, std::move(body));
}

boost::asio::awaitable<void> change_stream(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::plain); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    auto wanted = read_change(each.asked.body);
    if (!wanted) {
        refuse(each, wanted.error());
        co_return;
    }
    const auto found = co_await find_own(each, mqtt::operation::publish);
    if (!found)
        co_return;
    using told = std::optional<filter_outcome>;
    const auto ask = [&](stream_control::changed answer) {
        found->at_home([wanted = *wanted, answer = std::move(answer)](stream_control* stream) {
            if (stream != nullptr)
                stream->change(wanted, answer);
            else
                answer(std::nullopt);
        });
    };
    const auto outcome = co_await answer_of<told>(each.connection, ask);
    if (!outcome)
        refuse(each, {.id = problem_id::no_such_stream, .detail = found->id()});
    else if (outcome->too_many)
        refuse(each, {.id = problem_id::too_many_filters,
                      .detail = "Nothing was changed",
                      .hint = "Remove filters that are no longer needed in the same request."});
    else if (is_in_vain(*wanted, *outcome))
        refuse(each, problem_of(outcome->added.front()));
    else
        show_json(each, outcome_text(*found, *outcome));
}

boost::asio::awaitable<void> end_stream(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::plain); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const auto found = co_await find_own(each, mqtt::operation::publish);
    if (!found)
        co_return;
    const auto ask = [&](std::function<void(bool)> answer) {
        found->at_home([answer = std::move(answer)](stream_control* stream) {
            if (stream != nullptr)
                stream->end();
            answer(stream != nullptr);
        });
    };
    const auto ended = co_await answer_of<bool>(each.connection, ask);
    if (ended)
        each.answer.status = 204;
    else
        refuse(each, {.id = problem_id::no_such_stream, .detail = found->id()});
}

} // namespace rest
