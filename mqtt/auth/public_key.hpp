// One public key of OpenSSL, made and used. Knows no file and no token.
#pragma once

#include "mqtt/auth/jwt_algorithm.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st; // a key of OpenSSL

namespace mqtt {

inline constexpr unsigned rsa_key_bits_min = 2048; // RFC 7518 section 3.3
inline constexpr unsigned rsa_key_bits_max = 8192; // beyond, one token costs milliseconds

using public_key = std::shared_ptr<evp_pkey_st>;

// Big numbers and coordinates come first byte first. Null: there is no such key.
public_key rsa_public_key(std::string_view modulus, std::string_view exponent);
public_key p256_public_key(std::string_view x, std::string_view y);
public_key ed25519_public_key(std::string_view x);
// SubjectPublicKeyInfo and nothing behind it.
public_key public_key_from_der(std::string_view der);

// What the key may verify, whatever a token says; nothing, and why not: it is of no use here.
struct public_key_use {
    std::optional<jwt_algorithm> algorithm;
    std::string problem;
};
public_key_use use_of(evp_pkey_st& key);

// The signature is what RFC 7518 section 3 and RFC 8037 section 3.1 make it, not DER.
// requires: the algorithm is that of the key. thread: any, at the same time
bool verify_signature(jwt_algorithm algorithm, evp_pkey_st& key, std::string_view signed_text,
                      std::string_view signature);

} // namespace mqtt
