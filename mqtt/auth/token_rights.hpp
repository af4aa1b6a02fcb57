// What a token says that its bearer may do: the ACL claim, read. What the filters mean is decided
// elsewhere; %u and %c stay in them as they are.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mqtt {

inline constexpr std::size_t token_rights_max = 1000;

struct token_right {
    enum class kind : std::uint8_t { read, write, readwrite, deny };
    kind what;
    std::string filter;

    bool operator==(const token_right&) const = default;
};

// Takes {"pub":["a/#"],"sub":["b/+"],"all":["c"]}, and a list of
// {"permission":"allow","action":"publish","topic":"a/#"}. A denial wins wherever it stands, and is
// always one of both directions; one of a single direction could not be kept, so it is refused.
// Nothing: the claim is anything else, and a reader that guessed would let too much through.
std::optional<std::vector<token_right>> rights_from(const nlohmann::json& claim);

} // namespace mqtt
