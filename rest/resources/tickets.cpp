#include "rest/resources/tickets.hpp"

#include "mqtt/auth/strict_json.hpp"
#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"
#include "rest/cookie.hpp"
#include "rest/credentials.hpp"
#include "rest/http_connection.hpp"
#include "rest/lobby.hpp"
#include "rest/query_options.hpp"
#include "rest/service_context.hpp"
#include "rest/time_text.hpp"
#include "rest/topic_address.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace rest {
namespace {

constexpr std::chrono::seconds good_for_max{300};

struct wanted_ticket {
    std::vector<std::string> filters;
    std::chrono::seconds good_for{30};
};

problem not_readable(std::string detail) {
    return {.id = problem_id::body_not_readable,
            .detail = std::move(detail),
            .hint = R"(Send {"filters":["home/#"],"ttl":30}.)"};
}

checked<std::vector<std::string>> read_filters(const nlohmann::json& list) {
    if (!list.is_array() || list.empty())
        return not_readable("'filters' is a list of at least one topic filter");
    if (list.size() > filters_max)
        return problem{.id = problem_id::too_many_filters};
    std::vector<std::string> filters;
    for (const auto& each : list) { // bound: filters_max
        if (!each.is_string() || !mqtt::is_topic_filter(each.get_ref<const std::string&>()))
            return problem{.id = problem_id::topic_filter_invalid, .detail = each.dump()};
        filters.push_back(each.get<std::string>());
    }
    return filters;
}

checked<wanted_ticket> read_wanted(const std::string& body) {
    const auto document = mqtt::read_strict_object(body);
    if (!document)
        return not_readable("The body is not a JSON object");
    wanted_ticket made;
    for (const auto& [name, value] : document->items()) {
        if (name == "ttl") {
            const bool fits =
                value.is_number_unsigned() && value.get<std::uint64_t>() >= 1 &&
                value.get<std::uint64_t>() <= static_cast<std::uint64_t>(good_for_max.count());
            if (!fits)
                return not_readable("'ttl' is a number of seconds from 1 to " +
                                    std::to_string(good_for_max.count()));
            made.good_for = std::chrono::seconds(value.get<std::int64_t>());
        } else if (name == "filters") {
            auto filters = read_filters(value);
            if (!filters)
                return filters.error();
            made.filters = std::move(*filters);
        } else {
            return not_readable("'" + name + "' is no member of it");
        }
    }
    if (made.filters.empty())
        return not_readable("'filters' is missing");
    return made;
}

void show(exchange& each, unsigned status, const nlohmann::json& body) {
    each.answer.status = status;
    each.answer.add("Cache-Control", "no-store"); // [RFC9111-5.2.2.5]
    each.answer.set_body("application/json", body.dump() + "\n");
}

std::string time_after(std::chrono::seconds from_now) {
    std::string text;
    append_rfc3339(text, std::chrono::system_clock::now() + from_now);
    return text;
}

} // namespace

boost::asio::awaitable<void> make_ticket(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::plain); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    auto wanted = read_wanted(each.asked.body);
    if (!wanted) {
        refuse(each, wanted.error());
        co_return;
    }
    auto& connection = each.connection;
    for (const auto& filter : wanted->filters) {
        co_await connection.settle(mqtt::operation::subscribe, filter);
        if (connection.client().authorized(mqtt::operation::subscribe, filter))
            continue;
        auto told = problem_of(mqtt::reason::not_authorized);
        told.detail = "Subscribing to " + filter;
        refuse(each, told);
        co_return;
    }
    auto who = connection.client().who();
    who.only = std::make_shared<const std::vector<std::string>>(wanted->filters);
    const auto made = connection.context().callers->tickets.make(who, wanted->good_for,
                                                                 std::chrono::steady_clock::now());
    if (!made) {
        refuse(each, {.id = problem_id::quota_exceeded,
                      .detail = "Too many tickets are waiting to be used",
                      .fields = {{"Retry-After", "30"}}});
        co_return;
    }
    show(each, 201,
         {{"ticket", *made},
          {"filters", wanted->filters},
          {"ttl", wanted->good_for.count()},
          {"expires_at", time_after(wanted->good_for)}});
}

