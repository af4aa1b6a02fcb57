// Many retained values as one answer: which ones, page by page, and in which form.
#pragma once

#include "mqtt/broker/local_client.hpp"
#include "rest/exchange.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace rest {

inline constexpr std::size_t list_limit = 100;       // rows, when the caller names no number
inline constexpr std::size_t list_limit_max = 1'000; // rows

enum class list_form { json, lines, text, csv, tree };

// The values of all filters in the order of their topics, each once, and only those that the caller
// may read.
struct value_page {
    std::vector<mqtt::message_ptr> values;
    bool truncated = false;
    std::string last_topic; // up to here all topics have been looked at
};
value_page read_page(const mqtt::local_client& client, std::span<const std::string> filters,
                     std::size_t limit, std::string_view after);
// How many values read_page would give in all.
std::size_t count_values(const mqtt::local_client& client, std::span<const std::string> filters);

// Answers GET and HEAD.
void show_list(exchange& each, std::span<const std::string> filters);

std::string render_list(std::span<const mqtt::message_ptr> values, list_form form, bool parse);

} // namespace rest
