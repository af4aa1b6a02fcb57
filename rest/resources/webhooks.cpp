#include "rest/resources/webhooks.hpp"

#include "mqtt/types/topic.hpp"
#include "rest/admin.hpp"
#include "rest/answer_of.hpp"
#include "rest/percent.hpp"
#include "rest/query_options.hpp"
#include "rest/service_context.hpp"
#include "rest/webhooks/desk.hpp"

#include <functional>
#include <optional>
#include <string>

namespace rest {
namespace {

using webhooks::desk_answer;
using webhooks::desk_reply;

constexpr std::uint64_t deliveries_usual = 100;
constexpr std::uint64_t deliveries_most = 1000;

// Lets an administrator of webhooks in, whose request has options that belong here. False: refused.
boost::asio::awaitable<bool> admit_here(exchange& each, mqtt::operation what) {
    co_await admit_administrator(each, what, "webhooks");
    if (each.answered)
        co_return false;
    const auto fine = check_options(each.options, purpose::webhook);
    if (!fine)
        refuse(each, fine.error());
    co_return fine.has_value();
}

// The name in the path. Empty: refused.
std::string webhook_name(exchange& each) {
    std::string name;
    const bool readable = percent_decode(each.rest.value_or(""), name);
    if (readable && webhooks::is_webhook_name(name))
        return name;
    refuse(each, {.id = problem_id::invalid_parameter,
                  .detail = "This is no name of a webhook",
                  .hint = "A name has 1 to 64 letters, digits, '-', '_' and '.'."});
    return {};
}

// The same, once the caller may do this to webhooks.
boost::asio::awaitable<std::string> admitted_name(exchange& each, mqtt::operation what) {
    const bool admitted = co_await admit_here(each, what);
    if (!admitted)
        co_return std::string();
    co_return webhook_name(each);
}

void answer_with_json(exchange& each, unsigned status, const std::string& body) {
    each.answer.status = status;
    each.answer.add("Cache-Control", "no-store");
    each.answer.set_body("application/json", body + "\n");
}

// Puts one question to the desk and answers with what it says. asks(desk, reply)
boost::asio::awaitable<std::optional<std::string>>
ask_desk(exchange& each, std::function<void(webhooks::desk&, desk_reply)> asks) {
    auto& desk = *each.connection.context().hook_desk;
    const auto question = [&desk, &asks](desk_reply then) { asks(desk, std::move(then)); };
    auto said = co_await answer_of<desk_answer>(each.connection, question);
    if (said.refused) {
        refuse(each, *said.refused);
        co_return std::nullopt;
    }
    if (said.made)
        each.answer.status = 201;
    co_return std::move(said.body);
}

// Whoever makes a webhook must be allowed to have what it gets, and to publish where it publishes.
boost::asio::awaitable<bool> check_rights(exchange& each, const webhooks::definition& what) {
    auto& connection = each.connection;
    problem told{.id = problem_id::not_authorized};
    for (const auto& filter : what.filters) {
        const auto shared = mqtt::parse_shared_filter(filter);
        const std::string asked(shared ? shared->filter : std::string_view(filter));
        co_await connection.settle(mqtt::operation::subscribe, asked);
        if (!connection.client().authorized(mqtt::operation::subscribe, asked))
            told.detail = "Subscribing to " + filter;
    }
    co_await connection.settle(mqtt::operation::publish, what.dead_letter);
    if (!connection.client().authorized(mqtt::operation::publish, what.dead_letter)) {
        told.detail = "Publishing to " + what.dead_letter;
        told.hint = "What can't be delivered goes there; 'dead_letter' names another topic.";
    }
    if (told.detail.empty())
        co_return true;
    refuse(each, told);
    co_return false;
}

} // namespace

boost::asio::awaitable<void> list_webhooks(exchange& each) {
    const bool admitted = co_await admit_here(each, mqtt::operation::receive);
    if (!admitted)
        co_return;
    const auto body = co_await ask_desk(
        each, [](webhooks::desk& desk, desk_reply then) { desk.list(std::move(then)); });
    if (body)
        answer_with_json(each, 200, *body);
}

boost::asio::awaitable<void> read_webhook(exchange& each) {
    const auto name = co_await admitted_name(each, mqtt::operation::receive);
    if (name.empty())
        co_return;
    const auto body = co_await ask_desk(
        each, [&name](webhooks::desk& desk, desk_reply then) { desk.show(name, std::move(then)); });
    if (body)
        answer_with_json(each, 200, *body);
}

boost::asio::awaitable<void> put_webhook(exchange& each) {
    const auto name = co_await admitted_name(each, mqtt::operation::publish);
    if (name.empty())
        co_return;
    auto& connection = each.connection;
    auto& desk = *connection.context().hook_desk;
    using found = std::optional<webhooks::definition>;
    const auto question = [&desk, &name](std::function<void(found)> then) {
        desk.find(name, std::move(then));
    };
    const auto before = co_await answer_of<found>(connection, question);
    auto wanted = webhooks::parse_definition(name, each.asked.body, before ? &*before : nullptr);
    if (!wanted) {
        refuse(each, wanted.error());
        co_return;
    }
    const bool allowed = co_await check_rights(each, *wanted);
    if (!allowed)
        co_return;
    wanted->username = connection.client().who().username;
    wanted->realm = connection.client().who().realm;
    const auto body = co_await ask_desk(
        each, [&wanted](webhooks::desk& to, desk_reply then) { to.put(*wanted, std::move(then)); });
    if (!body)
        co_return;
    if (each.answer.status == 201)
        each.answer.add("Location", "/api/v1/webhooks/" + name);
    answer_with_json(each, each.answer.status, *body);
}

boost::asio::awaitable<void> delete_webhook(exchange& each) {
    const auto name = co_await admitted_name(each, mqtt::operation::publish);
    if (name.empty())
        co_return;
    const auto body = co_await ask_desk(each, [&name](webhooks::desk& desk, desk_reply then) {
        desk.remove(name, std::move(then));
    });
    if (body)
        each.answer.status = 204;
}

boost::asio::awaitable<void> list_deliveries(exchange& each) {
    const auto name = co_await admitted_name(each, mqtt::operation::receive);
    if (name.empty())
        co_return;
    std::optional<webhooks::delivery_state> only;
    if (const auto* state = each.options.find("state"); state != nullptr) {
        only = webhooks::parse_state(state->value);
        if (!only) {
            refuse(each, invalid_option("state", state->value, "pending, delivered or failed"));
            co_return;
        }
    }
    const auto limit = each.options.number("limit", 1, 1'000'000'000);
    if (!limit) {
        refuse(each, limit.error());
        co_return;
    }
    const auto rows = std::min(limit->value_or(deliveries_usual), deliveries_most);
    const auto body =
        co_await ask_desk(each, [&name, only, rows](webhooks::desk& desk, desk_reply then) {
            desk.deliveries(name, only, rows, std::move(then));
        });
    if (body)
        answer_with_json(each, 200, *body);
}

boost::asio::awaitable<void> retry_delivery(exchange& each) {
    const auto name = co_await admitted_name(each, mqtt::operation::publish);
    if (name.empty())
        co_return;
    std::string id;
    if (!percent_decode(each.second, id)) {
        refuse(each, {.id = problem_id::no_such_delivery, .detail = std::string(each.second)});
        co_return;
    }
    const auto body = co_await ask_desk(each, [&name, &id](webhooks::desk& desk, desk_reply then) {
        desk.retry(name, id, std::move(then));
    });
    if (body)
        answer_with_json(each, 202, *body);
}

boost::asio::awaitable<void> test_webhook(exchange& each) {
    const auto name = co_await admitted_name(each, mqtt::operation::publish);
    if (name.empty())
        co_return;
    const auto body = co_await ask_desk(
        each, [&name](webhooks::desk& desk, desk_reply then) { desk.test(name, std::move(then)); });
    if (body)
        answer_with_json(each, 200, *body);
}

} // namespace rest
