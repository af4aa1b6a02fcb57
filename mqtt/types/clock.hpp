// Time, as the broker passes it around. Rooms below the driver are handed the time; they never ask
// for it.
#pragma once

#include <chrono>

namespace mqtt {

using steady_time = std::chrono::steady_clock::time_point;
using wall_time = std::chrono::system_clock::time_point;

inline constexpr steady_time never = steady_time::max();

} // namespace mqtt
