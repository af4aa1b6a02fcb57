#include "rest/resources/reload.hpp"

#include "rest/admin.hpp"
#include "rest/answer_of.hpp"
#include "rest/http_connection.hpp"
#include "rest/service_context.hpp"

#include <nlohmann/json.hpp>

namespace rest {
namespace {

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& each : lines)
        text += (text.empty() ? "" : "\n") + each;
    return text;
}

} // namespace

boost::asio::awaitable<void> reload_configuration(exchange& each) {
    co_await admit_administrator(each, mqtt::operation::publish, "reload");
    if (each.answered)
        co_return;
    const auto outcome =
        co_await answer_of<reload_outcome>(each.connection, each.connection.context().on_reload);
    if (!outcome.problems.empty()) {
        refuse(each, {.id = problem_id::configuration_refused,
                      .detail = joined(outcome.problems),
                      .hint = "Everything stays as it was. sluice --test-config -c FILE shows the "
                              "same."});
        co_return;
    }
    const nlohmann::json body{{"reloaded", true}, {"notes", outcome.notes}};
    each.answer.add("Content-Type", "application/json");
    each.answer.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

} // namespace rest
