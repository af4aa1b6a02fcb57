// What one user may do, as the rows of acl_query say it. Knows topics, no database and no broker.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sql_auth {

// Of one user. More are no rules at all: a list that was cut short may lack the row that denies.
inline constexpr std::size_t rules_per_user_max = 1000;
inline constexpr std::size_t rules_bytes_max = 256 * 1024;

enum class operation : std::uint8_t { read, write, subscribe };

struct asker {
    std::string_view username;
    std::string_view client_id;
};

// Bits of the column "access", the numbers of mosquitto's plugin interface; 0 denies.
inline constexpr std::uint8_t read_bit = 1;
inline constexpr std::uint8_t write_bit = 2;
inline constexpr std::uint8_t subscribe_bit = 4;

// "0" to "7", or deny, read, write, readwrite, subscribe, all.
std::optional<std::uint8_t> access_from(std::string_view text);

class rule_set {
public:
    // False for a row that can't be understood, and beyond the bounds. Whoever gets that has to
    // deny everything: the row may have been there to deny something.
    bool add(std::string_view filter, std::string_view access);

    // A row that denies wins, whatever the order. To subscribe, one row must cover the filter as a
    // whole, with the bits of subscribing or of reading.
    // requires: topic is what may stand in PUBLISH, for subscribe in SUBSCRIBE; else the answer is
    // no
    bool permits(const asker& who, operation what, std::string_view topic) const;

    bool empty() const { return rules_.empty(); }
    std::size_t bytes() const { return bytes_; }

private:
    struct rule {
        std::string filter; // %u and %c as they are
        std::uint8_t bits = 0;
        bool has_name = false; // one of them is there
    };

    std::vector<rule> rules_; // bound: rules_per_user_max, rules_bytes_max
    std::size_t bytes_ = 0;
};

// The filter with %u and %c filled in. Nothing where a name is empty, would be more than one level,
// a wildcard, or begin the topics of the broker: then it would reach what belongs to others.
std::optional<std::string> filled(std::string_view filter, const asker& who);

// Whether each topic that `narrow` matches is matched by `wide`. requires: both are topic filters
bool covers(std::string_view wide, std::string_view narrow);

} // namespace sql_auth