namespace {

struct name_and_password {
    std::optional<std::string> username;
    std::optional<std::string> password;
};

problem no_login() {
    return {.id = problem_id::body_not_readable,
            .detail = "A login has a username and a password",
            .hint = R"(Send {"username":"alice","password":"…"}, a form with these fields, or the )"
                    "field Authorization."};
}

checked<name_and_password> read_json_login(const std::string& body) {
    const auto document = mqtt::read_strict_object(body);
    if (!document)
        return no_login();
    name_and_password made;
    for (const auto& [name, value] : document->items()) {
        if (!value.is_string() || (name != "username" && name != "password"))
            return no_login();
        (name == "username" ? made.username : made.password) = value.get<std::string>();
    }
    return made;
}

checked<name_and_password> read_form_login(const std::string& body) {
    const auto form = query::parse(body);
    if (!form)
        return no_login();
    name_and_password made;
    for (const auto& field : form->options()) {
        if (field.name != "username" && field.name != "password")
            return no_login();
        (field.name == "username" ? made.username : made.password) = field.value;
    }
    return made;
}

// What the body says, or the field Authorization where there is no body.
checked<mqtt::credentials> read_login(const request& asked) {
    const auto authorization = asked.field(http_field::authorization);
    if (asked.body.empty() && !authorization.empty()) {
        auto presented = read_credentials(authorization);
        if (!presented)
            return no_login();
        return *presented;
    }
    const auto start = asked.body.find_first_not_of(" \t\r\n");
    const bool is_json = start != std::string::npos && asked.body[start] == '{';
    auto read = is_json ? read_json_login(asked.body) : read_form_login(asked.body);
    if (!read)
        return read.error();
    if (!read->username || read->username->empty() || !read->password ||
        !mqtt::is_utf8_string(*read->username))
        return no_login();
    mqtt::credentials made;
    made.username = std::move(read->username);
    made.password = std::move(read->password);
    return made;
}

} // namespace

boost::asio::awaitable<void> log_in(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::plain); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    auto presented = read_login(each.asked);
    if (!presented) {
        refuse(each, presented.error());
        co_return;
    }
    auto& connection = each.connection;
    co_await connection.present(each, std::move(*presented));
    if (each.answered)
        co_return;
    const auto& who = connection.client().who();
    const auto value =
        connection.context().callers->logins.add(who, std::chrono::steady_clock::now());
    if (!value) {
        refuse(each, {.id = problem_id::quota_exceeded,
                      .detail = "Too many are logged in",
                      .fields = {{"Retry-After", "60"}}});
        co_return;
    }
    std::chrono::seconds life = login_table::life_max;
    if (who.good_until != mqtt::wall_time::max())
        life = std::min(life, std::chrono::duration_cast<std::chrono::seconds>(
                                  who.good_until - std::chrono::system_clock::now()));
    each.answer.add("Set-Cookie", login_cookie(*value, connection.is_secure(), life));
    show(each, 200,
         {{"username", who.username},
          {"idle", std::chrono::seconds(login_table::idle_max).count()},
          {"expires_at", time_after(life)}});
}

// Also for whom nobody knows any more: the browser's cookie goes in any case.
boost::asio::awaitable<void> log_out(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::plain); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const bool secure = each.connection.is_secure();
    const auto value =
        cookie_value(each.asked.field(http_field::cookie), login_cookie_name(secure));
    if (!value.empty())
        each.connection.context().callers->logins.erase(value);
    each.answer.status = 204;
    each.answer.add("Set-Cookie", login_cookie("", secure, std::chrono::seconds(0)));
    each.answer.add("Cache-Control", "no-store");
}

} // namespace rest
