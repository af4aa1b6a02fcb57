// GET /topics/{topic}?publish=ON, for devices that can do nothing else. GET is a safe method, and
// anything may follow a link: so it is off unless the operator wants it. [RFC9110-9.2.1]
#include "rest/http_connection.hpp"
#include "rest/resources/topics.hpp"
#include "rest/router.hpp"
#include "rest/service_context.hpp"

namespace rest {
namespace {

// Browsers say where a request comes from, and whether anybody has asked for it.
bool is_somebodys_wish(const request& asked) {
    const auto site = asked.field("Sec-Fetch-Site");
    return site != "cross-site" && site != "same-site" && asked.field("Sec-Purpose").empty() &&
           asked.field("Purpose").empty();
}

} // namespace

boost::asio::awaitable<void> publish_by_get(exchange& each) {
    const auto& rules = each.connection.context().rules;
    if (!rules.get_publish || each.asked.is_head()) {
        problem told{.id = problem_id::method_not_allowed,
                     .detail = "GET does not publish",
                     .hint = "Use PUT or POST. The operator can allow it for devices that can only "
                             "GET: http_get_publish true."};
        told.fields.emplace_back("Allow", allowed_methods(each.path)); // [RFC9110-15.5.6]
        told.try_line = "curl -d ON '" + base_uri(each) + std::string(each.path) + "'";
        refuse(each, told);
        co_return;
    }
    if (!is_somebodys_wish(each.asked)) {
        refuse(each, {.id = problem_id::origin_not_allowed,
                      .detail = "A page of another site asks for it, or nobody does"});
        co_return;
    }
    each.connection.replace_body(each.options.find("publish")->value);
    each.options.erase("publish");
    each.answer.add("Cache-Control", "no-store");
    co_await publish_topic(each);
}

} // namespace rest
