// Keys for tokens, as files have them: what is taken, what is passed over, and what makes a whole
// file count for nothing.
#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/jwk_set.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/mqtt/signer.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <unistd.h>

using namespace mqtt;
using signing::set_of;
using signing::signer;

namespace {

const signer& rsa() {
    return signer::of(jwt_algorithm::rs256);
}
const signer& p256() {
    return signer::of(jwt_algorithm::es256);
}
const signer& ed25519() {
    return signer::of(jwt_algorithm::eddsa);
}
const signer& shared_secret() {
    return signer::of(jwt_algorithm::hs256);
}

std::string problems_of(const jwk_set_reading& reading) {
    CHECK((reading.keys == nullptr) == !reading.problems.empty());
    std::string all;
    for (const auto& each : reading.problems)
        all.append(all.empty() ? "" : "; ").append(each);
    return all;
}

std::string problems_of_set(const std::string& jwks) {
    return problems_of(jwk_set::read_jwks_text(set_of(jwks)));
}

std::shared_ptr<const jwk_set> keys_of(const std::string& jwks) {
    auto reading = jwk_set::read_jwks_text(set_of(jwks));
    INFO(problems_of(reading));
    REQUIRE(reading.keys != nullptr);
    return reading.keys;
}

const std::string private_sentence =
    "key 1 is a private key; it belongs to who makes the tokens, the broker needs the public key "
    "alone";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const auto at = text.find(what);
    REQUIRE(at != text.npos);
    return text.replace(at, what.size(), by);
}

} // namespace

TEST_CASE("a key of a PEM file verifies what its other half signed, and nothing else") {
    for (const auto& row : jwt_algorithm_table) {
        if (row.algorithm == jwt_algorithm::hs256)
            continue;
        INFO(row.name);
        const auto& owner = signer::of(row.algorithm);
        const auto reading = jwk_set::read_pem_text("# a comment\n" + owner.pem());
        REQUIRE(problems_of(reading).empty());
        CHECK(reading.keys->size() == 1);
        for (const auto& other : jwt_algorithm_table)
            CHECK(reading.keys->has(other.algorithm) == (other.algorithm == row.algorithm));
        const auto signature = owner.sign("text");
        const auto verify = [&](std::string_view text, std::string_view by) {
            return reading.keys->verify(row.algorithm, std::nullopt, text, by);
        };
        CHECK(verify("text", signature));
        CHECK_FALSE(verify("texts", signature));
        CHECK_FALSE(verify("text", signature + '\0'));
        CHECK_FALSE(verify("text", signature.substr(1)));
        CHECK_FALSE(verify("text", ""));
        CHECK_FALSE(verify("text", std::string(signature.size(), '\0')));
        CHECK_FALSE(verify("text", signer::fresh(row.algorithm).sign("text")));
        CHECK_FALSE(reading.keys->verify(jwt_algorithm::hs256, std::nullopt, "text",
                                         hmac_sha256(owner.pem(), "text")));
    }
}

TEST_CASE("a PEM file may hold several keys, so that one can follow the other") {
    const auto reading =
        jwk_set::read_pem_text(rsa().pem() + "\n" + p256().pem() + ed25519().pem());
    REQUIRE(problems_of(reading).empty());
    CHECK(reading.keys->size() == 3);
    CHECK(reading.keys->verify(jwt_algorithm::eddsa, "any name", "text", ed25519().sign("text")));
}

TEST_CASE("a PEM file with anything but public keys of these kinds counts for nothing") {
    struct row {
        std::string text;
        std::string problem;
    };
    std::string many;
    for (unsigned count = 0; count <= jwk_set_keys_max; ++count)
        many += ed25519().pem();
    const row rows[] = {
        {"", "holds no public key"},
        {"a secret of thirty-two bytes, so.", "holds no public key"},
        {rsa().private_pem(), private_sentence},
        {ed25519().private_pem(), private_sentence},
        {p256().pem() + rsa().private_pem(), replaced(private_sentence, "1", "2")},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
         "key 1 is no public key: its first line must be -----BEGIN PUBLIC KEY-----"},
        {"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "key 1 can't be read"},
        {rsa().pem().substr(0, 200), "is no PEM file: a block is broken or has no end"},
        {replaced(p256().pem(), "\nM", "\n!"), "is no PEM file: a block is broken or has no end"},
        {signer::rsa(1024).pem(),
         "key 1 is an RSA key of 1024 bits; between 2048 and 8192 are taken"},
        {signer::curve("P-384").pem(), "key 1 is a key of another curve than P-256"},
        {signer::curve("secp256k1").pem(), "key 1 is a key of another curve than P-256"},
        {many, "holds more than 64 keys"},
    };
    for (const auto& each : rows) {
        INFO(each.text);
        CHECK(problems_of(jwk_set::read_pem_text(each.text)) == each.problem);
    }
}

