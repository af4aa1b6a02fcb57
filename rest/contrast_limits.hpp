// How large a contrast of MQTT with HTTP may be, by whichever way somebody asks for one.
#pragma once

#include <cstdint>

namespace rest {

inline constexpr std::uint64_t contrast_size_max = 16'384; // bytes of a payload
inline constexpr std::uint64_t contrast_receivers_max = 1000;

} // namespace rest
