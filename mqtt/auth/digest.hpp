// What OpenSSL offers of digests, keys and chance, on bytes in strings. Knows no format and no
// user.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mqtt {

inline constexpr std::size_t sha256_bytes = 32;
inline constexpr std::size_t sha512_bytes = 64;

std::string sha256(std::string_view bytes);
std::string sha512(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

// A number that only who has the key can foresee; always the same for the same bytes.
std::uint64_t keyed_number(std::string_view key, std::string_view bytes);

enum class key_digest { sha256, sha512 };

// PBKDF2 with HMAC, as many bytes as the digest has; RFC 8018. requires: iterations > 0
std::string derived_key(key_digest digest, std::string_view password, std::string_view salt,
                        unsigned iterations);

std::string random_bytes(std::size_t count);

// Takes as long for every right text of the same length: only the lengths may show.
bool equal_in_constant_time(std::string_view left, std::string_view right);

// RFC 4648 section 4. Reading takes what writing makes and nothing else: no space, no other
// alphabet, no spare bits; so two texts are never the same bytes.
enum class padding { present, absent };
std::string to_base64(std::string_view bytes, padding padded = padding::present);
std::optional<std::string> from_base64(std::string_view text, padding padded = padding::present);

// The same with the alphabet of RFC 4648 section 5 and no padding, as tokens have it.
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

} // namespace mqtt
