// JSON Merge Patch, RFC 7396, on text: what the patch does not name stays byte for byte as it was,
// with its numbers, its order and its spelling.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rest {

// The target with the patch applied; nothing when one of them is not JSON (see is_json).
std::optional<std::string> merge_patch(std::string_view target, std::string_view patch);

} // namespace rest
