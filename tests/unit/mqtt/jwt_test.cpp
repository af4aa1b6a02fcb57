// Tokens that are taken, and each way in which one can be refused. The keys are made here; the
// examples are those of RFC 7515 and RFC 8037.
#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/jwt.hpp"
#include "mqtt/auth/password_hash.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/signer.hpp"

#include <openssl/err.h>

#include <tuple>

using namespace mqtt;
using namespace std::chrono_literals;
using signing::set_of;
using signing::signer;
using std::chrono::system_clock;

namespace {

constexpr system_clock::time_point now{1'700'000'000s};
const std::string claims = R"({"sub":"alice","exp":1700000100})";

jwt_rules all_algorithms() {
    jwt_rules rules;
    for (const auto& row : jwt_algorithm_table)
        rules.algorithms.push_back(row.algorithm);
    rules.audience.clear();
    return rules;
}

const jwk_set& all_keys() {
    static const auto keys = [] {
        std::string jwks;
        for (const auto& row : jwt_algorithm_table)
            jwks += (jwks.empty() ? "" : ",") + signer::of(row.algorithm).jwk(R"("kid":"mine")");
        return jwk_set::read_jwks_text(set_of(jwks)).keys;
    }();
    REQUIRE(keys != nullptr);
    return *keys;
}

std::string token_of(jwt_algorithm algorithm, std::string_view content) {
    const auto& row = jwt_algorithm_table.at(static_cast<std::size_t>(algorithm));
    return signer::of(algorithm).token(R"({"alg":")" + std::string(row.name) + "\"}", content);
}

jwt_verdict verdict_of(std::string_view content, const jwt_rules& rules = all_algorithms()) {
    return verify_token(token_of(jwt_algorithm::hs256, content), all_keys(), rules, now);
}

jwt_verdict verdict_of_header(std::string_view header) {
    const auto token = signer::of(jwt_algorithm::hs256).token(header, claims);
    return verify_token(token, all_keys(), all_algorithms(), now);
}

// Why the claims are refused; empty: they are taken.
std::string why(std::string_view content, const jwt_rules& rules = all_algorithms()) {
    const auto verdict = verdict_of(content, rules);
    CHECK(verdict.facts.has_value() == verdict.why.empty());
    return std::string(verdict.why);
}

std::string with_exp(const std::string& more) {
    return R"({"sub":"alice","exp":1700000100,)" + more + "}";
}

const std::string unreadable_header =
    "the header of the token is no JSON object, or has a name twice";
const std::string unreadable_claims =
    "the claims of the token are no JSON object, or have a name twice";
const std::string bad_algorithm = "the token is signed with an algorithm that is not allowed";
const std::string bad_signature = "the signature of the token is not by a key that is known";
const std::string bad_parts = "the token has not three parts in base64url";
const std::string bad_user = "the token names a user in a way that is none";
const std::string expired = "the token has expired";
const std::string too_early = "the token is not valid yet";
const std::string other_audience = "the token is for another audience";

} // namespace

TEST_CASE("a token of each algorithm says who its bearer is, and until when") {
    for (const auto& row : jwt_algorithm_table) {
        INFO(row.name);
        const auto token = token_of(row.algorithm, claims);
        CHECK(looks_like_token(token));
        const auto verdict = verify_token(token, all_keys(), all_algorithms(), now);
        CHECK(verdict.why.empty());
        REQUIRE(verdict.facts);
        CHECK(verdict.facts->username == "alice");
        CHECK(verdict.facts->good_until == now + 100s + token_leeway_default);
        CHECK_FALSE(verdict.facts->has_rights);
        auto others = all_algorithms();
        std::erase(others.algorithms, row.algorithm);
        CHECK(verify_token(token, all_keys(), others, now).why == bad_algorithm);
        CHECK(verify_token(token, all_keys(), {}, now).why == bad_algorithm);
        CHECK(verify_token(token, jwk_set(), all_algorithms(), now).why ==
              "there is no key for the algorithm of the token");
    }
}

