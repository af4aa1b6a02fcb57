#include "mqtt/auth/jwt.hpp"

#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/password_hash.hpp"
#include "mqtt/auth/strict_json.hpp"
#include "mqtt/types/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace mqtt {
namespace {

using nlohmann::json;
using std::chrono::system_clock;

// The year 2255: later than any token ends, and far enough from what the clock's type can hold
// that the leeway may be added.
constexpr double seconds_max = 9'000'000'000.0;

struct token_parts {
    std::string_view signed_text; // header and claims as they came, with the dot between
    std::string header;
    std::string claims;
    std::string signature;
};

// RFC 7515 section 7.1. Base64url is strict: one content has one text.
std::optional<token_parts> split(std::string_view token) {
    const auto first = token.find('.');
    if (token.size() > token_bytes_max || first == token.npos)
        return std::nullopt;
    const auto second = token.find('.', first + 1);
    if (second == token.npos)
        return std::nullopt;
    auto header = from_base64url(token.substr(0, first));
    auto claims = from_base64url(token.substr(first + 1, second - first - 1));
    auto signature = from_base64url(token.substr(second + 1)); // a further dot is no base64url
    if (!header || !claims || !signature || header->empty() || claims->empty() ||
        signature->empty())
        return std::nullopt;
    return token_parts{token.substr(0, second), std::move(*header), std::move(*claims),
                       std::move(*signature)};
}

bool equal_without_case(std::string_view left, std::string_view right) {
    const auto lower = [](char each) { return each >= 'A' && each <= 'Z' ? each + 32 : +each; };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char one, char other) { return lower(one) == lower(other); });
}

// A token of another kind by the same issuer, a logout token say, is no ticket. [RFC8725-3.11]
bool is_known_type(const json& header) {
    const auto type = header.find("typ");
    if (type == header.end())
        return true;
    const auto* text = type->get_ptr<const std::string*>();
    constexpr std::array<std::string_view, 4> known{"JWT", "at+jwt", "application/jwt",
                                                    "application/at+jwt"};
    return text != nullptr && std::any_of(known.begin(), known.end(), [&](auto each) {
               return equal_without_case(each, *text);
           });
}

struct header_facts {
    jwt_algorithm algorithm{};
    std::optional<std::string> key_id{};
    std::string_view problem{};
};

// What points to keys elsewhere ("jku", "x5u") or brings one along ("jwk", "x5c") is not looked at.
header_facts read_header(std::string_view text, const jwt_rules& rules) {
    const auto refused = [](std::string_view why) { return header_facts{{}, {}, why}; };
    const auto header = read_strict_object(text);
    if (!header)
        return refused("the header of the token is no JSON object, or has a name twice");
    const auto alg = header->find("alg");
    if (alg == header->end() || !alg->is_string())
        return refused("the token names no algorithm");
    const auto algorithm = jwt_algorithm_named(alg->get_ref<const std::string&>());
    if (!algorithm || std::find(rules.algorithms.begin(), rules.algorithms.end(), *algorithm) ==
                          rules.algorithms.end()) // "none" is in no list [RFC8725-3.2]
        return refused("the token is signed with an algorithm that is not allowed");
    if (header->contains("crit")) // no extension is understood here [RFC7515-4.1.11]
        return refused("the token demands an extension that is not known");
    if (!is_known_type(*header))
        return refused("the token is of another type than JWT");
    header_facts facts{*algorithm};
    if (const auto id = header->find("kid"); id != header->end()) {
        if (!id->is_string() || id->get_ref<const std::string&>().size() > jwk_id_bytes_max)
            return refused("the token names its key in a way that is none");
        facts.key_id = id->get<std::string>();
    }
    return facts;
}

// A NumericDate, RFC 7519 section 2; nothing: it is no number. What the clock can't hold becomes
// the last moment that is counted, in either direction.
std::optional<system_clock::time_point> moment_from(const json& value) {
    if (!value.is_number())
        return std::nullopt;
    const double seconds = std::clamp(value.get<double>(), -seconds_max, seconds_max);
    const double whole = std::floor(seconds);
    using std::chrono::duration_cast;
    return system_clock::time_point(
        duration_cast<system_clock::duration>(
            std::chrono::seconds(static_cast<std::int64_t>(whole))) +
        duration_cast<system_clock::duration>(std::chrono::duration<double>(seconds - whole)));
}

