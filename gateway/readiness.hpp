// Tells the service manager how far this program is, as sd_notify(3) has it: one datagram each, to
// the socket that the environment names. Without one, nobody is told.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace gateway {

class readiness {
public:
    // socket: a path, or '@' and an abstract name; empty: nobody. What is wrong with it is passed
    // over: a broker serves without a service manager, too.
    explicit readiness(std::string_view socket);
    ~readiness();
    readiness(const readiness&) = delete;
    readiness& operator=(const readiness&) = delete;

    // NOTIFY_SOCKET. It is taken out of the environment, as it is not meant for what a plugin runs.
    // thread: before any other exists
    static std::string socket_of_environment();
    // WATCHDOG_USEC, when it is meant for us: we are started again if alive() is not said that
    // often. Taken out of the environment as well.
    static std::optional<std::chrono::microseconds> watchdog_of_environment();

    bool is_heard() const { return socket_ >= 0; }

    // thread of all: any
    void ready(std::string_view status) const;
    void reloading() const; // ready() ends it
    void stopping() const;
    void alive() const;

private:
    void tell(std::string_view lines) const;

    int socket_ = -1;
};

// The time within which alive() has to be said, from the two variables; none where the text is no
// such thing, or for another program.
std::optional<std::chrono::microseconds> watchdog_from(const char* microseconds, const char* pid,
                                                       long own_pid);

} // namespace gateway
