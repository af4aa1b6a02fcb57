#include "rest/resources/retained.hpp"

#include "rest/admin.hpp"
#include "rest/admin_rows.hpp"
#include "rest/envelope.hpp"
#include "rest/every_shard.hpp"
#include "rest/topic_address.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace rest {
namespace {

using values = mqtt::census_page<mqtt::message_ptr>;

// The one filter; "#" where none is named.
checked<std::string> read_filter(const query& options) {
    const auto* named = options.find("filter");
    if (named == nullptr)
        return std::string("#");
    auto filter = topic_from_query(named->raw);
    if (!filter)
        return filter.error();
    if (const auto fine = check_filter(*filter); !fine)
        return fine.error();
    return filter;
}

boost::asio::awaitable<values> find_values(http_connection& connection, std::string filter,
                                           mqtt::page_query page) {
    const auto here = mqtt::shard_of(connection.context().hub);
    const auto& hub = connection.context().hub;
    auto ask = [&hub, here, filter, page](auto answer) {
        mqtt::call_shard(hub, here, [filter, page, answer](mqtt::broker& there) {
            answer(mqtt::retained_values(there, filter, page));
        });
    };
    co_return co_await answer_of<values>(connection, ask);
}

// What the server publishes itself is not an administrator's to clear.
bool is_own(const std::string& filter) {
    return filter.starts_with('$');
}

// Clears them page by page; between two pages others have their turns. Returns how many.
boost::asio::awaitable<std::size_t> clear_all(http_connection& connection, std::string filter) {
    std::size_t cleared = 0;
    mqtt::page_query page{.limit = 1000};
    for (bool more = true; more && !connection.over();) {
        auto found = co_await find_values(connection, filter, page);
        more = found.more;
        cleared += found.rows.size();
        if (!found.rows.empty())
            page.after = found.rows.back()->topic();
        const auto& hub = connection.context().hub;
        const auto here = mqtt::shard_of(hub);
        auto clear = [&hub, here, rows = std::move(found.rows)](auto answer) {
            mqtt::call_shard(hub, here, [rows, answer](mqtt::broker& there) {
                for (const auto& value : rows)
                    mqtt::clear_retained(there, value->topic());
                answer(true);
            });
        };
        co_await answer_of<bool>(connection, clear);
    }
    co_return cleared;
}

} // namespace

boost::asio::awaitable<void> list_retained(exchange& each) {
    co_await admit_administrator(each, mqtt::operation::receive, "retained");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    const auto filter = read_filter(each.options);
    auto page = read_page_query(each.options);
    if (!filter || !page) {
        refuse(each, !filter ? filter.error() : page.error());
        co_return;
    }
    page->count = page->count || each.asked.is_head();
    const auto found = co_await find_values(each.connection, *filter, *page);
    auto rows = nlohmann::ordered_json::array();
    for (const auto& value : found.rows) {
        std::string text;
        append_envelope(text, *value, value->qos(), true, false);
        auto row = nlohmann::ordered_json::parse(text);
        row["bytes"] = value->payload().size();
        rows.push_back(std::move(row)); // bound: the limit
    }
    list_end end;
    if (found.more && !found.rows.empty())
        end.last = found.rows.back()->topic();
    if (page->count) {
        end.total = found.total;
        each.answer.add("Mqtt-Count", std::to_string(found.total));
    }
    show_rows(each, std::move(rows), end);
}

boost::asio::awaitable<void> clear_retained_values(exchange& each) {
    co_await admit_administrator(each, mqtt::operation::publish, "retained");
    if (each.answered || !has_only_admin_options(each))
        co_return;
    const auto filter = read_filter(each.options);
    const auto confirmed = each.options.number("confirm", 0, ~std::uint64_t{0});
    if (!filter || !confirmed) {
        refuse(each, !filter ? filter.error() : confirmed.error());
        co_return;
    }
    if (is_own(*filter)) {
        refuse(each, {.id = problem_id::not_authorized,
                      .detail = "Topics that begin with '$' are the server's own"});
        co_return;
    }
    mqtt::page_query all;
    all.count = true;
    const auto counted = co_await find_values(each.connection, *filter, all);
    if (!*confirmed || **confirmed != counted.total) {
        problem told{.id = *confirmed ? problem_id::confirm_differs : problem_id::confirm_needed};
        told.detail = "This would clear " + std::to_string(counted.total) + " values";
        told.hint = "Repeat it with confirm=" + std::to_string(counted.total) + ".";
        told.fields.emplace_back("Mqtt-Count", std::to_string(counted.total));
        refuse(each, told);
        co_return;
    }
    const auto cleared = co_await clear_all(each.connection, *filter);
    each.answer.status = 204;
    each.answer.add("Mqtt-Count", std::to_string(cleared));
}

} // namespace rest
