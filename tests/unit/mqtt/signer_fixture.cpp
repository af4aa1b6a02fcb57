#include "mqtt/auth/digest.hpp"
#include "mqtt/types/ensure.hpp"
#include "tests/unit/mqtt/signer.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>
#include <utility>

using mqtt::ensure;
using mqtt::jwt_algorithm;
using mqtt::to_base64url;

namespace signing {
namespace {

constexpr int coordinate_bytes = 32;

std::string number_text(const EVP_PKEY* key, const char* name, int bytes = 0) {
    BIGNUM* number = nullptr;
    ensure(EVP_PKEY_get_bn_param(key, name, &number) == 1, "the key has no such number");
    std::string text(static_cast<std::size_t>(bytes != 0 ? bytes : BN_num_bytes(number)), '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(text.data()),
                 static_cast<int>(text.size()));
    BN_free(number);
    return to_base64url(text);
}

// The two numbers of an ECDSA signature, side by side.
std::string raw_of(const std::string& der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    auto* pair = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
    ensure(pair != nullptr, "no signature");
    std::string raw(2 * coordinate_bytes, '\0');
    auto* to = reinterpret_cast<unsigned char*>(raw.data());
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), to, coordinate_bytes);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), to + coordinate_bytes, coordinate_bytes);
    ECDSA_SIG_free(pair);
    return raw;
}

template <class Write>
std::string written(Write write) {
    auto* memory = BIO_new(BIO_s_mem());
    ensure(write(memory) == 1, "the key can't be written");
    char* bytes = nullptr;
    const auto length = BIO_get_mem_data(memory, &bytes);
    std::string text(bytes, static_cast<std::size_t>(length));
    BIO_free(memory);
    return text;
}

} // namespace

signer::signer(jwt_algorithm algorithm, EVP_PKEY* key) : algorithm_(algorithm) {
    if (algorithm == jwt_algorithm::hs256)
        return;
    ensure(key != nullptr, "no key could be made");
    key_.reset(key, EVP_PKEY_free);
}

const signer& signer::of(jwt_algorithm algorithm) {
    static const std::array<signer, 4> made{
        fresh(jwt_algorithm::rs256), fresh(jwt_algorithm::es256), fresh(jwt_algorithm::eddsa),
        secret("a secret of thirty-two bytes, so.")};
    return made.at(static_cast<std::size_t>(algorithm));
}

signer signer::fresh(jwt_algorithm algorithm) {
    switch (algorithm) {
    case jwt_algorithm::rs256:
        return rsa(2048);
    case jwt_algorithm::es256:
        return curve("P-256");
    case jwt_algorithm::eddsa:
        return {algorithm, EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
    case jwt_algorithm::hs256:
        break;
    }
    return secret(mqtt::random_bytes(32));
}

signer signer::rsa(unsigned bits) {
    return {jwt_algorithm::rs256,
            EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits))};
}

signer signer::curve(const std::string& name) {
    return {jwt_algorithm::es256, EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", name.c_str())};
}

signer signer::secret(std::string bytes) {
    signer made(jwt_algorithm::hs256, nullptr);
    made.secret_ = std::move(bytes);
    return made;
}

std::string signer::sign(std::string_view text) const {
    if (algorithm_ == jwt_algorithm::hs256)
        return mqtt::hmac_sha256(secret_, text);
    const auto* from = reinterpret_cast<const unsigned char*>(text.data());
    const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                     EVP_MD_CTX_free);
    const auto* digest = algorithm_ == jwt_algorithm::eddsa ? nullptr : EVP_sha256();
    std::size_t length = 0;
    ensure(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()) == 1 &&
               EVP_DigestSign(context.get(), nullptr, &length, from, text.size()) == 1,
           "nothing can be signed");
    std::string made(length, '\0');
    ensure(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &length,
                          from, text.size()) == 1,
           "nothing was signed");
    made.resize(length);
    return algorithm_ == jwt_algorithm::es256 ? raw_of(made) : made;
}

std::string signer::token(std::string_view header, std::string_view claims) const {
    const auto text = to_base64url(header) + "." + to_base64url(claims);
    return text + "." + to_base64url(sign(text));
}

std::string signer::pem() const {
    return written([&](BIO* to) { return PEM_write_bio_PUBKEY(to, key_.get()); });
}

std::string signer::private_pem() const {
    return written([&](BIO* to) {
        return PEM_write_bio_PrivateKey(to, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
}

std::string signer::der() const {
    return written([&](BIO* to) { return i2d_PUBKEY_bio(to, key_.get()); });
}

std::string signer::jwk(const std::string& more) const {
    std::string text;
    const auto number = [&](const char* name, int bytes = 0) {
        return number_text(key_.get(), name, bytes);
    };
    if (algorithm_ == jwt_algorithm::rs256)
        text = R"("kty":"RSA","n":")" + number(OSSL_PKEY_PARAM_RSA_N) + R"(","e":")" +
               number(OSSL_PKEY_PARAM_RSA_E) + "\"";
    if (algorithm_ == jwt_algorithm::es256)
        text = R"("kty":"EC","crv":"P-256","x":")" +
               number(OSSL_PKEY_PARAM_EC_PUB_X, coordinate_bytes) + R"(","y":")" +
               number(OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_bytes) + "\"";
    if (algorithm_ == jwt_algorithm::eddsa) {
        std::string x(32, '\0');
        std::size_t length = x.size();
        EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(x.data()),
                                    &length);
        text = R"("kty":"OKP","crv":"Ed25519","x":")" + to_base64url(x) + "\"";
    }
    if (algorithm_ == jwt_algorithm::hs256)
        text = R"("kty":"oct","k":")" + to_base64url(secret_) + "\"";
    return "{" + text + (more.empty() ? "" : "," + more) + "}";
}

std::string set_of(const std::string& jwks) {
    return R"({"keys":[)" + jwks + "]}";
}

} // namespace signing
