#include "rest/resources/pages.hpp"

#include "rest/static_files.hpp"

namespace rest {

boost::asio::awaitable<void> read_page(exchange& each) {
    const auto* file = find_asset(each.rest.value_or("index.html"));
    if (file != nullptr)
        show_asset(each, *file);
    else
        refuse(each, {.id = problem_id::no_such_resource,
                      .detail = "This build has no web pages",
                      .hint = "Topics are at /topics/{topic}.",
                      .try_line = "curl '" + base_uri(each) + "/topics?tree'"});
    co_return;
}

} // namespace rest