TEST_CASE("the examples of RFC 7515 and RFC 8037 are verified", "[RFC7515][RFC8037]") {
    const std::string joe = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
                            "LmNvbS9pc19yb290Ijp0cnVlfQ";
    struct row {
        std::string jwk;
        std::string token;
    };
    const row rows[] = {
        {R"({"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4h)"
         R"(cgUuTwjAzZr1Z9CAow"})",
         "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + joe +
             ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
        {R"({"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw)"
         R"(-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb)"
         R"(_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uD)"
         R"(Zlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW)"
         R"(9gb54h4FRWyuXpoQ","e":"AQAB"})",
         "eyJhbGciOiJSUzI1NiJ9." + joe +
             ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt"
             "_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLI"
             "ARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOP"
             "qvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe7"
             "7Rw"},
        {R"({"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",)"
         R"("y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"})",
         "eyJhbGciOiJFUzI1NiJ9." + joe +
             ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6N"
             "U1Q"},
    };
    auto rules = all_algorithms();
    rules.username_claim = "iss";
    rules.leeway = 0s;
    const system_clock::time_point end{1'300'819'380s};
    for (const auto& each : rows) {
        INFO(each.token);
        const auto keys = jwk_set::read_jwks_text(set_of(each.jwk)).keys;
        REQUIRE(keys != nullptr);
        const auto verdict = verify_token(each.token, *keys, rules, end - 1s);
        REQUIRE(verdict.facts);
        CHECK(verdict.facts->username == "joe");
        CHECK(verdict.facts->good_until == end);
        CHECK(verify_token(each.token, *keys, rules, end).why == expired);
    }
    const auto keys = jwk_set::read_jwks_text(set_of(
        R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})"));
    REQUIRE(keys.keys != nullptr);
    CHECK(keys.keys->verify(
        jwt_algorithm::eddsa, std::nullopt,
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        *from_base64url("hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sV"
                        "vpAr_MuM0KAg")));
}

TEST_CASE("a header is refused unless it names a way to sign that is allowed here", "[RFC8725]") {
    const std::pair<std::string, std::string> rows[] = {
        {R"({"alg":"HS256","typ":"JWT","kid":"mine","jku":"https://example.com","b64":true})", ""},
        {R"({"alg":"HS256","typ":"at+JWT"})", ""},
        {" {\"alg\" : \"HS256\"}\r\n", ""},
        {"", bad_parts},
        {"[]", unreadable_header},
        {"\"HS256\"", unreadable_header},
        {R"({"alg":"HS256")", unreadable_header},
        {R"({"alg":"HS256"}x)", unreadable_header},
        {R"({"alg":"HS256",})", unreadable_header},
        {"{\"alg\":\"HS256\",\"x\":\"\xFF\"}", unreadable_header},
        {R"({"alg":"HS256","alg":"HS256"})", unreadable_header},
        {R"({"alg":"none","\u0061lg":"HS256"})", unreadable_header},
        {R"({"alg":"HS256","x":{"y":[{"z":1,"z":2}]}})", unreadable_header},
        {"{}", "the token names no algorithm"},
        {R"({"alg":null})", "the token names no algorithm"},
        {R"({"alg":["HS256"]})", "the token names no algorithm"},
        {R"({"alg":"none"})", bad_algorithm},
        {R"({"alg":"None"})", bad_algorithm},
        {R"({"alg":"hs256"})", bad_algorithm},
        {R"({"alg":"HS512"})", bad_algorithm},
        {R"({"alg":"PS256"})", bad_algorithm},
        {R"({"alg":""})", bad_algorithm},
        {R"({"alg":"HS256","crit":["exp"],"exp":1})",
         "the token demands an extension that is not known"},
        {R"({"alg":"HS256","crit":[]})", "the token demands an extension that is not known"},
        {R"({"alg":"HS256","typ":"logout+jwt"})", "the token is of another type than JWT"},
        {R"({"alg":"HS256","typ":1})", "the token is of another type than JWT"},
        {R"({"alg":"HS256","kid":"another"})", bad_signature},
        {R"({"alg":"HS256","kid":1})", "the token names its key in a way that is none"},
        {R"({"alg":"HS256","kid":")" + std::string(257, 'k') + "\"}",
         "the token names its key in a way that is none"},
        {R"({"alg":"RS256"})", bad_signature}, // signed with the secret all the same
        {R"({"alg":"ES256"})", bad_signature},
        {R"({"alg":"EdDSA"})", bad_signature},
    };
    for (const auto& [header, sentence] : rows) {
        INFO(header);
        const auto verdict = verdict_of_header(header);
        CHECK(verdict.why == sentence);
        CHECK(verdict.facts.has_value() == sentence.empty());
    }
}

