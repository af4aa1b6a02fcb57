#include "rest/resources/metrics.hpp"

#include "rest/accept.hpp"
#include "rest/admin.hpp"
#include "rest/http_connection.hpp"
#include "rest/metrics_text.hpp"
#include "rest/query_options.hpp"
#include "rest/service_context.hpp"

#include <array>

namespace rest {
namespace {

exposition wanted_form(const exchange& each) {
    constexpr std::array<std::string_view, 2> forms{"text/plain", "application/openmetrics-text"};
    const auto choice = preferred(each.asked.list(http_field::accept), forms);
    return choice && *choice == 1 ? exposition::openmetrics : exposition::prometheus;
}

} // namespace

boost::asio::awaitable<void> read_metrics(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::plain); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    co_await admit_administrator(each, mqtt::operation::receive, "metrics");
    if (each.answered)
        co_return;
    const auto form = wanted_form(each);
    each.answer.add("Cache-Control", "no-store");
    each.answer.add("Vary", "Accept");
    each.answer.set_body(
        content_type_of(form),
        metrics_text(mqtt::read_all(each.connection.context().hub), read_resource_usage(), form));
}

} // namespace rest
