// What is logged, and where to. Names and meanings as mosquitto's log_* options.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

enum class log_type : unsigned {
    error = 1U << 0,
    warning = 1U << 1,
    notice = 1U << 2,
    information = 1U << 3,
    debug = 1U << 4, // one line for every packet
    subscribe = 1U << 5,
    unsubscribe = 1U << 6,
    websockets = 1U << 7,
    internal = 1U << 8, // mosquitto's own workings: a name that files may hold, and no line of ours
};

struct log_type_row {
    log_type type;
    std::string_view name;
    int syslog_severity;    // of RFC 5424, table 2
    std::string_view topic; // below $SYS/broker/log/; empty: never told to clients
};

// clang-format off
inline constexpr std::array log_type_table{
    log_type_row{log_type::error,       "error",       3, "E"},
    log_type_row{log_type::warning,     "warning",     4, "W"},
    log_type_row{log_type::notice,      "notice",      5, "N"},
    log_type_row{log_type::information, "information", 6, "I"},
    // A packet that carries a line would make the next line.
    log_type_row{log_type::debug,       "debug",       7, ""},
    log_type_row{log_type::subscribe,   "subscribe",   5, "M/subscribe"},
    log_type_row{log_type::unsubscribe, "unsubscribe", 5, "M/unsubscribe"},
    log_type_row{log_type::websockets,  "websockets",  7, "WS"},
    log_type_row{log_type::internal,    "internal",    7, ""},
};
// clang-format on

constexpr const log_type_row& row_of(log_type type) {
    for (const auto& row : log_type_table)
        if (row.type == type)
            return row;
    return log_type_table.front(); // never: each type has a row
}

// A set of log types.
class log_types {
public:
    constexpr void add(log_type type) { bits_ |= static_cast<unsigned>(type); }
    constexpr void add_all() {
        for (const auto& row : log_type_table)
            add(row.type);
    }
    constexpr void clear() { bits_ = 0; }
    constexpr bool has(log_type type) const { return (bits_ & static_cast<unsigned>(type)) != 0; }
    constexpr bool empty() const { return bits_ == 0; }
    constexpr unsigned bits() const { return bits_; }
    friend constexpr bool operator==(log_types, log_types) = default;

private:
    unsigned bits_ = 0;
};

constexpr log_types usual_log_types() {
    log_types types;
    for (auto type : {log_type::error, log_type::warning, log_type::notice, log_type::information})
        types.add(type);
    return types;
}

struct log_settings {
    bool to_stdout = false;
    bool to_stderr = true;
    bool to_syslog = false;
    bool to_topic = false;           // $SYS/broker/log/#
    std::string file;                // empty: none
    bool destination_chosen = false; // a log_dest line was read; the first one replaces stderr

    log_types types = usual_log_types();
    bool types_chosen = false; // a log_type line was read; the first one replaces the usual set

    std::optional<std::uint8_t> facility; // of syslog: local0 to local7; not given: daemon

    bool timestamp = true;
    std::string timestamp_format;    // strftime; empty: seconds since 1970
    bool connection_messages = true; // lines about clients that come and go
};

} // namespace gateway
