#include "rest/admin.hpp"

#include "rest/http_connection.hpp"

#include <string>

namespace rest {

boost::asio::awaitable<void> admit_administrator(exchange& each, mqtt::operation what,
                                                 std::string_view name) {
    const auto topic = "$CONTROL/http/" + std::string(name);
    co_await each.connection.settle(what, topic);
    if (each.connection.client().authorized(what, topic))
        co_return;
    auto told = problem_of(mqtt::reason::not_authorized);
    const bool writes = what == mqtt::operation::publish;
    told.detail = std::string(writes ? "Changing " : "Reading ") + std::string(each.path);
    told.hint = "The operator can allow it with a line of the acl_file: topic " +
                std::string(writes ? "write " : "read ") + topic + ".";
    refuse(each, told);
}

} // namespace rest
