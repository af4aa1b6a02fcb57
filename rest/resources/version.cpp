#include "rest/resources/version.hpp"

#include "rest/http_connection.hpp"
#include "rest/query_options.hpp"
#include "rest/service_context.hpp"
#include "rest/static_files.hpp"
#include "sluice_version.hpp"

namespace rest {

boost::asio::awaitable<void> read_version(exchange& each) {
    if (const auto fine = check_options(each.options, purpose::plain); !fine) {
        refuse(each, fine.error());
        co_return;
    }
    each.answer.add("Cache-Control", "no-cache");
    if (each.connection.context().rules.http_api) { // as mosquitto's
        each.answer.set_body("text/plain", SLUICE_VERSION);
        co_return;
    }
    each.answer.set_body("application/json",
                         R"({"name":"sluice","version":")" SLUICE_VERSION
                         R"(","mqtt":["3.1","3.1.1","5.0"],"http":["1.0","1.1"]})"
                         "\n");
}

boost::asio::awaitable<void> read_openapi(exchange& each) {
    if (const auto* file = find_asset("openapi.json"); file != nullptr)
        show_asset(each, *file);
    else
        refuse(each, {.id = problem_id::no_such_resource});
    co_return;
}

} // namespace rest
