// The options of a request: what follows the '?' of its URL.
#pragma once

#include "rest/problem.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rest {

class query {
public:
    struct option {
        std::string name;
        std::string value;    // decoded, '+' is a space
        std::string_view raw; // as sent: topics and filters decode by rules of their own
        bool has_value = false;
    };

    // requires: text outlives the query.
    static checked<query> parse(std::string_view text);

    const std::vector<option>& options() const { return options_; }
    void erase(std::string_view name);
    // The first of that name, or null.
    const option* find(std::string_view name) const;

    // "?tree", "?tree=1" and "?tree=true" are on; "=0" and "=false" are off.
    checked<bool> flag(std::string_view name) const;
    // A whole number from low to high.
    checked<std::optional<std::uint64_t>> number(std::string_view name, std::uint64_t low,
                                                 std::uint64_t high) const;

private:
    std::vector<option> options_; // bounded by header_bytes_max
};

// The digits as a number; nothing when there is anything else, or it does not fit.
std::optional<std::uint64_t> parse_number(std::string_view digits);

// "?parse=json": payloads that are JSON stand in the envelope as JSON.
checked<bool> wants_parsed(const query& options);

problem invalid_option(std::string_view name, std::string_view value, std::string_view takes);

} // namespace rest
