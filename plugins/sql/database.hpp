// A database as the plugin sees it: opened, asked with one bound parameter, closed. Knows nothing
// of users, and does nothing on its own: whoever holds it decides when to try again.
#pragma once

#include "plugins/sql/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sql_auth {

using time_point = std::chrono::steady_clock::time_point;

// Of one answer. What is beyond makes the answer useless, and costs no memory.
inline constexpr std::size_t rows_max = 1000;
inline constexpr std::size_t cell_bytes_max = 65'535; // a topic is no longer
inline constexpr std::size_t answer_bytes_max = 1024 * 1024;

enum class statement : std::uint8_t { user, acl, superuser };

enum class answer_state : std::uint8_t {
    answered,
    too_large, // there is more than the bounds allow
    refused,   // this question alone; the database is there
    lost,      // no more questions until it is opened anew
};

// Nothing: NULL.
using cell = std::optional<std::string>;

struct row {
    cell first;
    cell second; // of statement::acl alone
};

struct answer {
    answer_state state = answer_state::answered;
    std::string why;       // for the log, without texts of the question or of the rows
    std::vector<row> rows; // bound: rows_max, answer_bytes_max
};

class database {
public:
    database() = default;
    database(const database&) = delete;
    database& operator=(const database&) = delete;
    virtual ~database() = default;

    // Opens it and prepares every statement that has a query. Returns why not; empty: it is open.
    virtual std::string open(time_point until) = 0;

    // Blocks until then at most. requires: open
    virtual answer ask(statement which, std::string_view parameter, time_point until) = 0;

    // Harmless where it is closed.
    virtual void close() = 0;
};

// Nothing where the connection string can't be read.
std::unique_ptr<database> make_sqlite_database(const settings& settings);
std::unique_ptr<database> make_postgres_database(const settings& settings);

// Puts a row into the answer, or gives up on all of it.
void put_row(answer& into, std::size_t& bytes, row next);

inline const std::string& query_of(const settings& settings, statement which) {
    switch (which) {
    case statement::user:
        return settings.user_query;
    case statement::acl:
        return settings.acl_query;
    case statement::superuser:
        break;
    }
    return settings.superuser_query;
}

inline std::string_view name_of(statement which) {
    switch (which) {
    case statement::user:
        return "user_query";
    case statement::acl:
        return "acl_query";
    case statement::superuser:
        break;
    }
    return "superuser_query";
}

inline constexpr statement statements[] = {statement::user, statement::acl, statement::superuser};
inline constexpr std::size_t statement_count = 3;

inline int columns_of(statement which) {
    return which == statement::acl ? 2 : 1;
}

} // namespace sql_auth
