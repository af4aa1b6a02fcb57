// Tokens with any header and any claims under a good signature, as an issuer gone wrong would make
// them, and the same bytes as a token by themselves. An input is a header, an end of line, claims.
#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/jwt.hpp"
#include "mqtt/types/ensure.hpp"
#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace mqtt;

namespace {

constexpr std::string_view secret = "a secret of thirty-two bytes, so.";
constexpr std::chrono::system_clock::time_point now{std::chrono::seconds(1'700'000'000)};

jwt_rules rules_here() {
    jwt_rules rules;
    for (const auto& row : jwt_algorithm_table)
        rules.algorithms.push_back(row.algorithm); // bound: the table
    rules.audience = "sluice";
    rules.acl_claim = "acl";
    return rules;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    static const auto keys = jwk_set::read_secret_text(secret).keys;
    static const auto others = jwk_set::read_secret_text(std::string(32, 's')).keys;
    static const auto rules = rules_here();
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    const auto end = std::min(text.find('\n'), text.size());
    const auto header = text.substr(0, end);
    const auto claims = text.substr(std::min(end + 1, text.size()));

    const auto signed_text = to_base64url(header) + "." + to_base64url(claims);
    const auto token = signed_text + "." + to_base64url(hmac_sha256(secret, signed_text));
    const auto verdict = verify_token(token, *keys, rules, now);
    ensure(verdict.facts.has_value() == verdict.why.empty(), "facts, or a reason");
    ensure(!verify_token(token, *others, rules, now).facts, "the signature counts");
    ensure(!verify_token(text, *keys, rules, now).facts, "nobody signs by chance");
    looks_like_token(text);
    if (!verdict.facts)
        return 0;
    const auto& facts = *verdict.facts;
    ensure(!facts.username.empty() && is_utf8_string(facts.username), "the user has a name");
    ensure(facts.good_until > now, "the token has not ended");
    ensure(facts.rights.size() <= token_rights_max, "rights are bounded");
    ensure(facts.has_rights || facts.rights.empty(), "rights come from the claim");
    for (const auto& right : facts.rights)
        ensure(is_topic_filter(right.filter), "a right is for a filter");
    return 0;
}
