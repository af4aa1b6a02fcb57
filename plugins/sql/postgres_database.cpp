// PostgreSQL by libpq: prepared statements, the user name bound as their parameter.
#include "plugins/sql/database.hpp"
#include "plugins/sql/postgres_connection.hpp"

#include <libpq-fe.h>
#include <string>
#include <utility>

namespace sql_auth {
namespace {

// Class 22 is about the value that was given, class 21 about how many rows it has: the next user
// may be answered. https://www.postgresql.org/docs/15/errcodes-appendix.html
bool is_about_this_question(std::string_view sqlstate) {
    return sqlstate.starts_with("21") || sqlstate.starts_with("22");
}

bool succeeded(const pg_result* result) {
    const auto status = PQresultStatus(result);
    return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_SINGLE_TUPLE;
}

// The server shall not send what nobody keeps: libpq has no other way to say so. A comment at the
// end of the query ends with its line.
std::string limited(std::string query) {
    while (!query.empty() && (query.back() == ';' || query.back() == ' '))
        query.pop_back();
    return "SELECT * FROM (" + query + "\n) AS answer LIMIT " + std::to_string(rows_max + 1);
}

std::string field_of(const pg_result* result, int field) {
    const char* text = PQresultErrorField(result, field);
    return text == nullptr ? "" : text;
}

class postgres_database final : public database {
public:
    explicit postgres_database(const settings& settings) : settings_(settings) {}

    std::string open(time_point until) override;
    answer ask(statement which, std::string_view parameter, time_point until) override;
    void close() override { connection_.close(); }

private:
    std::string limit_time(time_point until);
    std::string prepare(statement which, time_point until);
    std::string describe(statement which, time_point until);

    const settings settings_;
    postgres_connection connection_;
};

std::string postgres_database::open(time_point until) {
    auto why = connection_.connect(settings_.database, until);
    if (why.empty())
        why = limit_time(until);
    for (const auto each : statements)
        if (why.empty() && !query_of(settings_, each).empty())
            why = prepare(each, until);
    if (!why.empty())
        connection_.close();
    return why;
}

// Besides our own deadline: a query that nobody waits for any more shall not go on in the server.
std::string postgres_database::limit_time(time_point until) {
    const auto text =
        "SET statement_timeout = " + std::to_string(settings_.statement_timeout.count());
    std::string refusal;
    auto lost =
        connection_.exchange([&](pg_conn* to) { return PQsendQuery(to, text.c_str()) == 1; }, until,
                             [&](const postgres_result& result) {
                                 if (!succeeded(result.get()))
                                     refusal = "the server refuses statement_timeout";
                             });
    return lost.empty() ? refusal : lost;
}

std::string postgres_database::prepare(statement which, time_point until) {
    const std::string name(name_of(which));
    const auto query = limited(query_of(settings_, which));
    std::string refusal;
    auto lost = connection_.exchange(
        [&](pg_conn* to) {
            return PQsendPrepare(to, name.c_str(), query.c_str(), 0, nullptr) == 1;
        },
        until,
        [&](const postgres_result& result) {
            // Here the message is about the query alone, and says what is wrong with it.
            if (!succeeded(result.get()))
                refusal = name + ": " + field_of(result.get(), PG_DIAG_MESSAGE_PRIMARY);
        });
    if (!lost.empty() || !refusal.empty())
        return lost.empty() ? refusal : lost;
    return describe(which, until);
}

std::string postgres_database::describe(statement which, time_point until) {
    const std::string name(name_of(which));
    std::string refusal;
    auto lost = connection_.exchange(
        [&](pg_conn* to) { return PQsendDescribePrepared(to, name.c_str()) == 1; }, until,
        [&](const postgres_result& result) {
            if (PQnparams(result.get()) != 1)
                refusal = name + " must have one parameter, $1";
            else if (PQnfields(result.get()) < columns_of(which))
                refusal = name + " must have " + std::to_string(columns_of(which)) + " columns";
        });
    return lost.empty() ? refusal : lost;
}

answer postgres_database::ask(statement which, std::string_view parameter, time_point until) {
    const std::string name(name_of(which));
    const std::string text(parameter); // ends in a zero byte, as libpq wants it
    answer given;
    std::size_t bytes = 0;
    const auto cell_at = [](const pg_result* result, int number, int column) -> cell {
        if (column >= PQnfields(result) || PQgetisnull(result, number, column) != 0)
            return std::nullopt;
        return std::string(PQgetvalue(result, number, column),
                           static_cast<std::size_t>(PQgetlength(result, number, column)));
    };
    const auto send = [&](pg_conn* to) {
        const char* const values[] = {text.c_str()};
        // Row by row: what put_row does not keep is not kept by libpq either.
        return PQsendQueryPrepared(to, name.c_str(), 1, values, nullptr, nullptr, 0) == 1 &&
               PQsetSingleRowMode(to) == 1;
    };
    auto lost = connection_.exchange(send, until, [&](const postgres_result& result) {
        if (!succeeded(result.get())) {
            const auto sqlstate = field_of(result.get(), PG_DIAG_SQLSTATE);
            given.state =
                is_about_this_question(sqlstate) ? answer_state::refused : answer_state::lost;
            given.why = name + " failed with SQLSTATE " + sqlstate;
        }
        for (int number = 0;
             given.state == answer_state::answered && number < PQntuples(result.get()); ++number)
            put_row(given, bytes,
                    {cell_at(result.get(), number, 0),
                     columns_of(which) > 1 ? cell_at(result.get(), number, 1) : std::nullopt});
    });
    if (!lost.empty() && given.state != answer_state::lost) {
        given.state = answer_state::lost;
        given.why = std::move(lost);
    }
    if (given.state != answer_state::answered)
        given.rows.clear();
    return given;
}

} // namespace

std::unique_ptr<database> make_postgres_database(const settings& settings) {
    // What libpq says of a string that it can't read may be a part of the password.
    char* message = nullptr;
    auto* parsed = PQconninfoParse(settings.database.c_str(), &message);
    PQfreemem(message);
    if (parsed == nullptr)
        return nullptr;
    PQconninfoFree(parsed);
    return std::make_unique<postgres_database>(settings);
}

} // namespace sql_auth
