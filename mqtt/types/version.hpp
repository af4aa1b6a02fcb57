// Protocol level of CONNECT, MQTT 5 section 3.1.2.2. On the wire: never renumber.
#pragma once

#include <cstdint>

namespace mqtt {

enum class version : std::uint8_t { v3_1 = 3, v3_1_1 = 4, v5 = 5 };

} // namespace mqtt
