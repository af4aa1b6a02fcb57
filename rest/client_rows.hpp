// Clients of both kinds as rows for administrators: MQTT sessions, and the callers of HTTP.
#pragma once

#include "mqtt/broker/census.hpp"
#include "rest/exchange.hpp"

#include <boost/asio/awaitable.hpp>
#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace rest {

// q, user, transport, connected and ip of a list of clients.
checked<mqtt::client_query> read_client_query(const query& options);

boost::asio::awaitable<mqtt::census_page<mqtt::client_row>>
clients_page(http_connection& connection, mqtt::client_query asked, mqtt::page_query page);
// Nothing: there is no such client.
boost::asio::awaitable<std::optional<mqtt::client_row>> find_client_row(http_connection& connection,
                                                                        std::string client_id);
// Whether there was such a client. Of HTTP all connections of that name are closed.
boost::asio::awaitable<bool> end_connection(http_connection& connection, std::string client_id);

nlohmann::ordered_json json_of(const mqtt::client_row& row);
std::string_view name_of(mqtt::transport way);
std::string_view name_of(mqtt::evidence by);

} // namespace rest
