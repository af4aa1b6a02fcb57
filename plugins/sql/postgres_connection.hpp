// One connection to PostgreSQL where each call ends at a deadline: libpq's calls that wait are not
// used. Knows nothing of users or of the questions that are asked.
#pragma once

#include "plugins/sql/database.hpp"

#include <functional>
#include <memory>
#include <string>

struct pg_conn;
struct pg_result;

namespace sql_auth {

struct postgres_result_deleter {
    void operator()(pg_result* result) const;
};
using postgres_result = std::unique_ptr<pg_result, postgres_result_deleter>;

// A text from outside may stand in libpq's messages about values: they are not handed on.
class postgres_connection {
public:
    postgres_connection() = default;
    postgres_connection(const postgres_connection&) = delete;
    postgres_connection& operator=(const postgres_connection&) = delete;
    ~postgres_connection() { close(); }

    // Returns why not; empty: connected. Looking up a host's name waits as long as the resolver
    // does.
    std::string connect(const std::string& target, time_point until);

    // What was sent by `send` is answered; each result goes to `seen`, rows one by one. Returns
    // why the connection is lost; empty: it goes on.
    std::string exchange(const std::function<bool(pg_conn*)>& send, time_point until,
                         const std::function<void(postgres_result)>& seen);

    void close();

private:
    std::string wait(bool to_write, time_point until) const;
    std::string flush(time_point until) const;

    pg_conn* connection_ = nullptr;
};

} // namespace sql_auth
