#include "gateway/readiness.hpp"

#include "gateway/option_text.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace gateway {

readiness::readiness(std::string_view socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.size() < 2 || socket.size() >= sizeof address.sun_path ||
        (socket.front() != '/' && socket.front() != '@'))
        return;
    std::copy(socket.begin(), socket.end(), std::begin(address.sun_path));
    if (socket.front() == '@')
        address.sun_path[0] = '\0';
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
    // Connected now: later its path may be out of reach of the user that the program becomes.
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0)
        return;
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
        ::close(socket_);
        socket_ = -1;
    }
}

readiness::~readiness() {
    if (socket_ >= 0)
        ::close(socket_);
}

std::string readiness::socket_of_environment() {
    const char* named = std::getenv("NOTIFY_SOCKET");
    std::string socket = named == nullptr ? "" : named;
    ::unsetenv("NOTIFY_SOCKET");
    return socket;
}

std::optional<std::chrono::microseconds> readiness::watchdog_of_environment() {
    const auto interval =
        watchdog_from(std::getenv("WATCHDOG_USEC"), std::getenv("WATCHDOG_PID"), ::getpid());
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
    return interval;
}

void readiness::ready(std::string_view status) const {
    std::string text = "READY=1\nSTATUS=";
    for (const char each : status)
        text += each == '\n' ? ' ' : each;
    tell(text);
}

void readiness::reloading() const {
    std::timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const auto since = std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
    tell("RELOADING=1\nMONOTONIC_USEC=" +
         std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(since).count()));
}

void readiness::stopping() const {
    tell("STOPPING=1\nSTATUS=Saying goodbye to clients.");
}

void readiness::alive() const {
    tell("WATCHDOG=1");
}

// Not waiting: a service manager that does not read must not hold a shard up.
void readiness::tell(std::string_view lines) const {
    if (socket_ >= 0 &&
        ::send(socket_, lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return;
}

std::optional<std::chrono::microseconds> watchdog_from(const char* microseconds, const char* pid,
                                                       long own_pid) {
    if (microseconds == nullptr || (pid != nullptr && std::to_string(own_pid) != pid))
        return std::nullopt;
    const auto number = number_from(microseconds);
    if (!number || *number < 1)
        return std::nullopt;
    return std::chrono::microseconds(*number);
}

} // namespace gateway
