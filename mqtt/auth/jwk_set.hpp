// The keys that tokens are verified with: public keys from a PEM file or a JWKS file (RFC 7517), or
// a secret of HS256 from a file of its own. Whole or not at all. Never changes after it was read,
// so any thread may verify.
#pragma once

#include "mqtt/auth/jwt_algorithm.hpp"
#include "mqtt/auth/public_key.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

inline constexpr std::size_t jwk_set_keys_max = 64; // each may be tried for a token that names none
inline constexpr std::size_t jwk_file_bytes_max = 1'048'576; // certificates may stand beside keys
inline constexpr std::size_t jwk_id_bytes_max = 256;
inline constexpr std::size_t hs256_secret_bytes_min = 32; // RFC 7518 section 3.2
inline constexpr std::size_t hs256_secret_bytes_max = 4096;

struct jwk_set_reading;

class jwk_set {
public:
    static jwk_set_reading read_pem(const std::string& path);
    static jwk_set_reading read_jwks(const std::string& path);
    static jwk_set_reading read_secret(const std::string& path);

    static jwk_set_reading read_pem_text(std::string_view text);
    static jwk_set_reading read_jwks_text(std::string_view text);
    static jwk_set_reading read_secret_text(std::string_view text);

    // Whether a key for the algorithm has made the signature. With a name only keys that have it
    // are asked, and keys without one.
    bool verify(jwt_algorithm algorithm, std::optional<std::string_view> id,
                std::string_view signed_text, std::string_view signature) const;

    // Whether a token could be verified at all: the allow-list and the file may miss each other.
    bool has(jwt_algorithm algorithm) const;
    std::size_t size() const { return keys_.size(); }

private:
    struct key {
        jwt_algorithm algorithm{};
        std::optional<std::string> id{};
        public_key verifier{}; // null for HS256
        std::string secret{};  // empty but for HS256
    };
    struct reader;

    std::vector<key> keys_; // bound: jwk_set_keys_max
};

struct jwk_set_reading {
    std::shared_ptr<const jwk_set> keys; // null where there are problems
    std::vector<std::string> problems{}; // sentences; bound: jwk_set_keys_max
};

} // namespace mqtt
