// CPU time by the scheduler's own account, in nanoseconds: all threads of a process, the ended ones
// too.
#pragma once

#include <chrono>
#include <sys/types.h>

namespace bench {

// requires: the process belongs to this machine; no right over it is needed
std::chrono::nanoseconds cpu_time_of(pid_t process);
std::chrono::nanoseconds own_cpu_time();

} // namespace bench
