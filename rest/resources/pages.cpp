#include "rest/resources/pages.hpp"

#include "rest/static_files.hpp"
#include "rest/topic_page.hpp"

namespace rest {

boost::asio::awaitable<void> read_page(exchange& each) {
    const auto* file = find_page(each.rest.value_or("index.html"));
    if (file != nullptr && file->name != topic_template)
        show_asset(each, *file);
    else
        refuse(each, {.id = problem_id::no_such_resource,
                      .detail = std::string(each.path),
                      .hint = "Topics are at /topics/{topic}.",
                      .try_line = "curl '" + base_uri(each) + "/topics?tree'"});
    co_return;
}

} // namespace rest
