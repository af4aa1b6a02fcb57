#include "rest/resources/server.hpp"

#include "mqtt/broker/census.hpp"
#include "rest/admin.hpp"
#include "rest/admin_rows.hpp"
#include "rest/answer_of.hpp"
#include "rest/list_text.hpp"
#include "rest/office.hpp"
#include "rest/query_options.hpp"
#include "rest/retained_list.hpp"
#include "rest/service_context.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <charconv>
#include <utility>

namespace rest {
namespace {

using mqtt::operation;
using nlohmann::ordered_json;

// More than the metrics that there are.
constexpr std::size_t system_topics_max = 1000;

bool as_mosquitto(const exchange& each) {
    return each.connection.context().rules.http_api;
}

// mosquitto asks its access rules about the path as if it were a topic.
boost::asio::awaitable<void> admit_as_mosquitto(exchange& each, std::string_view noun) {
    if (as_mosquitto(each)) {
        const std::string path(each.path);
        co_await each.connection.settle(operation::receive, path);
        if (each.connection.client().authorized(operation::receive, path))
            co_return;
    }
    co_await admit_administrator(each, operation::receive, noun);
}

ordered_json options_json(const configuration_text::options& options) {
    auto made = ordered_json::object();
    for (const auto& [name, value] : options)
        made[name] = value;
    return made;
}

ordered_json json_of(const listener_row& row) {
    ordered_json made;
    made["port"] = row.path.empty() ? ordered_json(row.port) : ordered_json();
    made["path"] = row.path.empty() ? ordered_json() : ordered_json(row.path);
    made["address"] = row.address.empty() ? ordered_json() : ordered_json(row.address);
    made["protocol"] = row.protocol;
    made["tls"] = row.tls;
    made["client_certificates"] = row.client_certificates;
    made["allow_anonymous"] = row.allow_anonymous;
    made["connections"] = row.connections;
    made["max_connections"] =
        row.max_connections == 0 ? ordered_json() : ordered_json(row.max_connections);
    made["password_file"] =
        row.password_file.empty() ? ordered_json() : ordered_json(row.password_file);
    made["acl_file"] = row.acl_file.empty() ? ordered_json() : ordered_json(row.acl_file);
    return made;
}

ordered_json mosquitto_json_of(const listener_row& row) {
    ordered_json made;
    if (row.path.empty())
        made["port"] = row.port;
    else
        made["path"] = row.path;
    made["protocol"] = row.protocol == "http" ? "httpapi" : row.protocol;
    made["tls"] = row.tls;
    made["mtls"] = row.client_certificates;
    made["allow_anonymous"] = row.allow_anonymous;
    return made;
}

void answer_json(exchange& each, const ordered_json& what) {
    each.answer.add("Cache-Control", "no-cache");
    each.answer.set_body("application/json",
                         what.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                             "\n");
}

// Numbers by topic; "12 seconds" counts as one.
ordered_json numbers_of(const value_page& page) {
    auto made = ordered_json::object();
    for (const auto& value : page.values) {
        const auto text = value->payload();
        std::int64_t number = 0;
        const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
        const std::string_view rest(read.ptr, text.data() + text.size());
        if (read.ec == std::errc() && (rest.empty() || rest == " seconds"))
            made[std::string(value->topic())] = number; // bound: system_topics_max
    }
    return made;
}

} // namespace

boost::asio::awaitable<void> read_configuration(exchange& each) {
    co_await admit_administrator(each, operation::receive, "config");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    auto* office = each.connection.context().office;
    configuration_text known;
    if (office != nullptr) {
        auto ask = [office](auto answer) { office->configuration(answer); };
        known = co_await answer_of<configuration_text>(each.connection, ask);
    }
    auto listeners = ordered_json::array();
    for (const auto& options : known.listeners)
        listeners.push_back(options_json(options)); // bound: listeners
    show_resource(each,
                  {{"global", options_json(known.global)}, {"listeners", std::move(listeners)}});
}

boost::asio::awaitable<void> list_listeners(exchange& each) {
    co_await admit_as_mosquitto(each, "listeners");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    const auto known = co_await all_listeners(each.connection);
    auto rows = ordered_json::array();
    for (const auto& row : known) // bound: listeners
        rows.push_back(as_mosquitto(each) ? mosquitto_json_of(row) : json_of(row));
    if (as_mosquitto(each))
        answer_json(each, {{"listeners", std::move(rows)}});
    else
        show_rows(each, std::move(rows), {std::nullopt, known.size()});
}

boost::asio::awaitable<void> list_bridges(exchange& each) {
    co_await admit_administrator(each, operation::receive, "bridges");
    if (!each.answered && has_only_admin_options(each))
        show_rows(each, ordered_json::array(), {});
}

// What the caller may read of it, as of any other topic.
boost::asio::awaitable<void> read_system_tree(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::admin); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const std::array<std::string, 1> filters{"$SYS/#"};
    co_await each.connection.settle(operation::subscribe, filters.front());
    const auto page = read_page(each.connection.client(), filters, system_topics_max, {});
    if (as_mosquitto(each))
        answer_json(each, numbers_of(page));
    else
        answer_json(each, ordered_json::parse(list_as_tree(page.values, true)));
}

} // namespace rest
