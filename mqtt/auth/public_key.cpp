#include "mqtt/auth/public_key.hpp"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

namespace mqtt {
namespace {

constexpr std::size_t p256_bytes = 32;

template <auto Free>
struct freed_by {
    template <class Thing>
    void operator()(Thing* thing) const {
        Free(thing);
    }
};
template <class Thing, auto Free>
using owned = std::unique_ptr<Thing, freed_by<Free>>;
using big_number = owned<BIGNUM, BN_free>;

// What fails here must leave nothing in the thread's queue of errors: TLS connections of the same
// thread look into it.
class errors_kept_apart {
public:
    errors_kept_apart() { ERR_set_mark(); }
    ~errors_kept_apart() { ERR_pop_to_mark(); }
    errors_kept_apart(const errors_kept_apart&) = delete;
    errors_kept_apart& operator=(const errors_kept_apart&) = delete;
};

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

big_number number_of(std::string_view bytes) {
    return big_number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

public_key shared(EVP_PKEY* key) {
    return key == nullptr ? public_key() : public_key(key, EVP_PKEY_free);
}

public_key key_from(const char* type, OSSL_PARAM_BLD* parts) {
    const owned<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(parts));
    const owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
        EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
    EVP_PKEY* made = nullptr;
    if (params == nullptr || context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1 ||
        EVP_PKEY_fromdata(context.get(), &made, EVP_PKEY_PUBLIC_KEY, params.get()) != 1)
        return {};
    return shared(made);
}

// A point off the curve, an exponent of 1: keys under which anybody can sign.
bool is_sound(EVP_PKEY& key) {
    const owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(
        EVP_PKEY_CTX_new_from_pkey(nullptr, &key, nullptr));
    return context != nullptr && EVP_PKEY_public_check(context.get()) == 1;
}

std::string group_of(const EVP_PKEY& key) {
    std::string name(64, '\0');
    std::size_t length = 0;
    if (EVP_PKEY_get_group_name(&key, name.data(), name.size(), &length) != 1)
        return {};
    name.resize(length);
    return name;
}

// r and s, 32 bytes each, as the library wants them; RFC 7518 section 3.4. Empty: they are not.
std::string der_of_es256(std::string_view signature) {
    if (signature.size() != 2 * p256_bytes)
        return {};
    const owned<ECDSA_SIG, ECDSA_SIG_free> pair(ECDSA_SIG_new());
    auto r = number_of(signature.substr(0, p256_bytes));
    auto s = number_of(signature.substr(p256_bytes));
    if (pair == nullptr || r == nullptr || s == nullptr ||
        ECDSA_SIG_set0(pair.get(), r.release(), s.release()) != 1)
        return {};
    unsigned char* encoded = nullptr;
    const int length = i2d_ECDSA_SIG(pair.get(), &encoded);
    if (length <= 0)
        return {};
    std::string der(reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(length));
    OPENSSL_free(encoded);
    return der;
}

} // namespace

public_key rsa_public_key(std::string_view modulus, std::string_view exponent) {
    const errors_kept_apart apart;
    const auto n = number_of(modulus);
    const auto e = number_of(exponent);
    const owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> parts(OSSL_PARAM_BLD_new());
    if (n == nullptr || e == nullptr || parts == nullptr ||
        OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
        OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
        return {};
    return key_from("RSA", parts.get());
}

public_key p256_public_key(std::string_view x, std::string_view y) {
    const errors_kept_apart apart;
    if (x.size() != p256_bytes || y.size() != p256_bytes) // RFC 7518 section 6.2.1.2
        return {};
    const auto point = std::string("\x04").append(x).append(y); // SEC 1 section 2.3.3
    const owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free> parts(OSSL_PARAM_BLD_new());
    if (parts == nullptr ||
        OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                        SN_X9_62_prime256v1, 0) != 1 ||
        OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                         point.size()) != 1)
        return {};
    return key_from("EC", parts.get());
}

public_key ed25519_public_key(std::string_view x) {
    const errors_kept_apart apart;
    return shared(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size()));
}

public_key public_key_from_der(std::string_view der) {
    const errors_kept_apart apart;
    const auto* at = bytes_of(der);
    auto key = shared(d2i_PUBKEY(nullptr, &at, static_cast<long>(der.size())));
    return at == bytes_of(der) + der.size() ? key : public_key();
}

public_key_use use_of(EVP_PKEY& key) {
    const errors_kept_apart apart;
    if (EVP_PKEY_is_a(&key, "RSA") == 1) {
        const auto bits = static_cast<unsigned>(EVP_PKEY_get_bits(&key));
        if (bits < rsa_key_bits_min || bits > rsa_key_bits_max)
            return {std::nullopt, "is an RSA key of " + std::to_string(bits) + " bits; between " +
                                      std::to_string(rsa_key_bits_min) + " and " +
                                      std::to_string(rsa_key_bits_max) + " are taken"};
        if (!is_sound(key))
            return {std::nullopt, "is no sound RSA key"};
        return {jwt_algorithm::rs256, {}};
    }
    if (EVP_PKEY_is_a(&key, "EC") == 1) {
        if (group_of(key) != SN_X9_62_prime256v1)
            return {std::nullopt, "is a key of another curve than P-256"};
        if (!is_sound(key))
            return {std::nullopt, "is no point of the curve P-256"};
        return {jwt_algorithm::es256, {}};
    }
    if (EVP_PKEY_is_a(&key, "ED25519") == 1)
        return {jwt_algorithm::eddsa, {}};
    return {std::nullopt, "is of another kind than RSA, EC P-256 and Ed25519"};
}

bool verify_signature(jwt_algorithm algorithm, EVP_PKEY& key, std::string_view signed_text,
                      std::string_view signature) {
    const errors_kept_apart apart;
    std::string der;
    if (algorithm == jwt_algorithm::es256) {
        der = der_of_es256(signature);
        if (der.empty())
            return false;
        signature = der;
    }
    const owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
    // Ed25519 has its own digest; RSA pads as PKCS #1 v1.5 unless told otherwise.
    const auto* digest = algorithm == jwt_algorithm::eddsa ? nullptr : EVP_sha256();
    return context != nullptr &&
           EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, &key) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                            bytes_of(signed_text), signed_text.size()) == 1;
}

} // namespace mqtt
