#include "plugins/sql/postgres_connection.hpp"

#include <cerrno>
#include <libpq-fe.h>
#include <poll.h>
#include <utility>

namespace sql_auth {
namespace {

constexpr const char* late = "no answer in time";

void be_silent(void*, const char*) {}

} // namespace

void postgres_result_deleter::operator()(pg_result* result) const {
    PQclear(result);
}

std::string postgres_connection::wait(bool to_write, time_point until) const {
    using std::chrono::milliseconds;
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(until - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            return late;
        const short events = to_write ? POLLIN | POLLOUT : POLLIN;
        pollfd socket{PQsocket(connection_), events, 0};
        const int ready = poll(&socket, 1, static_cast<int>(left.count()));
        if (ready > 0)
            return {};
        if (ready < 0 && errno != EINTR)
            return "the connection can't be waited for";
    }
}

std::string postgres_connection::connect(const std::string& target, time_point until) {
    close();
    // The target may override the name, but not the encoding: user names are UTF-8.
    const char* const names[] = {"fallback_application_name", "dbname", "client_encoding", nullptr};
    const char* const values[] = {"sluice_sql_auth", target.c_str(), "UTF8", nullptr};
    connection_ = PQconnectStartParams(names, values, 1);
    if (connection_ == nullptr)
        return "no memory";
    PQsetNoticeProcessor(connection_, be_silent, nullptr); // standard error is not ours
    auto state = PGRES_POLLING_WRITING;
    while (PQstatus(connection_) != CONNECTION_BAD && state != PGRES_POLLING_OK &&
           state != PGRES_POLLING_FAILED) {
        if (auto why = wait(state == PGRES_POLLING_WRITING, until); !why.empty()) {
            close();
            return why;
        }
        state = PQconnectPoll(connection_);
    }
    if (PQstatus(connection_) != CONNECTION_OK || PQsetnonblocking(connection_, 1) != 0) {
        std::string why = PQerrorMessage(connection_);
        close();
        return why;
    }
    return {};
}

std::string postgres_connection::flush(time_point until) const {
    for (;;) {
        const int left = PQflush(connection_);
        if (left == 0)
            return {};
        if (left < 0)
            return "the connection is broken";
        if (auto why = wait(true, until); !why.empty())
            return why;
        // A server that sends while we do must be read from, or both wait for ever.
        if (PQconsumeInput(connection_) == 0)
            return "the connection is broken";
    }
}

std::string postgres_connection::exchange(const std::function<bool(pg_conn*)>& send,
                                          time_point until,
                                          const std::function<void(postgres_result)>& seen) {
    if (connection_ == nullptr || !send(connection_))
        return "the connection is broken";
    if (auto why = flush(until); !why.empty())
        return why;
    for (;;) {
        while (PQisBusy(connection_) != 0) {
            if (auto why = wait(false, until); !why.empty())
                return why;
            if (PQconsumeInput(connection_) == 0)
                return "the server closed the connection";
        }
        postgres_result result(PQgetResult(connection_));
        if (result == nullptr)
            break;
        seen(std::move(result));
        // Rows that are there already need no waiting, and there may be no end of them.
        if (std::chrono::steady_clock::now() >= until)
            return late;
    }
    return PQstatus(connection_) == CONNECTION_OK ? "" : "the server closed the connection";
}

void postgres_connection::close() {
    PQfinish(std::exchange(connection_, nullptr));
}

} // namespace sql_auth
