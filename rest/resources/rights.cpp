#include "rest/resources/rights.hpp"

#include "mqtt/types/topic.hpp"
#include "rest/admin.hpp"
#include "rest/admin_rows.hpp"
#include "rest/client_rows.hpp"
#include "rest/every_shard.hpp"
#include "rest/office.hpp"
#include "rest/query_options.hpp"
#include "rest/time_text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace rest {
namespace {

using mqtt::operation;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t rules_shown_max = 1000;

// The nouns behind $CONTROL/http/ that administrators have rights on.
constexpr std::array<std::string_view, 18> admin_nouns{
    "clients", "sessions", "subscriptions", "shared",  "retained", "acl",
    "users",   "config",   "listeners",     "bridges", "reload",   "streams",
    "log",     "events",   "metrics",       "cost",    "webhooks", "contrast"};

std::string_view name_of(mqtt::rule_source source) {
    switch (source) {
    case mqtt::rule_source::reserved:
        return "reserved";
    case mqtt::rule_source::token:
        return "token";
    case mqtt::rule_source::plugin:
        return "plugin";
    case mqtt::rule_source::access_file:
        return "aclfile";
    case mqtt::rule_source::nobody:
        break;
    }
    return "default";
}

std::optional<operation> operation_of(std::string_view action) {
    if (action == "publish" || action == "write")
        return operation::publish;
    if (action == "receive" || action == "read")
        return operation::receive;
    if (action == "subscribe")
        return operation::subscribe;
    return std::nullopt;
}

struct asked_right {
    mqtt::identity who;
    bool names_user = false;
    operation what = operation::publish;
    std::string topic;
    std::optional<std::uint16_t> port; // of the listener by which the client comes
};

void refuse_body(exchange& each, std::string detail) {
    refuse(each, {.id = problem_id::body_not_readable,
                  .detail = std::move(detail),
                  .try_line = "curl -d '{\"user\":\"alice\",\"client_id\":\"a1\",\"action\":"
                              "\"publish\",\"topic\":\"home/x\"}' '" +
                              base_uri(each) + "/api/v1/acl/check'"});
}

void check_topic(exchange& each, const asked_right& right) {
    const bool is_filter = right.what == operation::subscribe;
    if (is_filter ? mqtt::is_subscription_filter(right.topic) : mqtt::is_topic_name(right.topic))
        return;
    refuse(each,
           {.id = is_filter ? problem_id::topic_filter_invalid : problem_id::topic_name_invalid,
            .detail = right.topic});
}

std::optional<asked_right> read_right(exchange& each) {
    const auto body = read_object(each, {"user", "client_id", "action", "topic", "listener"});
    if (!body)
        return std::nullopt;
    asked_right right;
    right.names_user = body->contains("user");
    right.who.username = text_member(each, *body, "user").value_or("");
    right.who.client_id = text_member(each, *body, "client_id").value_or("");
    const auto action = text_member(each, *body, "action");
    const auto topic = text_member(each, *body, "topic");
    const auto port = body->value("listener", json());
    if (each.answered)
        return std::nullopt;
    const auto what = operation_of(action.value_or(""));
    if (!what || !topic) {
        refuse_body(each, !topic ? "The member 'topic' is missing"
                                 : "'action' has to be publish, subscribe or receive");
        return std::nullopt;
    }
    if (!port.is_null() && (!port.is_number_unsigned() || port > 65'535)) {
        refuse_body(each, "'listener' has to be the port of a listener");
        return std::nullopt;
    }
    right.what = *what;
    right.topic = *topic;
    if (!port.is_null())
        right.port = port.get<std::uint16_t>();
    check_topic(each, right);
    return each.answered ? std::nullopt : std::optional(std::move(right));
}

// The rules that count are those of a listener. A client that has a session is asked about as it is
// there, unless another user is named.
boost::asio::awaitable<void> find_out_who(exchange& each, asked_right& right) {
    right.who.realm = each.connection.by().realm;
    if (right.port) {
        const auto row = co_await find_listener(each.connection, *right.port);
        if (!row) {
            refuse_body(each, "No listener has the port " + std::to_string(*right.port));
            co_return;
        }
        right.who.realm = row->realm;
    }
    if (right.names_user || right.who.client_id.empty())
        co_return;
    using found = std::optional<mqtt::identity>;
    std::function<found(mqtt::broker&)> work = [id = right.who.client_id](mqtt::broker& there) {
        return mqtt::identity_of(there, id);
    };
    const auto known =
        co_await ask_home_of<found>(each.connection, right.who.client_id, std::move(work));
    if (known)
        right.who = *known;
}

// Plugins are asked where they decide.
boost::asio::awaitable<mqtt::explanation> explain(http_connection& connection,
                                                  const asked_right& right) {
    auto& door = connection.context().door;
    // Whoever subscribes to a share is asked about the filter alone.
    const auto parts = mqtt::parse_shared_filter(right.topic);
    const std::string topic(parts ? parts->filter : std::string_view(right.topic));
    auto told = door.explain(right.who, right.what, topic);
    if (told.what != mqtt::verdict::undecided)
        co_return told;
    auto ask = [&door, &right, &topic](auto answer) {
        door.decide(
            {{right.who, right.what, topic}}, [](const auto& work) { work(); },
            [answer](const std::vector<mqtt::verdict>& said) { answer(said.front()); });
    };
    const auto said = co_await answer_of<mqtt::verdict>(connection, ask);
    // Now it is known whether it was the plugin's word.
    auto later = door.explain(right.who, right.what, topic);
    if (later.what == mqtt::verdict::undecided)
        later.what = said;
    co_return later;
}

boost::asio::awaitable<std::string> acl_file_of(http_connection& connection, std::uint16_t realm) {
    const auto rows = co_await all_listeners(connection);
    for (const auto& row : rows)
        if (row.realm == realm)
            co_return row.acl_file;
    co_return std::string();
}

ordered_json rule_json(const mqtt::rule_text& rule) {
    ordered_json made;
    made["line"] = rule.line == 0 ? ordered_json() : ordered_json(rule.line);
    made["rule"] = rule.text.empty() ? ordered_json() : ordered_json(rule.text);
    return made;
}

} // namespace

boost::asio::awaitable<void> check_right(exchange& each) {
    co_await admit_administrator(each, operation::receive, "acl");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    auto right = read_right(each);
    if (!right)
        co_return;
    co_await find_out_who(each, *right);
    if (each.answered)
        co_return;
    const auto told = co_await explain(each.connection, *right);
    ordered_json shown{{"allowed", told.what == mqtt::verdict::allowed},
                       {"source", name_of(told.source)}};
    shown.update(rule_json(told.rule));
    if (told.source == mqtt::rule_source::access_file) {
        const auto file = co_await acl_file_of(each.connection, right->who.realm);
        shown["file"] = file;
    }
    const auto& who = right->who;
    shown["user"] = who.username.empty() ? ordered_json() : ordered_json(who.username);
    shown["client_id"] = who.client_id;
    each.answer.add("Cache-Control", "no-store");
    each.answer.set_body("application/json",
                         shown.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
}

boost::asio::awaitable<void> read_me(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::plain); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const auto& client = each.connection.client();
    const auto& who = client.who();
    const auto& door = each.connection.context().door;
    ordered_json shown;
    shown["user"] = who.username.empty() ? ordered_json() : ordered_json(who.username);
    shown["client_id"] = who.client_id;
    shown["address"] = who.address;
    shown["authenticated_by"] = name_of(who.by);
    shown["good_until"] = nullptr;
    if (who.good_until != mqtt::wall_time::max()) {
        std::string text;
        append_rfc3339(text, who.good_until);
        shown["good_until"] = text;
    }
    auto rules = ordered_json::array();
    for (const auto& rule : door.rules_about(who, rules_shown_max))
        rules.push_back(rule_json(rule)); // bound: rules_shown_max
    const auto source = door.explain(who, operation::receive, "a").source;
    shown["source"] = name_of(source);
    shown["rules"] = std::move(rules);
    auto reads = ordered_json::array();
    auto writes = ordered_json::array();
    for (const auto noun : admin_nouns) { // bound: the nouns
        const auto topic = "$CONTROL/http/" + std::string(noun);
        co_await each.connection.settle(operation::receive, topic);
        if (client.authorized(operation::receive, topic))
            reads.push_back(noun);
        co_await each.connection.settle(operation::publish, topic);
        if (client.authorized(operation::publish, topic))
            writes.push_back(noun);
    }
    shown["administers"] = {{"read", std::move(reads)}, {"write", std::move(writes)}};
    each.answer.add("Vary", "Authorization");
    show_resource(each, shown);
}

} // namespace rest
