// POST /api/v1/query: a read whose options are too long for a URL stand in the body, as a form or
// as a JSON object.
#include "rest/json_text.hpp"
#include "rest/percent.hpp"
#include "rest/resources/topics.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace rest {
namespace {

using nlohmann::ordered_json;

problem wrong_body(std::string detail) {
    return {.id = problem_id::invalid_parameter,
            .detail = std::move(detail),
            .hint = "The body is a form, filter=a/%23&filter=b/%23&limit=100, or a JSON object, "
                    "{\"filter\":[\"a/#\",\"b/#\"],\"limit\":100}."};
}

// False: the value can't be that of an option.
bool append_option(std::string& form, std::string_view name, const ordered_json& value) {
    if (value.is_array() || value.is_object() || value.is_null())
        return false;
    form += form.empty() ? "" : "&";
    append_uri_text(form, name);
    form += '=';
    append_uri_text(form, value.is_string() ? value.get<std::string>() : value.dump());
    return true;
}

// The members of a JSON object as the form that says the same.
checked<std::string> form_of(std::string_view body) {
    const auto document =
        is_json(body) ? ordered_json::parse(body, nullptr, false) : ordered_json();
    if (!document.is_object())
        return wrong_body("The body is not a JSON object");
    std::string form;
    for (const auto& [name, value] : document.items()) {
        const auto alone = ordered_json::array({value});
        for (const auto& each : value.is_array() ? value : alone)
            if (!append_option(form, name, each))
                return wrong_body("'" + name + "' is neither a text, a number nor true or false");
    }
    return form;
}

bool begins_as_object(std::string_view body) {
    const auto at = body.find_first_not_of(" \t\r\n");
    return at != std::string_view::npos && body[at] == '{';
}

std::string_view without_line_end(std::string_view body) {
    while (body.ends_with('\n') || body.ends_with('\r'))
        body.remove_suffix(1);
    return body;
}

} // namespace

boost::asio::awaitable<void> query_topics(exchange& each) {
    for (const auto& option : each.options.options())
        if (!option.name.starts_with("x-")) {
            refuse(each, wrong_body("Options stand in the body, not in the URL"));
            co_return;
        }
    // The options show this text for as long as the answer takes.
    std::string form(without_line_end(each.asked.body));
    if (begins_as_object(form)) {
        auto read = form_of(form);
        if (!read) {
            refuse(each, read.error());
            co_return;
        }
        form = std::move(*read);
    }
    auto options = query::parse(form);
    if (!options) {
        refuse(each, options.error());
        co_return;
    }
    if (options->find("publish") != nullptr || options->find("ticket") != nullptr) {
        refuse(each, wrong_body("A query only reads, for the one who sends it"));
        co_return;
    }
    each.options = std::move(*options);
    each.rest.reset();
    co_await read_topic(each);
    each.options = {};
}

} // namespace rest
