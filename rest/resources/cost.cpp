#include "rest/resources/cost.hpp"

#include "mqtt/types/topic.hpp"
#include "rest/accept.hpp"
#include "rest/admin.hpp"
#include "rest/cost_table.hpp"
#include "rest/http_connection.hpp"
#include "rest/query_options.hpp"
#include "rest/service_context.hpp"
#include "rest/topic_address.hpp"

#include <array>

namespace rest {
namespace {

checked<bool> read_as_text(const exchange& each) {
    if (const auto* named = each.options.find("as"); named != nullptr) {
        if (named->value != "text" && named->value != "json")
            return invalid_option("as", named->value, "json or text");
        return named->value == "text";
    }
    constexpr std::array<std::string_view, 2> forms{"application/json", "text/plain"};
    const auto choice = preferred(each.asked.list(http_field::accept), forms);
    return choice && *choice == 1;
}

checked<cost_question> read_question(const query& options) {
    cost_question asked;
    auto address = address_to_publish(std::nullopt, options);
    if (!address)
        return address.error();
    asked.topic = std::move(address->name);
    const auto size = options.number("size", 0, costed_size_max);
    const auto n = options.number("n", 1, costed_number_max);
    const auto receivers = options.number("receivers", 0, costed_number_max);
    for (const auto* each : {&size, &n, &receivers})
        if (!*each)
            return each->error();
    asked.size = size->value_or(asked.size);
    asked.n = n->value_or(asked.n);
    asked.receivers = receivers->value_or(asked.receivers);
    return asked;
}

void show(exchange& each, bool as_text, std::string body) {
    each.answer.add("Cache-Control", "no-store");
    each.answer.add("Vary", "Accept");
    each.answer.set_body(as_text ? "text/plain; charset=utf-8" : "application/json",
                         std::move(body));
}

} // namespace

boost::asio::awaitable<void> read_cost(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::cost); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    const auto as_text = read_as_text(each);
    if (!as_text) {
        refuse(each, as_text.error());
        co_return;
    }
    co_await admit_administrator(each, mqtt::operation::receive, "cost");
    if (each.answered)
        co_return;
    if (each.options.find("topic") == nullptr) {
        const auto now = mqtt::read_all(each.connection.context().hub);
        show(each, *as_text, *as_text ? measured_text(now) : measured_json(now));
        co_return;
    }
    const auto asked = read_question(each.options);
    if (!asked) {
        refuse(each, asked.error());
        co_return;
    }
    const auto table = compute_costs(each, *asked);
    show(each, *as_text, *as_text ? cost_text(*asked, table) : cost_json(*asked, table));
}

} // namespace rest