TEST_CASE("a JWKS may hold keys of each kind, each for its own algorithm") {
    const auto keys =
        keys_of(rsa().jwk(R"("kid":"r","use":"sig","alg":"RS256")") + "," +
                p256().jwk(R"("kid":"e","key_ops":["verify","sign"],"x5c":["AAAA"])") + "," +
                ed25519().jwk() + "," + shared_secret().jwk(R"("kid":"h")"));
    CHECK(keys->size() == 4);
    for (const auto& row : jwt_algorithm_table) {
        INFO(row.name);
        CHECK(keys->verify(row.algorithm, std::nullopt, "text",
                           signer::of(row.algorithm).sign("text")));
    }
    CHECK(keys->verify(jwt_algorithm::rs256, "r", "text", rsa().sign("text")));
    CHECK_FALSE(keys->verify(jwt_algorithm::rs256, "e", "text", rsa().sign("text")));
    CHECK(keys->verify(jwt_algorithm::eddsa, "r", "text", ed25519().sign("text"))); // has no name
}

TEST_CASE("the name of a key chooses among keys of one kind") {
    const auto other = signer::fresh(jwt_algorithm::es256);
    const auto keys = keys_of(p256().jwk(R"("kid":"old")") + "," + other.jwk(R"("kid":"new")"));
    const auto verify = [&](std::optional<std::string_view> name, const signer& by) {
        return keys->verify(jwt_algorithm::es256, name, "text", by.sign("text"));
    };
    CHECK(verify("old", p256()));
    CHECK(verify("new", other));
    CHECK_FALSE(verify("new", p256()));
    CHECK_FALSE(verify("newer", p256()));
    CHECK_FALSE(verify("", p256()));
    CHECK(verify(std::nullopt, other));
}

TEST_CASE("keys of a JWKS that are for something else are passed over") {
    for (const std::string& other :
         {rsa().jwk(R"("use":"enc")"), rsa().jwk(R"("key_ops":["encrypt"])"),
          rsa().jwk(R"("key_ops":[])"), rsa().jwk(R"("alg":"RS512")"),
          rsa().jwk(R"("alg":"HS256")"), rsa().jwk(R"("alg":"none")"),
          std::string(R"({"kty":"EC","crv":"P-521","x":"AA"})"),
          std::string(R"({"kty":"OKP","crv":"X25519","x":"AA"})"), std::string(R"({"kty":"new"})"),
          shared_secret().jwk(R"("alg":"HS512")")}) {
        INFO(other);
        CHECK(keys_of(other + "," + p256().jwk())->size() == 1);
        CHECK(problems_of_set(other) == "holds no key that can verify a token");
    }
}

TEST_CASE("a JWKS with a broken or a private key counts for nothing") {
    struct row {
        std::string jwk;
        std::string problem;
    };
    const row rows[] = {
        {"1", "key 1 is no JSON object"},
        {"{}", "key 1 has no \"kty\""},
        {R"({"kty":1})", "key 1 has no text in \"kty\""},
        {rsa().jwk(R"("d":"AA")"), private_sentence},
        {p256().jwk(R"("d":"AA")"), private_sentence},
        {ed25519().jwk(R"("d":null)"), private_sentence},
        {rsa().jwk(R"("use":"enc","dp":"AA")"), private_sentence},
        {R"({"kty":"new","d":"AA"})", private_sentence},
        {rsa().jwk(R"("kid":1)"), "key 1 has no text in \"kid\""},
        {rsa().jwk(R"("kid":")" + std::string(257, 'k') + "\""),
         "key 1 has a \"kid\" of more than 256 bytes"},
        {rsa().jwk(R"("use":["sig"])"), "key 1 has no text in \"use\""},
        {rsa().jwk(R"("alg":256)"), "key 1 has no text in \"alg\""},
        {rsa().jwk(R"("key_ops":"verify")"), "key 1 has no list of texts in \"key_ops\""},
        {rsa().jwk(R"("key_ops":["verify",1])"), "key 1 has no list of texts in \"key_ops\""},
        {R"({"kty":"RSA"})", "key 1 has no base64url in \"n\"; key 1 has no base64url in \"e\""},
        {replaced(rsa().jwk(), R"("e":"AQAB")", R"("e":"AQAB=")"),
         "key 1 has no base64url in \"e\""},
        {replaced(rsa().jwk(), R"("e":"AQAB")", R"("e":"AQ")"), "key 1 is no sound RSA key"},
        {signer::rsa(1024).jwk(),
         "key 1 is an RSA key of 1024 bits; between 2048 and 8192 are taken"},
        {R"({"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"})",
         "key 1 is no key of the kind that it says it is"},
        {R"({"kty":"EC","crv":"P-256","x":")" + to_base64url(std::string(32, 1)) + R"(","y":")" +
             to_base64url(std::string(32, 1)) + "\"}",
         "key 1 is no key of the kind that it says it is"},
        {R"({"kty":"OKP","crv":"Ed25519","x":"AAAA"})",
         "key 1 is no key of the kind that it says it is"},
        {R"({"kty":"oct","k":"AAAA"})", "key 1 has a secret of a length that is not taken"},
        {signer::secret(std::string(31, 's')).jwk(),
         "key 1 has a secret of a length that is not taken"},
    };
    for (const auto& each : rows) {
        INFO(each.jwk);
        CHECK(problems_of_set(each.jwk) == each.problem);
    }
    CHECK(problems_of_set(p256().jwk() + ",1") == "key 2 is no JSON object");
}

