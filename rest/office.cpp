#include "rest/office.hpp"

#include "rest/answer_of.hpp"
#include "rest/service_context.hpp"

namespace rest {

boost::asio::awaitable<std::vector<listener_row>> all_listeners(http_connection& connection) {
    auto* office = connection.context().office;
    if (office == nullptr)
        co_return std::vector<listener_row>{};
    auto ask = [office](auto answer) { office->listeners(answer); };
    co_return co_await answer_of<std::vector<listener_row>>(connection, ask);
}

boost::asio::awaitable<std::optional<listener_row>> find_listener(http_connection& connection,
                                                                  std::uint16_t port) {
    const auto rows = co_await all_listeners(connection);
    for (const auto& row : rows)
        if (row.path.empty() && row.port == port)
            co_return row;
    co_return std::nullopt;
}

} // namespace rest
