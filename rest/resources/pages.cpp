#include "rest/resources/pages.hpp"

#include "rest/static_files.hpp"
#include "rest/topic_page.hpp"

#include <string>

namespace rest {

boost::asio::awaitable<void> read_page(exchange& each) {
    const std::string_view name = each.rest.value_or("index.html");
    const auto* file = find_asset(name);
    if (file == nullptr && name.find('.') == name.npos) // pages have names that can be said
        file = find_asset(std::string(name) + ".html");
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
