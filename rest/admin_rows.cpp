#include "rest/admin_rows.hpp"

#include "mqtt/types/utf8.hpp"
#include "rest/base64.hpp"
#include "rest/conditions.hpp"
#include "rest/http_connection.hpp"
#include "rest/json_text.hpp"
#include "rest/percent.hpp"
#include "rest/query_options.hpp"
#include "rest/retained_list.hpp"

#include <nlohmann/json.hpp>

namespace rest {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// Text of other people stands in it; what is no UTF-8 does not break it.
std::string text_of(const ordered_json& what) {
    return what.dump(-1, ' ', false, json::error_handler_t::replace);
}

// The members that fields= names; nothing: all of them.
checked<std::vector<std::string>> chosen_fields(const query& options, const ordered_json& rows) {
    std::vector<std::string> names;
    const auto* fields = options.find("fields");
    if (fields == nullptr)
        return names;
    std::string_view list = fields->value;
    std::string_view name;
    while (next_element(list, name)) {
        // An empty list can't tell, and has nothing to choose from either.
        if (!rows.empty() && !rows.front().contains(name))
            return invalid_option("fields", name, "names of members of the rows");
        names.emplace_back(name); // bound: header_bytes_max
    }
    return names;
}

} // namespace

checked<mqtt::page_query> read_page_query(const query& options) {
    const auto limit = options.number("limit", 1, 1'000'000'000);
    if (!limit)
        return limit.error();
    const auto count = options.flag("count");
    if (!count)
        return count.error();
    mqtt::page_query page;
    page.limit = std::min<std::uint64_t>(limit->value_or(list_limit), list_limit_max);
    page.count = *count;
    if (const auto* cursor = options.find("cursor"); cursor != nullptr) {
        auto after = base64_decode(cursor->value);
        if (!after)
            return invalid_option("cursor", cursor->value, "what 'next' of the page before says");
        page.after = std::move(*after);
    }
    return page;
}

void show_rows(exchange& each, ordered_json rows, const list_end& end) {
    const auto fields = chosen_fields(each.options, rows);
    if (!fields)
        return refuse(each, fields.error());
    std::string out = "{\"data\":[";
    std::size_t count = 0;
    for (auto& row : rows) {
        out += count++ == 0 ? "\n" : ",\n";
        if (fields->empty()) {
            out += text_of(row);
            continue;
        }
        auto chosen = ordered_json::object();
        for (const auto& name : *fields)
            if (row.contains(name))
                chosen[name] = std::move(row[name]);
        out += text_of(chosen);
    }
    out += ']';
    auto& answer = each.answer;
    if (end.last) {
        const auto next = base64_url(*end.last);
        out += ",\"next\":\"" + next + '"';
        answer.add("Link", "<" + uri_with(each, "cursor", next) + ">; rel=\"next\"");
    }
    if (end.total)
        out += ",\"count\":" + std::to_string(*end.total);
    answer.add("Cache-Control", "no-cache");
    answer.set_body("application/json", out + "}\n");
}

void show_resource(exchange& each, const ordered_json& what, std::string tag) {
    auto body = text_of(what) + "\n";
    if (tag.empty())
        tag = text_tag(body);
    auto& answer = each.answer;
    answer.add("ETag", tag);
    answer.add("Cache-Control", "no-cache");
    if (names_tag(each.asked.list(http_field::if_none_match), tag))
        answer.status = 304; // [RFC9110-13.1.2]
    else
        answer.set_body("application/json", std::move(body));
}

std::optional<json> read_object(exchange& each, std::initializer_list<std::string_view> members) {
    const auto wrong = [&](std::string detail) {
        refuse(each, {.id = problem_id::body_not_readable, .detail = std::move(detail)});
        return std::nullopt;
    };
    if (!is_json(each.asked.body))
        return wrong("The body is not JSON");
    auto body = json::parse(each.asked.body, nullptr, false);
    if (!body.is_object())
        return wrong("The body is not a JSON object");
    for (const auto& [name, value] : body.items())
        if (std::find(members.begin(), members.end(), name) == members.end())
            return wrong("'" + name + "' is not a member of this body");
    return body;
}

std::optional<std::string> text_member(exchange& each, const json& body, const char* name) {
    const auto found = body.find(name);
    if (found == body.end() || found->is_null())
        return std::nullopt;
    if (found->is_string())
        return found->get<std::string>();
    refuse(each, {.id = problem_id::body_not_readable,
                  .detail = "'" + std::string(name) + "' has to be text"});
    return std::nullopt;
}

std::optional<std::string> name_in_path(exchange& each) {
    std::string name;
    if (!percent_decode(*each.rest, name)) {
        refuse(each, {.id = problem_id::bad_percent_escape, .detail = std::string(*each.rest)});
        return std::nullopt;
    }
    if (!mqtt::is_utf8(name)) {
        refuse(each, {.id = problem_id::bad_request, .detail = "The name is not UTF-8"});
        return std::nullopt;
    }
    return name;
}

bool has_only_admin_options(exchange& each) {
    const auto fine = check_options(each.options, purpose::admin);
    if (!fine)
        refuse(each, fine.error());
    return !each.answered;
}

} // namespace rest
