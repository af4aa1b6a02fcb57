// JSON from outside, read once and without leniency: what two readers could understand differently
// is refused. Knows no token and no key.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace mqtt {

inline constexpr std::size_t json_depth_max = 16; // arrays and objects inside one another

// The object that the text is, and nothing else. Nothing: it is none, a name stands twice in one of
// its objects, or it is too deep. requires: the caller bounds the length of the text
std::optional<nlohmann::json> read_strict_object(std::string_view text);

} // namespace mqtt
