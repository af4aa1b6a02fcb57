// URI <-> topic, section 2 of the contract: which topic, or which filters, a request is about.
#pragma once

#include "rest/problem.hpp"
#include "rest/query.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rest {

// Levels of a topic that comes in a URI.
inline constexpr std::size_t uri_levels_max = 64;
// Filters of one stream or list.
inline constexpr std::size_t filters_max = 100;

struct topic_address {
    std::string name;                 // one topic; empty when there are filters
    std::vector<std::string> filters; // at most filters_max
    bool slash_at_end = false;        // '#' may have been cut off the URL on its way here

    bool is_filter() const { return !filters.empty(); }
};

// What the request reads, in either form. path: raw text behind "/topics/", nothing for "/topics".
checked<topic_address> address_to_read(std::optional<std::string_view> path, const query& options);
// The one topic that the request publishes to.
checked<topic_address> address_to_publish(std::optional<std::string_view> path,
                                          const query& options);

// The raw text of a path, decoded once.
checked<std::string> topic_from_path(std::string_view raw);
// The raw value of ?topic= or ?filter=: a '+' that fills a level is the wildcard, any other is a
// space.
checked<std::string> topic_from_query(std::string_view raw);

checked<void> check_name(std::string_view name);
// Shared subscriptions are refused: the broker has none for in-process clients.
checked<void> check_filter(std::string_view filter);

// "/topics/..." for a topic; in the query form where a level would not survive in a path.
std::string topic_uri(std::string_view topic);
// The same with an option behind it, such as "wait=30".
std::string topic_option_uri(std::string_view topic, std::string_view option);

// Told when the path of the request ended in a slash.
extern const std::string_view slash_hint;

} // namespace rest
