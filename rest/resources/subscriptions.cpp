#include "rest/resources/subscriptions.hpp"

#include "rest/admin.hpp"
#include "rest/admin_rows.hpp"
#include "rest/every_shard.hpp"
#include "rest/topic_address.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace rest {
namespace {

using nlohmann::ordered_json;

using subscriptions = mqtt::census_page<mqtt::subscription_row>;
using groups = mqtt::census_page<mqtt::group_row>;
using receivers = mqtt::census_page<mqtt::receiver_row>;

ordered_json json_of(const mqtt::receiver_row& row) {
    ordered_json made;
    made["client_id"] = row.client_id;
    made["user"] = row.username.empty() ? ordered_json() : ordered_json(row.username);
    made["qos"] = mqtt::to_number(row.qos);
    made["connected"] = row.connected;
    made["may_receive"] = row.asked ? ordered_json() : ordered_json(row.may_receive);
    made["shared"] = row.group.empty() ? ordered_json() : ordered_json("$share/" + row.group);
    return made;
}

// Who would get a message of this topic now; of a shared subscription one of those that are named.
boost::asio::awaitable<void> show_receivers(exchange& each, std::string topic) {
    std::function<receivers(mqtt::broker&)> work = [topic](mqtt::broker& there) {
        return mqtt::receivers_of(there, topic, mqtt::receivers_shown_max);
    };
    auto parts = co_await ask_every_shard<receivers>(each.connection, std::move(work));
    const auto found =
        merged(std::move(parts), mqtt::receivers_shown_max, [](const mqtt::receiver_row& row) {
            return std::pair(std::string_view(row.client_id), std::string_view(row.group));
        });
    auto rows = ordered_json::array();
    for (const auto& row : found.rows)
        rows.push_back(json_of(row)); // bound: receivers_shown_max
    const auto matched = each.connection.client().subscriber_count(topic);
    each.answer.add("Mqtt-Matched", std::to_string(matched)); // of a shared subscription one
    if (found.more)
        each.answer.add("Mqtt-Truncated", "1");
    show_rows(each, std::move(rows), {std::nullopt, found.total});
}

boost::asio::awaitable<void> show_subscriptions(exchange& each) {
    const auto page = read_page_query(each.options);
    if (!page) {
        refuse(each, page.error());
        co_return;
    }
    std::function<subscriptions(mqtt::broker&)> work = [page = *page](mqtt::broker& there) {
        return mqtt::subscriptions_of(there, {}, page);
    };
    auto parts = co_await ask_every_shard<subscriptions>(each.connection, std::move(work));
    const auto found = merged(std::move(parts), page->limit,
                              [](const mqtt::subscription_row& row) { return row.key(); });
    auto rows = ordered_json::array();
    for (const auto& row : found.rows) {
        ordered_json one{{"client_id", row.client_id},
                         {"filter", row.filter},
                         {"qos", mqtt::to_number(row.qos)}};
        one["identifier"] = row.identifier == 0 ? ordered_json() : ordered_json(row.identifier);
        rows.push_back(std::move(one)); // bound: the limit
    }
    list_end end;
    if (found.more && !found.rows.empty())
        end.last = found.rows.back().key();
    if (page->count)
        end.total = found.total;
    show_rows(each, std::move(rows), end);
}

// A group has members on several shards.
void join(std::vector<mqtt::group_row>& rows) {
    std::vector<mqtt::group_row> joined;
    for (auto& row : rows) {
        if (joined.empty() || joined.back().key() != row.key()) {
            joined.push_back(std::move(row)); // bound: the rows
            continue;
        }
        auto& one = joined.back();
        one.member_count += row.member_count;
        one.online_count += row.online_count;
        std::move(row.members.begin(), row.members.end(), std::back_inserter(one.members));
        if (one.members.size() > mqtt::group_members_shown_max)
            one.members.resize(mqtt::group_members_shown_max);
    }
    rows = std::move(joined);
}

ordered_json json_of(const mqtt::group_row& row) {
    auto members = ordered_json::array();
    for (const auto& one : row.members) // bound: group_members_shown_max
        members.push_back({{"client_id", one.client_id},
                           {"qos", mqtt::to_number(one.qos)},
                           {"connected", one.connected}});
    return {{"name", row.name},
            {"filter", row.filter},
            {"members", row.member_count},
            {"connected", row.online_count},
            {"clients", std::move(members)}};
}

} // namespace

boost::asio::awaitable<void> list_subscriptions(exchange& each) {
    co_await admit_administrator(each, mqtt::operation::receive, "subscriptions");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    const auto* named = each.options.find("topic");
    if (named == nullptr) {
        co_await show_subscriptions(each);
        co_return;
    }
    const auto topic = topic_from_query(named->raw);
    if (!topic) {
        refuse(each, topic.error());
        co_return;
    }
    if (const auto fine = check_name(*topic); !fine)
        refuse(each, fine.error());
    else
        co_await show_receivers(each, *topic);
}

boost::asio::awaitable<void> list_shared(exchange& each) {
    co_await admit_administrator(each, mqtt::operation::receive, "shared");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    const auto page = read_page_query(each.options);
    if (!page) {
        refuse(each, page.error());
        co_return;
    }
    std::function<groups(mqtt::broker&)> work = [page = *page](mqtt::broker& there) {
        return mqtt::groups_of(there, page);
    };
    auto parts = co_await ask_every_shard<groups>(each.connection, std::move(work));
    auto found =
        merged(std::move(parts), SIZE_MAX, [](const mqtt::group_row& row) { return row.key(); });
    join(found.rows);
    if (found.rows.size() > page->limit) {
        found.rows.resize(page->limit);
        found.more = true;
    }
    auto rows = ordered_json::array();
    for (const auto& row : found.rows)
        rows.push_back(json_of(row)); // bound: the limit
    list_end end;
    if (found.more && !found.rows.empty())
        end.last = found.rows.back().key();
    show_rows(each, std::move(rows), end);
}

} // namespace rest
