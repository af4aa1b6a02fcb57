// CPU time by the scheduler's own account, in nanoseconds: all threads of a process, the ended ones
// too.
#pragma once

#include <chrono>
#include <cstdint>
#include <sys/types.h>

namespace bench {

// requires: the process belongs to this machine; no right over it is needed
std::chrono::nanoseconds cpu_time_of(pid_t process);
std::chrono::nanoseconds own_cpu_time();
std::chrono::nanoseconds broker_cpu_time(std::uint64_t process); // 0 when there is none to watch

} // namespace bench
