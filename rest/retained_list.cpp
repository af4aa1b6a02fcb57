#include "rest/retained_list.hpp"

#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/accept.hpp"
#include "rest/base64.hpp"
#include "rest/envelope.hpp"
#include "rest/http_connection.hpp"
#include "rest/json_text.hpp"
#include "rest/list_text.hpp"

#include <algorithm>
#include <array>

namespace rest {
namespace {

constexpr std::array<std::string_view, 5> types{"application/json", "application/x-ndjson",
                                                "text/plain; charset=utf-8",
                                                "text/csv; charset=utf-8", "application/json"};

checked<list_form> form_of(const exchange& each) {
    constexpr std::array<std::string_view, 5> names{"json", "ndjson", "text", "csv", "tree"};
    if (const auto* named = each.options.find("as"); named != nullptr) {
        const auto at = std::find(names.begin(), names.end(), named->value);
        if (at == names.end())
            return invalid_option("as", named->value, "json, ndjson, text, csv or tree for a list");
        return static_cast<list_form>(at - names.begin());
    }
    constexpr std::array<std::string_view, 4> served{"application/json", "application/x-ndjson",
                                                     "text/plain", "text/csv"};
    const auto choice = preferred(each.asked.list(http_field::accept), served);
    return static_cast<list_form>(choice.value_or(0));
}

checked<std::string> read_cursor(const query& options) {
    const auto* cursor = options.find("cursor");
    if (cursor == nullptr)
        return std::string();
    const auto topic = base64_decode(cursor->value);
    if (!topic || !mqtt::is_topic_name(*topic))
        return invalid_option("cursor", cursor->value, "what the Link of the page before says");
    return *topic;
}

} // namespace

value_page read_page(const mqtt::local_client& client, std::span<const std::string> filters,
                     std::size_t limit, std::string_view after) {
    value_page page;
    std::vector<mqtt::message_ptr> found;
    std::string_view horizon; // the lowest topic at which one of the filters was cut off
    std::vector<mqtt::retained_page> kept; // horizon is a view into these
    for (const auto& filter : filters) {
        kept.push_back(client.retained_matching(filter, limit + 1, after, false));
        const auto& part = kept.back();
        found.insert(found.end(), part.messages.begin(), part.messages.end());
        if (part.truncated && !part.messages.empty()) {
            const auto last = part.messages.back()->topic();
            horizon = horizon.empty() ? last : std::min(horizon, last);
        }
    }
    const auto by_topic = [](const auto& left, const auto& right) {
        return left->topic() < right->topic();
    };
    std::sort(found.begin(), found.end(), by_topic);
    const auto same_topic = [](const auto& left, const auto& right) {
        return left->topic() == right->topic();
    };
    found.erase(std::unique(found.begin(), found.end(), same_topic), found.end());
    if (!horizon.empty())
        std::erase_if(found, [&](const auto& each) { return each->topic() > horizon; });
    page.truncated = found.size() > limit || !horizon.empty();
    if (found.size() > limit)
        found.resize(limit);
    if (!found.empty())
        page.last_topic = found.back()->topic();
    page.values = std::move(found);
    return page;
}

std::size_t count_values(const mqtt::local_client& client, std::span<const std::string> filters) {
    if (filters.size() == 1)
        return client.retained_matching(filters.front(), 0, {}, true).total;
    std::size_t count = 0; // filters may overlap, so the values themselves are counted
    std::string after;
    for (;;) {
        const auto page = read_page(client, filters, list_limit_max, after);
        count += page.values.size();
        if (!page.truncated)
            return count;
        after = page.last_topic;
    }
}

std::string render_list(std::span<const mqtt::message_ptr> values, list_form form, bool parse) {
    switch (form) {
    case list_form::text:
        return list_as_text(values);
    case list_form::csv:
        return list_as_csv(values);
    case list_form::tree:
        return list_as_tree(values, parse);
    case list_form::json:
    case list_form::lines:
        break;
    }
    const bool array = form == list_form::json;
    std::string out = array ? "[" : "";
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (array)
            out += i == 0 ? "\n" : ",\n";
        append_envelope(out, *values[i], values[i]->qos(), true, parse);
        if (!array)
            out += '\n';
    }
    if (array)
        out += values.empty() ? "]\n" : "\n]\n";
    return out;
}

void show_list(exchange& each, std::span<const std::string> filters) {
    const auto form = form_of(each);
    const auto parse = wants_parsed(each.options);
    const auto limit = each.options.number("limit", 1, 1'000'000'000);
    const auto cursor = read_cursor(each.options);
    if (!form)
        return refuse(each, form.error());
    if (!limit)
        return refuse(each, limit.error());
    if (!cursor)
        return refuse(each, cursor.error());
    if (!parse)
        return refuse(each, parse.error());
    const auto rows = std::min<std::uint64_t>(limit->value_or(list_limit), list_limit_max);
    const auto& client = each.connection.client();
    const auto page = read_page(client, filters, rows, *cursor);
    auto& answer = each.answer;
    answer.add("Vary", "Accept");
    answer.add("Cache-Control", "no-cache");
    answer.add("X-Content-Type-Options", "nosniff");
    if (page.truncated) {
        answer.add("Mqtt-Truncated", "1");
        answer.add("Link",
                   "<" + uri_with(each, "cursor", base64_url(page.last_topic)) + ">; rel=\"next\"");
    }
    if (!page.truncated && cursor->empty())
        answer.add("Mqtt-Count", std::to_string(page.values.size()));
    else if (each.asked.is_head())
        answer.add("Mqtt-Count", std::to_string(count_values(client, filters)));
    answer.set_body(types[static_cast<std::size_t>(*form)],
                    render_list(page.values, *form, *parse));
}

} // namespace rest
