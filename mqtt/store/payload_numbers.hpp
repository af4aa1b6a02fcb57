// The numbers in a payload: the payload itself, or the leaves of a JSON value by their JSON
// Pointers (RFC 6901).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

inline constexpr std::size_t numbers_payload_bytes_max = 65'536; // longer ones are not looked into
inline constexpr std::size_t numbers_depth_max = 4;              // levels of the pointer
inline constexpr std::size_t numbers_per_payload_max = 64;       // the first ones
inline constexpr std::size_t number_name_bytes_max = 256;

struct payload_number {
    std::string name; // empty: the payload itself
    double value = 0;
};

// Finite numbers only; nothing when the payload is neither a number nor JSON.
std::vector<payload_number> numbers_of(std::string_view payload);

} // namespace mqtt
