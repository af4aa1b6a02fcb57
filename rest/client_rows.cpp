#include "rest/client_rows.hpp"

#include "rest/admin_rows.hpp"
#include "rest/every_shard.hpp"
#include "rest/roster.hpp"
#include "rest/time_text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace rest {
namespace {

using nlohmann::ordered_json;

using page = mqtt::census_page<mqtt::client_row>;

constexpr std::array transport_names{
    std::pair{mqtt::transport::mqtt, std::string_view("mqtt")},
    std::pair{mqtt::transport::websockets, std::string_view("websocket")},
    std::pair{mqtt::transport::http, std::string_view("http")}};

constexpr std::string_view http_prefix = "http:"; // of the client ids that we give out ourselves

mqtt::client_row row_of(const http_connection& connection, const mqtt::identity& who) {
    mqtt::client_row row;
    row.client_id = who.client_id;
    row.username = who.username;
    row.address = who.address;
    row.realm = who.realm;
    row.by = who.by;
    row.good_until = who.good_until;
    row.connected = true;
    row.way = mqtt::transport::http;
    row.since = connection.since();
    return row;
}

// The callers of one shard. thread: that shard's
template <class Visitor>
void for_each_caller(const roster& present, const mqtt::broker& here, Visitor visit) {
    for (const auto& service : present.of(here))
        for (auto& connection : service->connections)
            if (const auto* who = connection.who(); who != nullptr)
                visit(connection, *who);
}

void add_callers(page& into, const roster& present, const mqtt::broker& here,
                 const mqtt::client_query& asked, const mqtt::page_query& wanted) {
    for_each_caller(present, here, [&](const http_connection& connection, const auto& who) {
        auto row = row_of(connection, who);
        if (!mqtt::is_meant(asked, row))
            return;
        ++into.total;
        if (row.client_id > wanted.after)
            into.rows.push_back(std::move(row)); // bound: connections
    });
}

std::string time_text(mqtt::wall_time when) {
    std::string text;
    append_rfc3339(text, when);
    return text;
}

std::string version_text(std::uint8_t version) {
    return version == 3 ? "3.1" : version == 4 ? "3.1.1" : "5.0";
}

} // namespace

std::string_view name_of(mqtt::transport way) {
    for (const auto& [which, name] : transport_names)
        if (which == way)
            return name;
    return "";
}

std::string_view name_of(mqtt::evidence by) {
    switch (by) {
    case mqtt::evidence::nothing:
        break;
    case mqtt::evidence::password:
        return "password";
    case mqtt::evidence::token:
        return "token";
    case mqtt::evidence::tls:
        return "certificate";
    case mqtt::evidence::plugin:
        return "plugin";
    }
    return "nothing";
}

checked<mqtt::client_query> read_client_query(const query& options) {
    mqtt::client_query asked;
    if (const auto* text = options.find("q"); text != nullptr)
        asked.text = text->value;
    if (const auto* user = options.find("user"); user != nullptr)
        asked.username = user->value;
    if (const auto* ip = options.find("ip"); ip != nullptr)
        asked.ip = ip->value;
    if (options.find("connected") != nullptr) {
        const auto connected = options.flag("connected");
        if (!connected)
            return connected.error();
        asked.connected = *connected;
    }
    if (const auto* named = options.find("transport"); named != nullptr) {
        for (const auto& [which, name] : transport_names)
            if (name == named->value)
                asked.way = which;
        if (!asked.way)
            return invalid_option("transport", named->value, "mqtt, websocket or http");
    }
    return asked;
}

boost::asio::awaitable<page> clients_page(http_connection& connection, mqtt::client_query asked,
                                          mqtt::page_query wanted) {
    const auto* present = connection.context().present;
    std::function<page(mqtt::broker&)> work = [present, asked, wanted](mqtt::broker& there) {
        auto part = mqtt::clients_of(there, asked, wanted);
        if (present != nullptr)
            add_callers(part, *present, there, asked, wanted);
        return part;
    };
    auto parts = co_await ask_every_shard<page>(connection, std::move(work));
    co_return merged(std::move(parts), wanted.limit,
                     [](const mqtt::client_row& row) { return std::string_view(row.client_id); });
}

