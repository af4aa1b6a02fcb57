#include "mqtt/auth/digest.hpp"

#include "mqtt/types/ensure.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

namespace mqtt {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_of(std::string_view bytes, std::string_view digits) {
    std::string text;
    std::uint32_t word = 0;
    unsigned bits = 0;
    for (const char each : bytes) {
        word = word << 8U | static_cast<unsigned char>(each);
        for (bits += 8; bits >= 6; bits -= 6)
            text += digits[word >> (bits - 6) & 63U];
    }
    if (bits != 0)
        text += digits[word << (6 - bits) & 63U];
    return text;
}

// Nothing: a character is no digit. Whether the text is the one for these bytes is not asked.
std::optional<std::string> bytes_from(std::string_view text, std::string_view digits) {
    std::string bytes;
    std::uint32_t word = 0;
    unsigned bits = 0;
    for (const char each : text) {
        const auto digit = digits.find(each);
        if (digit == digits.npos)
            return std::nullopt;
        word = word << 6U | static_cast<std::uint32_t>(digit);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes += static_cast<char>(word >> bits & 0xFFU);
        }
    }
    return bytes;
}

} // namespace

std::string sha256(std::string_view bytes) {
    std::string made(sha256_bytes, '\0');
    SHA256(bytes_of(bytes), bytes.size(), bytes_of(made));
    return made;
}

std::string sha512(std::string_view bytes) {
    std::string made(sha512_bytes, '\0');
    SHA512(bytes_of(bytes), bytes.size(), bytes_of(made));
    return made;
}

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    std::string made(sha256_bytes, '\0');
    const auto* done = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(bytes),
                            bytes.size(), bytes_of(made), nullptr);
    ensure(done != nullptr, "no HMAC from the cryptographic library");
    return made;
}

std::uint64_t keyed_number(std::string_view key, std::string_view bytes) {
    std::uint64_t number = 0;
    for (const char each : hmac_sha256(key, bytes).substr(0, sizeof(number)))
        number = number << 8U | static_cast<unsigned char>(each);
    return number;
}

std::string derived_key(key_digest digest, std::string_view password, std::string_view salt,
                        unsigned iterations) {
    const bool shorter = digest == key_digest::sha256;
    std::string made(shorter ? sha256_bytes : sha512_bytes, '\0');
    const int done = PKCS5_PBKDF2_HMAC(
        password.data(), static_cast<int>(password.size()), bytes_of(salt),
        static_cast<int>(salt.size()), static_cast<int>(iterations),
        shorter ? EVP_sha256() : EVP_sha512(), static_cast<int>(made.size()), bytes_of(made));
    ensure(done == 1, "no PBKDF2 from the cryptographic library");
    return made;
}

std::string random_bytes(std::size_t count) {
    std::string made(count, '\0');
    // A salt or a nonce that somebody can foresee is worse than no program.
    ensure(RAND_bytes(bytes_of(made), static_cast<int>(count)) == 1, "no random bytes");
    return made;
}

bool equal_in_constant_time(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

std::string to_base64(std::string_view bytes, padding padded) {
    auto text = text_of(bytes, alphabet);
    while (padded == padding::present && text.size() % 4 != 0)
        text += '=';
    return text;
}

std::optional<std::string> from_base64(std::string_view text, padding padded) {
    const auto given = text;
    while (padded == padding::present && text.ends_with('='))
        text.remove_suffix(1);
    auto bytes = bytes_from(text, alphabet);
    if (!bytes || to_base64(*bytes, padded) != given)
        return std::nullopt;
    return bytes;
}

std::string to_base64url(std::string_view bytes) {
    return text_of(bytes, url_alphabet);
}

std::optional<std::string> from_base64url(std::string_view text) {
    auto bytes = bytes_from(text, url_alphabet);
    if (!bytes || to_base64url(*bytes) != text)
        return std::nullopt;
    return bytes;
}

} // namespace mqtt