TEST_CASE("a token signed with the text of a public key is refused", "[RFC8725]") {
    for (const auto algorithm :
         {jwt_algorithm::rs256, jwt_algorithm::es256, jwt_algorithm::eddsa}) {
        const auto& owner = signer::of(algorithm);
        const auto keys = jwk_set::read_pem_text(owner.pem()).keys;
        REQUIRE(keys != nullptr);
        for (const auto& text : {owner.pem(), owner.der(), owner.jwk()}) {
            const auto token = signer::secret(text).token(R"({"alg":"HS256"})", claims);
            CHECK(verify_token(token, *keys, all_algorithms(), now).why ==
                  "there is no key for the algorithm of the token");
            CHECK(verify_token(token, all_keys(), all_algorithms(), now).why == bad_signature);
        }
    }
}

TEST_CASE("a token signed with another key of the same kind is refused") {
    for (const auto& row : jwt_algorithm_table) {
        INFO(row.name);
        const auto token = signer::fresh(row.algorithm)
                               .token(R"({"alg":")" + std::string(row.name) + "\"}", claims);
        CHECK(verify_token(token, all_keys(), all_algorithms(), now).why == bad_signature);
    }
    CHECK(ERR_peek_error() == 0); // nothing is left for the TLS of the same thread to trip over
}

TEST_CASE("a text that is not three parts in strict base64url is no token") {
    const auto token = token_of(jwt_algorithm::hs256, claims);
    const auto dot = token.rfind('.');
    for (const std::string& wrong :
         {std::string(), std::string("."), std::string(".."), std::string("a.b.c"),
          std::string("my.pass.word"), token.substr(0, dot), token.substr(0, dot + 1), token + ".",
          token + "=", token + "\n", " " + token, "." + token, token + ".AAAA",
          token.substr(0, dot) + "=" + token.substr(dot), std::string("..") + token.substr(dot + 1),
          "Bearer " + token, std::string("\xFF.\xFF.\xFF"), std::string(9000, '.')}) {
        INFO(wrong);
        CHECK_FALSE(looks_like_token(wrong));
        CHECK_FALSE(verify_token(wrong, all_keys(), all_algorithms(), now).facts);
    }
    CHECK(verify_token(token + ".AAAA", all_keys(), all_algorithms(), now).why == bad_parts);
}

TEST_CASE("a token is at most 8 KiB long") {
    const auto with = [](std::size_t fill) {
        return token_of(jwt_algorithm::hs256, with_exp(R"("x":")" + std::string(fill, 'x') + "\""));
    };
    std::size_t fill = 6000;
    while (with(fill).size() < token_bytes_max)
        ++fill;
    REQUIRE(with(fill).size() == token_bytes_max);
    const auto verify = [](const std::string& token) {
        return verify_token(token, all_keys(), all_algorithms(), now).why;
    };
    CHECK(verify(with(fill)).empty());
    CHECK(looks_like_token(with(fill)));
    CHECK(verify(with(fill + 1)) == "the token is too long");
    CHECK_FALSE(looks_like_token(with(fill + 1)));
}

