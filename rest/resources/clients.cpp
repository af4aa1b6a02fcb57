#include "rest/resources/clients.hpp"

#include "mqtt/types/topic.hpp"
#include "rest/admin.hpp"
#include "rest/admin_rows.hpp"
#include "rest/client_rows.hpp"
#include "rest/every_shard.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace rest {
namespace {

using mqtt::operation;
using nlohmann::ordered_json;

void refuse_unknown(exchange& each, const std::string& client_id) {
    refuse(each, {.id = problem_id::no_such_client,
                  .detail = client_id,
                  .try_line = "curl '" + base_uri(each) + "/api/v1/clients?limit=10'"});
}

struct wanted_subscription {
    std::string filter;
    mqtt::qos level = mqtt::qos::at_least_once;
};

std::optional<wanted_subscription> read_subscription(exchange& each) {
    const auto body = read_object(each, {"filter", "qos"});
    if (!body)
        return std::nullopt;
    const auto filter = text_member(each, *body, "filter");
    if (each.answered)
        return std::nullopt;
    const auto qos = body->value("qos", ordered_json(1));
    if (!filter || !mqtt::is_subscription_filter(*filter)) {
        refuse(each, {.id = problem_id::topic_filter_invalid,
                      .detail = filter.value_or("The member 'filter' is missing")});
        return std::nullopt;
    }
    if (!qos.is_number_integer() || qos < 0 || qos > 2) {
        refuse(each, {.id = problem_id::bad_qos});
        return std::nullopt;
    }
    return wanted_subscription{*filter, static_cast<mqtt::qos>(qos.get<int>())};
}

} // namespace

boost::asio::awaitable<void> list_clients(exchange& each) {
    co_await admit_administrator(each, operation::receive, "clients");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    const auto page = read_page_query(each.options);
    const auto asked = read_client_query(each.options);
    if (!page || !asked) {
        refuse(each, !page ? page.error() : asked.error());
        co_return;
    }
    const auto found = co_await clients_page(each.connection, *asked, *page);
    auto rows = ordered_json::array();
    for (const auto& row : found.rows)
        rows.push_back(json_of(row)); // bound: the limit
    list_end end;
    if (found.more && !found.rows.empty())
        end.last = found.rows.back().client_id;
    if (page->count)
        end.total = found.total;
    show_rows(each, std::move(rows), end);
}

boost::asio::awaitable<void> read_client(exchange& each) {
    co_await admit_administrator(each, operation::receive, "clients");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    const auto client_id = name_in_path(each);
    if (!client_id)
        co_return;
    const auto row = co_await find_client_row(each.connection, *client_id);
    if (!row) {
        refuse_unknown(each, *client_id);
        co_return;
    }
    auto shown = json_of(*row);
    using page = mqtt::census_page<mqtt::subscription_row>;
    std::function<page(mqtt::broker&)> work = [client_id](mqtt::broker& there) {
        return mqtt::subscriptions_of(there, *client_id, {.limit = mqtt::receivers_shown_max});
    };
    const auto found = co_await ask_home_of<page>(each.connection, *client_id, std::move(work));
    auto filters = ordered_json::array();
    for (const auto& one : found.rows)
        filters.push_back({{"filter", one.filter}, {"qos", mqtt::to_number(one.qos)}});
    shown["filters"] = std::move(filters);
    show_resource(each, shown);
}

boost::asio::awaitable<void> disconnect_client(exchange& each) {
    co_await admit_administrator(each, operation::publish, "clients");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    const auto client_id = name_in_path(each);
    if (!client_id)
        co_return;
    const bool known = co_await end_connection(each.connection, *client_id);
    if (known)
        each.answer.status = 204;
    else
        refuse_unknown(each, *client_id);
}

boost::asio::awaitable<void> subscribe_client(exchange& each) {
    co_await admit_administrator(each, operation::publish, "clients");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    const auto client_id = name_in_path(each);
    if (!client_id)
        co_return;
    const auto wanted = read_subscription(each);
    if (!wanted)
        co_return;
    using outcome = std::optional<mqtt::reason>;
    const auto& hub = each.connection.context().hub;
    const auto home = mqtt::home_of(hub, *client_id);
    auto ask = [&hub, home, client_id = *client_id, wanted = *wanted](auto answer) {
        mqtt::call_shard(hub, home, [client_id, wanted, answer](mqtt::broker& there) {
            mqtt::subscribe_for(there, client_id, wanted.filter, wanted.level, answer);
        });
    };
    const auto said = co_await answer_of<outcome>(each.connection, ask);
    if (!said) {
        refuse_unknown(each, *client_id);
        co_return;
    }
    if (mqtt::is_error(*said)) {
        auto told = problem_of(*said);
        told.detail = "Subscribing " + *client_id + " to " + wanted->filter;
        told.hint = "A client is subscribed by its own rights. POST /api/v1/acl/check tells which "
                    "rule decides.";
        refuse(each, told);
        co_return;
    }
    show_resource(each, {{"client_id", *client_id},
                         {"filter", wanted->filter},
                         {"qos", mqtt::to_byte(*said)},
                         {"reason_code", mqtt::to_byte(*said)}});
}

} // namespace rest
