#include "rest/resources/health.hpp"

#include "rest/http_connection.hpp"
#include "rest/query_options.hpp"
#include "rest/service_context.hpp"

namespace rest {
namespace {

void show_state(exchange& each, std::string_view state) {
    each.answer.add("Cache-Control", "no-store");
    each.answer.set_body("text/plain; charset=utf-8", std::string(state) + '\n');
}

bool options_are_fine(exchange& each) {
    const auto fine = check_options(each.options, purpose::plain);
    if (!fine)
        refuse(each, fine.error());
    return fine.has_value();
}

} // namespace

boost::asio::awaitable<void> read_health(exchange& each) {
    if (options_are_fine(each))
        show_state(each, "live");
    co_return;
}

boost::asio::awaitable<void> read_readiness(exchange& each) {
    if (!options_are_fine(each))
        co_return;
    const auto& context = each.connection.context();
    if (context.stopping) {
        refuse(each, problem_of(mqtt::reason::server_shutting_down));
    } else if (context.ready && !context.ready()) {
        problem told{.id = problem_id::not_ready};
        told.fields.emplace_back("Retry-After", "1");
        refuse(each, told);
    } else {
        show_state(each, "ready");
    }
}

} // namespace rest