TEST_CASE("a token counts from its beginning until its end, and without an end never") {
    const std::pair<std::string, std::string> rows[] = {
        {R"({"sub":"a"})", "the token has no end: the claim exp is missing"},
        {R"({"sub":"a","exp":"1700000100"})", "the claim exp of the token is no number"},
        {R"({"sub":"a","exp":null})", "the claim exp of the token is no number"},
        {R"({"sub":"a","exp":[1700000100]})", "the claim exp of the token is no number"},
        {R"({"sub":"a","exp":1e400})", unreadable_claims},
        {R"({"sub":"a","exp":NaN})", unreadable_claims},
        {R"({"sub":"a","exp":1699999996})", ""}, // within the leeway
        {R"({"sub":"a","exp":1699999995})", expired},
        {R"({"sub":"a","exp":1699999995.5})", ""},
        {R"({"sub":"a","exp":1699999994.9})", expired},
        {R"({"sub":"a","exp":1.7000001e9})", ""},
        {R"({"sub":"a","exp":0})", expired},
        {R"({"sub":"a","exp":-0.0})", expired},
        {R"({"sub":"a","exp":-1e308})", expired},
        {R"({"sub":"a","exp":-9223372036854775808})", expired},
        {R"({"sub":"a","exp":9223372036854775807})", ""},
        {R"({"sub":"a","exp":18446744073709551615})", ""},
        {R"({"sub":"a","exp":99999999999999999999999})", ""},
        {R"({"sub":"a","exp":1e308})", ""},
        {with_exp(R"("nbf":1700000000)"), ""},
        {with_exp(R"("nbf":1700000005)"), ""},
        {with_exp(R"("nbf":1700000005.5)"), too_early},
        {with_exp(R"("nbf":1700000006)"), too_early},
        {with_exp(R"("nbf":1e308)"), too_early},
        {with_exp(R"("nbf":-1e308)"), ""},
        {with_exp(R"("nbf":"1")"), "a claim nbf or iat of the token is no number"},
        {with_exp(R"("iat":1700000005)"), ""},
        {with_exp(R"("iat":1700000006)"), too_early},
        {with_exp(R"("iat":18446744073709551615)"), too_early},
        {with_exp(R"("iat":true)"), "a claim nbf or iat of the token is no number"},
    };
    for (const auto& [content, sentence] : rows) {
        INFO(content);
        CHECK(why(content) == sentence);
    }
    const auto half = verdict_of(R"({"sub":"a","exp":1700000000.25})");
    REQUIRE(half.facts);
    CHECK(half.facts->good_until == now + 5250ms);
    const auto forever = verdict_of(R"({"sub":"a","exp":1e308})");
    REQUIRE(forever.facts);
    CHECK(forever.facts->good_until > now + std::chrono::hours(24 * 365 * 200));
}

TEST_CASE("no leeway is larger than a minute or less than nothing") {
    auto rules = all_algorithms();
    for (const auto& [leeway, good, bad] : {std::tuple{0s, 1'700'000'001, 1'700'000'000},
                                            std::tuple{-10s, 1'700'000'001, 1'700'000'000},
                                            std::tuple{60s, 1'699'999'941, 1'699'999'940},
                                            std::tuple{1'000'000s, 1'699'999'941, 1'699'999'940}}) {
        rules.leeway = leeway;
        INFO(leeway.count());
        CHECK(why(R"({"sub":"a","exp":)" + std::to_string(good) + "}", rules).empty());
        CHECK(why(R"({"sub":"a","exp":)" + std::to_string(bad) + "}", rules) == expired);
    }
}

TEST_CASE("a token counts for its audience only") {
    const std::string broken = "the claim aud of the token is no text and no list of texts";
    auto rules = all_algorithms();
    rules.audience = "sluice";
    const std::pair<std::string, std::string> rows[] = {
        {claims, other_audience},
        {with_exp(R"("aud":"sluice")"), ""},
        {with_exp(R"("aud":"Sluice")"), other_audience},
        {with_exp(R"("aud":"sluice2")"), other_audience},
        {with_exp(R"("aud":"")"), other_audience},
        {with_exp(R"("aud":["other","sluice"])"), ""},
        {with_exp(R"("aud":["other"])"), other_audience},
        {with_exp(R"("aud":[])"), other_audience},
        {with_exp(R"("aud":["sluice",1])"), broken},
        {with_exp(R"("aud":{"sluice":1})"), broken},
        {with_exp(R"("aud":null)"), broken},
    };
    for (const auto& [content, sentence] : rows) {
        INFO(content);
        CHECK(why(content, rules) == sentence);
    }
    CHECK(why(with_exp(R"("aud":"other")")).empty()); // nobody in particular here
    CHECK(why(with_exp(R"("aud":1)")) == broken);
}

