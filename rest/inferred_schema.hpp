// What the values of a topic are like, as far as one of them shows it: a JSON Schema made of a
// payload. A guess for people and tools that draw up contracts, no promise.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string_view>

namespace rest {

inline constexpr std::size_t inferred_depth_max = 8;     // deeper values are any
inline constexpr std::size_t inferred_members_max = 100; // of one object; more are left out
inline constexpr std::size_t inferred_payload_bytes_max = 65'536; // longer ones are not looked into

// Number, text, bytes, or what a JSON document consists of.
nlohmann::ordered_json inferred_schema(std::string_view payload);

} // namespace rest