std::string_view check_times(const json& claims, const jwt_rules& rules,
                             system_clock::time_point now, token_facts& facts) {
    const auto leeway = std::clamp(rules.leeway, std::chrono::seconds(0), token_leeway_max);
    const auto ends = claims.find("exp");
    if (ends == claims.end())
        return "the token has no end: the claim exp is missing";
    const auto end = moment_from(*ends);
    if (!end)
        return "the claim exp of the token is no number";
    facts.good_until = *end + leeway;
    if (now >= facts.good_until) // [RFC7519-4.1.4]
        return "the token has expired";
    for (const auto* name : {"nbf", "iat"}) {
        const auto begins = claims.find(name);
        if (begins == claims.end())
            continue;
        const auto begin = moment_from(*begins);
        if (!begin)
            return "a claim nbf or iat of the token is no number";
        if (now < *begin - leeway) // [RFC7519-4.1.5]
            return "the token is not valid yet";
    }
    return {};
}

// [RFC7519-4.1.3]
std::string_view check_audience(const json& claims, const std::string& audience) {
    constexpr std::string_view broken =
        "the claim aud of the token is no text and no list of texts";
    const auto found = claims.find("aud");
    if (found == claims.end())
        return audience.empty() ? "" : "the token is for another audience";
    if (found->is_string())
        return audience.empty() || *found == audience ? "" : "the token is for another audience";
    if (!found->is_array() || !std::all_of(found->begin(), found->end(),
                                           [](const auto& each) { return each.is_string(); }))
        return broken;
    const bool named = std::find(found->begin(), found->end(), audience) != found->end();
    return audience.empty() || named ? "" : "the token is for another audience";
}

std::string_view read_username(const json& claims, const jwt_rules& rules, token_facts& facts) {
    const auto found = claims.find(rules.username_claim);
    if (found == claims.end())
        return "the token names no user";
    const auto* name = found->get_ptr<const std::string*>();
    if (name == nullptr || name->empty() || name->size() > username_bytes_max ||
        !is_utf8_string(*name) || has_control_character(*name))
        return "the token names a user in a way that is none";
    facts.username = *name;
    return {};
}

std::string_view read_rights(const json& claims, const jwt_rules& rules, token_facts& facts) {
    const auto found = rules.acl_claim.empty() ? claims.end() : claims.find(rules.acl_claim);
    if (found == claims.end())
        return {};
    auto rights = rights_from(*found);
    if (!rights)
        return "the access rights in the token can't be followed";
    facts.rights = std::move(*rights);
    facts.has_rights = true;
    return {};
}

} // namespace

// The claims are looked at only behind a good signature: before, they are anybody's words.
jwt_verdict verify_token(std::string_view token, const jwk_set& keys, const jwt_rules& rules,
                         system_clock::time_point now) {
    const auto refused = [](std::string_view why) { return jwt_verdict{std::nullopt, why}; };
    if (token.size() > token_bytes_max)
        return refused("the token is too long");
    const auto parts = split(token);
    if (!parts)
        return refused("the token has not three parts in base64url");
    const auto header = read_header(parts->header, rules);
    if (!header.problem.empty())
        return refused(header.problem);
    if (!keys.has(header.algorithm))
        return refused("there is no key for the algorithm of the token");
    if (!keys.verify(header.algorithm, header.key_id, parts->signed_text, parts->signature))
        return refused("the signature of the token is not by a key that is known");
    const auto claims = read_strict_object(parts->claims);
    if (!claims)
        return refused("the claims of the token are no JSON object, or have a name twice");
    token_facts facts;
    if (const auto why = check_times(*claims, rules, now, facts); !why.empty())
        return refused(why);
    if (const auto why = check_audience(*claims, rules.audience); !why.empty())
        return refused(why);
    if (const auto why = read_username(*claims, rules, facts); !why.empty())
        return refused(why);
    if (const auto why = read_rights(*claims, rules, facts); !why.empty())
        return refused(why);
    return {std::move(facts)};
}

bool looks_like_token(std::string_view text) {
    const auto parts = split(text);
    return parts && parts->header.starts_with('{') && parts->header.ends_with('}');
}

} // namespace mqtt