TEST_CASE("a token names a user whom MQTT could name") {
    const auto named = [](const std::string& text) {
        return R"({"exp":1700000100,"sub":)" + text + "}";
    };
    const std::string longest(username_bytes_max, 'u');
    const std::pair<std::string, std::string> rows[] = {
        {R"({"exp":1700000100})", "the token names no user"},
        {named("1"), bad_user},
        {named("null"), bad_user},
        {named(R"(["alice"])"), bad_user},
        {named(R"("")"), bad_user},
        {named(R"("a\u0000b")"), bad_user},
        {named(R"("a\nb")"), bad_user},
        {named(R"("\ud800")"), unreadable_claims},
        {named("\"" + longest + "\""), ""},
        {named("\"" + longest + "u\""), bad_user},
        {named(R"("system:serviceaccount:a:b")"), ""},
        {named("\"\xC3\xBC\""), ""},
        {R"({"exp":1700000100,"sub":"alice","sub":"bob"})", unreadable_claims},
        {R"([{"exp":1700000100,"sub":"alice"}])", unreadable_claims},
        {"{\"exp\":1700000100,\"sub\":\"alice\"}" + std::string(1, '\0') + "}", unreadable_claims},
    };
    for (const auto& [content, sentence] : rows) {
        INFO(content);
        CHECK(why(content) == sentence);
    }
    auto rules = all_algorithms();
    rules.username_claim = "email";
    CHECK(why(claims, rules) == "the token names no user");
    CHECK(verdict_of(with_exp(R"("email":"a@example.com")"), rules).facts->username ==
          "a@example.com");
}

TEST_CASE("JSON in a token is at most 16 deep") {
    const auto deep = [](std::size_t depth) { // the object of the claims is the first
        return with_exp(R"("x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']'));
    };
    CHECK(why(deep(16)).empty());
    CHECK(why(deep(17)) == unreadable_claims);
    CHECK(why(deep(3000)) == unreadable_claims);
}

TEST_CASE("the rights in a token count where they are asked for, and refuse it where broken") {
    auto rules = all_algorithms();
    rules.acl_claim = "acl";
    const auto granting = with_exp(R"("acl":{"pub":["a/#"]})");
    const auto granted = verdict_of(granting, rules);
    REQUIRE(granted.facts);
    CHECK(granted.facts->has_rights);
    CHECK(granted.facts->rights == std::vector<token_right>{{token_right::kind::write, "a/#"}});
    CHECK_FALSE(verdict_of(granting).facts->has_rights); // not asked for
    CHECK_FALSE(verdict_of(claims, rules).facts->has_rights);
    CHECK(verdict_of(with_exp(R"("acl":[])"), rules).facts->has_rights); // to nothing at all
    for (const auto* broken : {"null", "\"a/#\"", R"({"pub":"a/#"})"})
        CHECK(why(with_exp(std::string(R"("acl":)") + broken), rules) ==
              "the access rights in the token can't be followed");
}

TEST_CASE("a token with one character changed, added or missing is never taken") {
    for (const auto& row : jwt_algorithm_table) {
        INFO(row.name);
        const auto token = token_of(row.algorithm, claims);
        const auto taken = [&](const std::string& text) {
            return verify_token(text, all_keys(), all_algorithms(), now).facts.has_value();
        };
        REQUIRE(taken(token));
        for (std::size_t at = 0; at < token.size(); ++at) {
            INFO(at);
            for (const char other : {'A', 'Q', 'g', 'w', '_', '.', '=', '\0'}) {
                auto changed = token;
                changed[at] = other;
                if (changed != token && taken(changed))
                    FAIL_CHECK("changed into " << changed);
            }
            for (const int bit : {0, 1, 2, 3}) { // the next of the alphabet, and others near it
                auto changed = token;
                changed[at] = static_cast<char>(changed[at] ^ 1 << bit);
                if (taken(changed))
                    FAIL_CHECK("changed into " << changed);
            }
            if (taken(token.substr(0, at)) || taken(token.substr(at + 1)) ||
                taken(std::string(token).insert(at, "A")) || taken(std::string(token).erase(at, 1)))
                FAIL_CHECK("cut or lengthened");
        }
    }
}
