#include "tests/bench/cpu_clock.hpp"

#include <cerrno>
#include <ctime>
#include <system_error>

namespace bench {
namespace {

std::chrono::nanoseconds read_clock(clockid_t clock) {
    timespec time{};
    if (clock_gettime(clock, &time) != 0)
        throw std::system_error(errno, std::generic_category(), "clock_gettime");
    return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

} // namespace

std::chrono::nanoseconds cpu_time_of(pid_t process) {
    clockid_t clock{};
    if (const int error = clock_getcpuclockid(process, &clock); error != 0)
        throw std::system_error(error, std::generic_category(), "clock_getcpuclockid");
    return read_clock(clock);
}

std::chrono::nanoseconds own_cpu_time() {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

std::chrono::nanoseconds broker_cpu_time(std::uint64_t process) {
    return process != 0 ? cpu_time_of(static_cast<pid_t>(process)) : std::chrono::nanoseconds{};
}

} // namespace bench
