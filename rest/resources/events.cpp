#include "rest/resources/events.hpp"

#include "rest/admin.hpp"
#include "rest/admin_rows.hpp"
#include "rest/event_stream.hpp"
#include "rest/http_connection.hpp"
#include "rest/query_options.hpp"
#include "rest/service_context.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace rest {
namespace {

// Everything that is told, by whichever room.
constexpr std::array<std::string_view, 9> event_names{
    "client.connected", "client.disconnected", "subscribed",     "unsubscribed", "retained.set",
    "retained.cleared", "auth.failed",         "webhook.failed", "bridge.up"};

// Severities as syslog counts them: the more severe, the lower.
constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> levels{
    {{"error", 3}, {"warning", 4}, {"notice", 5}, {"information", 6}, {"debug", 7}}};

// "client.connected,client.disconnected", or "client." for all that begin so.
checked<std::vector<std::string>> read_names(const query& options) {
    std::vector<std::string> names;
    const auto* option = options.find("event");
    if (option == nullptr)
        return names;
    std::string_view rest = option->value;
    std::string_view name;
    while (next_element(rest, name)) {
        const bool known =
            std::any_of(event_names.begin(), event_names.end(), [name](const auto each) {
                return each == name || (name.ends_with('.') && each.starts_with(name));
            });
        if (!known)
            return invalid_option("event", name,
                                  "names of events such as client.connected, or client. for all "
                                  "that begin so");
        names.emplace_back(name); // bound: header_bytes_max
    }
    return names;
}

bool is_chosen(const std::vector<std::string>& names, std::string_view name) {
    return names.empty() || std::any_of(names.begin(), names.end(), [name](const auto& each) {
               return each == name || (each.ends_with('.') && name.starts_with(each));
           });
}

checked<std::int64_t> read_level(const query& options) {
    const auto* option = options.find("level");
    if (option == nullptr)
        return levels.back().second;
    for (const auto& [name, severity] : levels)
        if (option->value == name)
            return severity;
    return invalid_option("level", option->value, "error, warning, notice, information or debug");
}

bool is_severe(const mqtt::event& line, std::int64_t level) {
    for (const auto& [name, value] : line.members)
        if (name == "severity")
            return std::get<std::int64_t>(value) <= level;
    return true;
}

bool is_of(const mqtt::event& packet, const std::string& client) {
    for (const auto& [name, value] : packet.members)
        if (name == "client")
            return std::get<std::string>(value) == client;
    return false;
}

} // namespace

boost::asio::awaitable<void> open_events(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::events); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    auto wish = read_event_wish(each.asked, each.options, "events");
    auto names = read_names(each.options);
    if (!wish || !names) {
        refuse(each, !wish ? wish.error() : names.error());
        co_return;
    }
    co_await admit_administrator(each, mqtt::operation::receive, "events");
    if (each.answered)
        co_return;
    wish->chosen = [names = std::move(*names)](const mqtt::event& what) {
        return is_chosen(names, what.name);
    };
    co_await stream_events(each, mqtt::events_of(each.connection.context().hub), std::move(*wish));
}

boost::asio::awaitable<void> open_log(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::log); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    auto wish = read_event_wish(each.asked, each.options, "log");
    const auto level = read_level(each.options);
    if (!wish || !level) {
        refuse(each, !wish ? wish.error() : level.error());
        co_return;
    }
    co_await admit_administrator(each, mqtt::operation::receive, "log");
    if (each.answered)
        co_return;
    auto* lines = each.connection.context().log_lines;
    if (lines == nullptr) {
        refuse(each, {.id = problem_id::no_such_resource});
        co_return;
    }
    wish->chosen = [level = *level](const mqtt::event& line) { return is_severe(line, level); };
    co_await stream_events(each, *lines, std::move(*wish));
}

boost::asio::awaitable<void> trace_client(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::trace); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    auto wish = read_event_wish(each.asked, each.options, "clients");
    const auto client = name_in_path(each);
    if (!client)
        co_return;
    if (!wish) {
        refuse(each, wish.error());
        co_return;
    }
    co_await admit_administrator(each, mqtt::operation::receive, "clients");
    if (each.answered)
        co_return;
    auto* packets = each.connection.context().packets;
    if (packets == nullptr) {
        refuse(each, {.id = problem_id::no_such_resource});
        co_return;
    }
    wish->chosen = [client = *client](const mqtt::event& what) { return is_of(what, client); };
    co_await stream_events(each, *packets, std::move(*wish));
}

} // namespace rest
