#include "rest/resources/manual.hpp"

#include "rest/static_files.hpp"

#include <string>

namespace rest {
namespace {

constexpr std::string_view style_sheet = "manual.css";

std::string asset_name(std::string_view chapter) {
    return chapter == style_sheet ? std::string(chapter) : "docs." + std::string(chapter) + ".html";
}

} // namespace

boost::asio::awaitable<void> read_manual(exchange& each) {
    if (const auto* file = find_asset(asset_name(each.rest.value_or("index"))); file != nullptr)
        show_asset(each, *file);
    else
        refuse(each, {.id = problem_id::no_such_resource,
                      .detail = std::string(each.path),
                      .hint = "All chapters are listed at /docs."});
    co_return;
}

} // namespace rest
