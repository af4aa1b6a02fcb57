// How a token may be signed. A key is of one of these for all its life, so that a token never
// chooses what a key is used for (RFC 8725 section 3.1).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mqtt {

enum class jwt_algorithm : std::uint8_t { rs256, es256, eddsa, hs256 };

struct jwt_algorithm_row {
    jwt_algorithm algorithm;
    std::string_view name; // in "alg", RFC 7518 section 3.1 and RFC 8037 section 3.1
    std::string_view keys; // for sentences
};

// clang-format off
inline constexpr std::array jwt_algorithm_table{
    jwt_algorithm_row{jwt_algorithm::rs256, "RS256", "RSA"},
    jwt_algorithm_row{jwt_algorithm::es256, "ES256", "EC P-256"},
    jwt_algorithm_row{jwt_algorithm::eddsa, "EdDSA", "Ed25519"},
    jwt_algorithm_row{jwt_algorithm::hs256, "HS256", "a secret"},
};
// clang-format on

// Names are told apart by case, RFC 7515 section 4.1.1.
constexpr std::optional<jwt_algorithm> jwt_algorithm_named(std::string_view name) {
    const auto* found = std::find_if(jwt_algorithm_table.begin(), jwt_algorithm_table.end(),
                                     [&](const auto& row) { return row.name == name; });
    if (found == jwt_algorithm_table.end())
        return std::nullopt;
    return found->algorithm;
}

} // namespace mqtt
