#include "rest/resources/users.hpp"

#include "rest/admin.hpp"
#include "rest/admin_rows.hpp"
#include "rest/answer_of.hpp"
#include "rest/office.hpp"
#include "rest/service_context.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace rest {
namespace {

using mqtt::operation;
using nlohmann::ordered_json;

std::string tag_text(std::string_view tag) {
    return '"' + std::string(tag) + '"';
}

void refuse_no_file(exchange& each) {
    refuse(each, {.id = problem_id::not_supported,
                  .detail = "The listener has no password_file",
                  .hint = "The operator names one in the configuration: password_file <path>."});
}

void refuse_failure(exchange& each, const std::string& why) {
    refuse(each, {.id = problem_id::internal_fault,
                  .detail = why,
                  .hint = "The user that the server runs as has to be able to write the password "
                          "file and its folder."});
}

// listener=<port>: the users of that listener's password file; else those of the one that was
// asked.
boost::asio::awaitable<std::uint16_t> realm_of(exchange& each) {
    const auto port = each.options.number("listener", 1, 65'535);
    if (!port) {
        refuse(each, port.error());
        co_return 0;
    }
    if (!*port)
        co_return each.connection.by().realm;
    const auto row = co_await find_listener(each.connection, static_cast<std::uint16_t>(**port));
    if (row)
        co_return row->realm;
    refuse(each, invalid_option("listener", std::to_string(**port), "the port of a listener"));
    co_return 0;
}

boost::asio::awaitable<user_list> find_users(exchange& each, std::uint16_t realm) {
    auto* office = each.connection.context().office;
    if (office == nullptr)
        co_return user_list{};
    auto ask = [office, realm](auto answer) { office->users(realm, answer); };
    co_return co_await answer_of<user_list>(each.connection, ask);
}

// Nothing: the exchange is refused.
boost::asio::awaitable<std::optional<user_list>> admitted_users(exchange& each) {
    co_await admit_administrator(each, operation::receive, "users");
    if (each.answered || !has_only_admin_options(each))
        co_return std::nullopt;
    const auto realm = co_await realm_of(each);
    if (each.answered)
        co_return std::nullopt;
    auto known = co_await find_users(each, realm);
    if (known.what == user_list::state::no_file)
        refuse_no_file(each);
    else if (known.what == user_list::state::unreadable)
        refuse_failure(each, known.problem);
    if (each.answered)
        co_return std::nullopt;
    co_return std::move(known);
}

ordered_json json_of(const user_row& row) {
    return {{"name", row.name}, {"hash", row.scheme}};
}

// If-Match and If-None-Match; what they name is decided when the file is changed.
void read_conditions(exchange& each, user_change& into) {
    const auto if_match = each.asked.list(http_field::if_match);
    const auto if_none_match = each.asked.list(http_field::if_none_match);
    if (!if_none_match.empty() && (if_none_match != "*" || !if_match.empty()))
        return refuse(each, invalid_option("If-None-Match", if_none_match, "* alone"));
    into.must_be_absent = !if_none_match.empty();
    if (if_match.empty())
        return;
    into.must_exist = true;
    std::string_view rest = if_match;
    std::string_view element;
    while (if_match != "*" && next_element(rest, element)) {
        if (element.size() < 2 || element.front() != '"' || element.back() != '"')
            return refuse(each,
                          invalid_option("If-Match", element, "the ETag in its quotes, or *"));
        into.tags.emplace_back(element.substr(1, element.size() - 2)); // bound: header_bytes_max
    }
}

void show_outcome(exchange& each, const user_change& wanted, const user_outcome& told) {
    using state = user_outcome::state;
    switch (told.what) {
    case state::no_file:
        return refuse_no_file(each);
    case state::failed:
        return refuse_failure(each, told.problem);
    case state::no_such_user:
        return refuse(each, {.id = problem_id::no_such_user, .detail = wanted.name});
    case state::refused:
        return refuse(each, {.id = problem_id::body_not_readable, .detail = told.problem});
    case state::condition_failed: {
        problem changed{.id = problem_id::changed_meanwhile, .detail = wanted.name};
        if (!told.tag.empty())
            changed.fields.emplace_back("ETag", tag_text(told.tag));
        return refuse(each, changed);
    }
    case state::created:
    case state::changed:
    case state::removed:
        break;
    }
    if (!told.reload.problems.empty()) {
        problem half{.id = problem_id::configuration_refused,
                     .detail = told.reload.problems.front()};
        half.hint = "The password file was changed, and is not in force: mend the configuration, "
                    "then POST /api/v1/reload.";
        return refuse(each, half);
    }
    if (told.what == state::removed) {
        each.answer.status = 204;
        return;
    }
    each.answer.status = told.what == state::created ? 201 : 200;
    each.answer.add("ETag", tag_text(told.tag));
    each.answer.set_body("application/json", ordered_json{{"name", wanted.name}}.dump() + "\n");
}

// The path names the user, the body what becomes of it.
boost::asio::awaitable<void> change(exchange& each, user_change wanted) {
    const auto name = name_in_path(each);
    if (!name)
        co_return;
    wanted.name = *name;
    read_conditions(each, wanted);
    if (each.answered)
        co_return;
    wanted.realm = co_await realm_of(each);
    if (each.answered)
        co_return;
    auto* office = each.connection.context().office;
    if (office == nullptr) {
        refuse_no_file(each);
        co_return;
    }
    auto ask = [office, &wanted](auto answer) { office->change_user(wanted, answer); };
    const auto told = co_await answer_of<user_outcome>(each.connection, ask);
    show_outcome(each, wanted, told);
}

} // namespace

boost::asio::awaitable<void> list_users(exchange& each) {
    const auto known = co_await admitted_users(each);
    if (!known)
        co_return;
    const auto page = read_page_query(each.options);
    if (!page) {
        refuse(each, page.error());
        co_return;
    }
    auto rows = ordered_json::array();
    list_end end;
    for (const auto& user : known->users) {
        if (user.name <= page->after)
            continue;
        if (rows.size() == page->limit) {
            end.last = rows.back()["name"].get<std::string>();
            break;
        }
        rows.push_back(json_of(user)); // bound: the limit
    }
    if (page->count)
        end.total = known->users.size();
    show_rows(each, std::move(rows), end);
}

boost::asio::awaitable<void> read_user(exchange& each) {
    const auto known = co_await admitted_users(each);
    if (!known)
        co_return;
    const auto name = name_in_path(each);
    if (!name)
        co_return;
    const auto found = std::find_if(known->users.begin(), known->users.end(),
                                    [&](const auto& user) { return user.name == *name; });
    if (found == known->users.end())
        refuse(each, {.id = problem_id::no_such_user, .detail = *name});
    else
        show_resource(each, json_of(*found), tag_text(found->tag));
}

boost::asio::awaitable<void> put_user(exchange& each) {
    co_await admit_administrator(each, operation::publish, "users");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    const auto body = read_object(each, {"password", "hash"});
    if (!body)
        co_return;
    user_change wanted;
    wanted.password = text_member(each, *body, "password");
    if (!each.answered)
        wanted.scheme = text_member(each, *body, "hash").value_or("");
    if (!each.answered && !wanted.password)
        refuse(each,
               {.id = problem_id::body_not_readable, .detail = "The member 'password' is missing"});
    if (!each.answered)
        co_await change(each, std::move(wanted));
}

boost::asio::awaitable<void> delete_user(exchange& each) {
    co_await admit_administrator(each, operation::publish, "users");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    user_change wanted; // GCC 12 destroys twice what stands in braces in the argument of a co_await
    co_await change(each, std::move(wanted));
}

} // namespace rest