boost::asio::awaitable<std::optional<mqtt::client_row>> find_client_row(http_connection& connection,
                                                                        std::string client_id) {
    using found = std::optional<mqtt::client_row>;
    std::function<found(mqtt::broker&)> ask_session = [client_id](mqtt::broker& there) {
        return mqtt::find_client(there, client_id);
    };
    auto row = co_await ask_home_of<found>(connection, client_id, std::move(ask_session));
    const auto* present = connection.context().present;
    if (row || present == nullptr || !client_id.starts_with(http_prefix))
        co_return row;
    std::function<found(mqtt::broker&)> ask_callers = [present, client_id](mqtt::broker& there) {
        found made;
        for_each_caller(*present, there, [&](const http_connection& caller, const auto& who) {
            if (who.client_id == client_id)
                made = row_of(caller, who);
        });
        return made;
    };
    const auto parts = co_await ask_every_shard<found>(connection, std::move(ask_callers));
    for (const auto& part : parts)
        if (part)
            row = part;
    co_return row;
}

boost::asio::awaitable<bool> end_connection(http_connection& connection, std::string client_id) {
    std::function<bool(mqtt::broker&)> end_session = [client_id](mqtt::broker& there) {
        if (!mqtt::find_client(there, client_id))
            return false;
        mqtt::send_away(there, client_id, mqtt::reason::administrative_action);
        return true;
    };
    const bool known = co_await ask_home_of<bool>(connection, client_id, std::move(end_session));
    const auto* present = connection.context().present;
    if (known || present == nullptr || !client_id.starts_with(http_prefix))
        co_return known;
    std::function<int(mqtt::broker&)> end_callers = [present, client_id](mqtt::broker& there) {
        std::vector<std::shared_ptr<http_connection>> leaving;
        for_each_caller(*present, there, [&](http_connection& caller, const auto& who) {
            if (who.client_id == client_id)
                leaving.push_back(caller.shared_from_this()); // bound: connections
        });
        for (const auto& each : leaving)
            each->send_away();
        return static_cast<int>(leaving.size());
    };
    const auto ended = co_await ask_every_shard<int>(connection, std::move(end_callers));
    co_return std::any_of(ended.begin(), ended.end(), [](int count) { return count > 0; });
}

ordered_json json_of(const mqtt::client_row& row) {
    ordered_json made;
    made["client_id"] = row.client_id;
    made["user"] = row.username.empty() ? ordered_json() : ordered_json(row.username);
    made["connected"] = row.connected;
    made["transport"] = row.way ? ordered_json(name_of(*row.way)) : ordered_json();
    made["address"] = row.address.empty() ? ordered_json() : ordered_json(row.address);
    const bool speaks_mqtt = row.connected && row.way != mqtt::transport::http;
    made["protocol"] =
        speaks_mqtt ? ordered_json(version_text(row.protocol_version)) : ordered_json();
    made["keep_alive"] = speaks_mqtt ? ordered_json(row.keep_alive) : ordered_json();
    made["since"] = row.since ? ordered_json(time_text(*row.since)) : ordered_json();
    made["authenticated_by"] = name_of(row.by);
    made["good_until"] = row.good_until == mqtt::wall_time::max()
                             ? ordered_json()
                             : ordered_json(time_text(row.good_until));
    made["session_expiry"] = row.session_expiry == mqtt::session_never_expires
                                 ? ordered_json()
                                 : ordered_json(row.session_expiry);
    made["ends_in"] = row.ends_in ? ordered_json(*row.ends_in) : ordered_json();
    made["kept"] = row.kept;
    made["will"] = row.has_will;
    made["subscriptions"] = row.subscriptions;
    made["queued"] = row.waiting;
    made["in_flight"] = row.in_flight;
    return made;
}

} // namespace rest