TEST_CASE("a text that is no JWKS counts for nothing") {
    const std::string none = "is no JSON object, or has a name twice";
    for (const auto& text :
         {std::string(), std::string("[]"), std::string("{"), p256().pem(),
          set_of(p256().jwk()) + "x", "\xEF\xBB\xBF" + set_of(p256().jwk()),
          set_of(p256().jwk()) + std::string(1, '\0'), set_of(p256().jwk(R"("kid":"a","kid":"b")")),
          std::string(R"({"keys":[],"keys":[]})")}) {
        INFO(text);
        CHECK(problems_of(jwk_set::read_jwks_text(text)) == none);
    }
    CHECK(problems_of(jwk_set::read_jwks_text("{}")) == "has no list \"keys\"");
    CHECK(problems_of(jwk_set::read_jwks_text(R"({"keys":{}})")) == "has no list \"keys\"");
    CHECK(problems_of_set("") == "holds no key that can verify a token");
    std::string many = p256().jwk();
    for (std::size_t count = 1; count < jwk_set_keys_max; ++count)
        many += "," + ed25519().jwk();
    CHECK(keys_of(many)->size() == jwk_set_keys_max);
    CHECK(problems_of_set(many + ",{}") == "holds more than 64 keys");
}

TEST_CASE("a secret is the bytes of its file without the end of the line") {
    for (const std::string end : {"", "\n", "\r\n"}) {
        const auto reading = jwk_set::read_secret_text(shared_secret().bytes() + end);
        REQUIRE(problems_of(reading).empty());
        CHECK(reading.keys->verify(jwt_algorithm::hs256, "any", "text",
                                   shared_secret().sign("text")));
        CHECK_FALSE(reading.keys->has(jwt_algorithm::rs256));
    }
    const std::string length = "must have between 32 and 4096 bytes";
    CHECK(problems_of(jwk_set::read_secret_text("")) == length);
    CHECK(problems_of(jwk_set::read_secret_text(std::string(31, 's') + "\n")) == length);
    CHECK(problems_of(jwk_set::read_secret_text(std::string(32, 's'))).empty());
    CHECK(problems_of(jwk_set::read_secret_text(std::string(4096, 's'))).empty());
    CHECK(problems_of(jwk_set::read_secret_text(std::string(4097, 's'))) == length);
}

TEST_CASE("what anybody may know of a key is never a secret", "[RFC8725]") {
    const std::string other = "is a key of another kind, and can't be the secret of HS256";
    for (const auto* owner : {&rsa(), &p256(), &ed25519()}) {
        CHECK(problems_of(jwk_set::read_secret_text(owner->pem())) == other);
        CHECK(problems_of(jwk_set::read_secret_text("\n" + owner->private_pem())) == other);
        CHECK(problems_of(jwk_set::read_secret_text(owner->der())) == other);
        CHECK(problems_of(jwk_set::read_secret_text(to_base64(owner->der()) + "\n")) == other);
    }
    CHECK(problems_of(jwk_set::read_secret_text(
              "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO me@here")) == other);
    const std::string json = "is JSON, and can't be the secret of HS256; a JWKS file may hold one";
    CHECK(problems_of(jwk_set::read_secret_text(set_of(rsa().jwk()))) == json);
    CHECK(problems_of(jwk_set::read_secret_text(shared_secret().jwk())) == json);
}

TEST_CASE("a file that can't be read says why, and gives no keys") {
    for (const auto read : {jwk_set::read_pem, jwk_set::read_jwks, jwk_set::read_secret}) {
        CHECK(problems_of(read("/nowhere/key.pem")) == "cannot be read: No such file or directory");
        CHECK(problems_of(read("/")) == "cannot be read: Is a directory");
        CHECK(problems_of(read("/dev/null")) == "is no file but a device or a pipe");
    }
    std::string path = "/tmp/sluice-jwks-XXXXXX";
    const int file = ::mkstemp(path.data());
    REQUIRE(file >= 0);
    ::close(file);
    std::ofstream(path) << std::string(jwk_file_bytes_max + 1, ' ');
    CHECK(problems_of(jwk_set::read_jwks(path)) == "is larger than 1048576 bytes");
    std::ofstream(path) << set_of(p256().jwk());
    CHECK(jwk_set::read_jwks(path).keys != nullptr);
    std::remove(path.c_str());
}
