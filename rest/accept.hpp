// Which of the forms that a resource has the caller would like best. [RFC9110-12.5.1]
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace rest {

// The index of the served type that the header names with the highest weight; the earlier named one
// among equals. Nothing when it names none of them, or prefers a wildcard: then the resource's own
// first choice is right.
std::optional<std::size_t> preferred(std::string_view accept,
                                     std::span<const std::string_view> served);

// Whether problems go to this caller as plain text.
bool wants_text(std::string_view accept);

} // namespace rest
