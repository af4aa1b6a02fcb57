// What the lists and resources of administrators have in common: pages, their cursors, tags, and
// bodies that are JSON.
#pragma once

#include "mqtt/broker/census.hpp"
#include "rest/exchange.hpp"

#include <nlohmann/json_fwd.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rest {

// limit, cursor and count of a list.
checked<mqtt::page_query> read_page_query(const query& options);

// The pages of all shards as one of at most `limit` rows, in the order of what key_of says of a
// row.
template <class Row, class Key>
mqtt::census_page<Row> merged(std::vector<mqtt::census_page<Row>> parts, std::size_t limit,
                              Key key_of) {
    mqtt::census_page<Row> whole;
    for (auto& part : parts) {
        whole.total += part.total;
        whole.more = whole.more || part.more;
        std::move(part.rows.begin(), part.rows.end(), std::back_inserter(whole.rows));
    }
    std::sort(whole.rows.begin(), whole.rows.end(),
              [&](const Row& left, const Row& right) { return key_of(left) < key_of(right); });
    if (whole.rows.size() > limit) {
        whole.rows.resize(limit);
        whole.more = true;
    }
    return whole;
}

struct list_end {
    std::optional<std::string> last; // the name of the last row, where more follow
    std::optional<std::size_t> total;
};
// {"data":[...],"next":"..."}; fields= chooses members of the rows.
void show_rows(exchange& each, nlohmann::ordered_json rows, const list_end& end);

// One resource with its ETag; 304 for who has it already. tag: "" means of the text itself.
void show_resource(exchange& each, const nlohmann::ordered_json& what, std::string tag = {});

// The body, which must be a JSON object with no members but these. Nothing: the exchange is
// refused.
std::optional<nlohmann::json> read_object(exchange& each,
                                          std::initializer_list<std::string_view> members);
// A member that is text, or is not there; the exchange is refused when it is anything else.
std::optional<std::string> text_member(exchange& each, const nlohmann::json& body,
                                       const char* name);

// What stands for the first "{...}" of the path, decoded and UTF-8; refuses otherwise.
std::optional<std::string> name_in_path(exchange& each);

// Refuses what this address takes no option for.
bool has_only_admin_options(exchange& each);

} // namespace rest
