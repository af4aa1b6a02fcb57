// JSON Web Tokens (RFC 7519) in their compact form, signed: who the bearer is, until when, and what
// it may do. Everything that RFC 8725 warns of is refused. Opens no file, asks no clock, fetches no
// key that a token points to.
#pragma once

#include "mqtt/auth/jwk_set.hpp"
#include "mqtt/auth/token_rights.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

inline constexpr std::size_t token_bytes_max = 8192;
inline constexpr std::chrono::seconds token_leeway_max{60};
// Clocks that are set by NTP differ by less; without it, a token that was made a moment ago by a
// clock ahead of ours would be refused.
inline constexpr std::chrono::seconds token_leeway_default{5};

struct jwt_rules {
    std::vector<jwt_algorithm> algorithms{}; // none other is taken; empty: none at all
    std::string audience{};                  // one of those in "aud"; empty: "aud" is not asked for
    std::string username_claim = "sub";
    std::string acl_claim{};                            // empty: tokens grant nothing of their own
    std::chrono::seconds leeway = token_leeway_default; // at most token_leeway_max counts
};

struct token_facts {
    std::string username;
    // The end of "exp" with the leeway: until then the token would be taken again.
    std::chrono::system_clock::time_point good_until;
    std::vector<token_right> rights{};
    bool has_rights = false; // the claim was there; with no rights in it, nothing is allowed
};

struct jwt_verdict {
    std::optional<token_facts> facts;
    std::string_view why{}; // it is refused: a fixed sentence for the log, nothing of the token
};

// thread: any, at the same time
jwt_verdict verify_token(std::string_view token, const jwk_set& keys, const jwt_rules& rules,
                         std::chrono::system_clock::time_point now);

// Three parts in base64url of which the first is the text of a JSON object, as far as its ends
// show: so a password with two dots is still a password.
bool looks_like_token(std::string_view text);

} // namespace mqtt
