#include "mqtt/auth/password_hash.hpp"

#include "mqtt/auth/digest.hpp"
#include "mqtt/types/ensure.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#ifdef SLUICE_ARGON2
#include <argon2.h>
#endif

namespace mqtt {
namespace {

// As mosquitto 2.1 makes them; more than 12 bytes of salt are nothing to mosquitto 2.0.
constexpr std::size_t mosquitto_salt_bytes = 12;
constexpr std::size_t own_salt_bytes = 16;
constexpr std::uint32_t argon2_memory_kib = 47'104;
constexpr unsigned argon2_passes = 1;
constexpr unsigned argon2_lanes = 1;
constexpr std::string_view argon2_version = "v=19";

const password_scheme_row& row_of(password_scheme scheme) {
    return *std::find_if(password_scheme_table.begin(), password_scheme_table.end(),
                         [&](const auto& row) { return row.scheme == scheme; });
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts; // bound: the line, which the file's reader bounds
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == text.npos)
            return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<unsigned> number_from(std::string_view text) {
    unsigned value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::string between(std::size_t low, std::size_t high) {
    return "between " + std::to_string(low) + " and " + std::to_string(high);
}

struct scram_keys {
    std::string stored_key;
    std::string server_key;
};

// RFC 5802 section 3.
scram_keys keys_of(std::string_view password, std::string_view salt, unsigned iterations) {
    const auto salted = derived_key(key_digest::sha256, password, salt, iterations);
    return {sha256(hmac_sha256(salted, "Client Key")), hmac_sha256(salted, "Server Key")};
}

} // namespace

bool argon2_available() {
#ifdef SLUICE_ARGON2
    return true;
#else
    return false;
#endif
}

// Takes the text behind the prefix apart. Each step writes into `into`, or says what is wrong.
struct password_hash::reader {
    password_hash into;
    std::string problem;

    bool refuse(std::string sentence) {
        problem = std::move(sentence);
        return false;
    }

    bool fields(const std::vector<std::string_view>& parts, std::size_t wanted) {
        return parts.size() == wanted ||
               refuse("the hash has " + std::to_string(parts.size()) + " fields behind " +
                      std::string(row_of(into.scheme_).prefix) + ", not " + std::to_string(wanted));
    }

    bool iterations(std::string_view text, unsigned low) {
        const auto value = number_from(text);
        if (!value || *value < low || *value > hash_iterations_max)
            return refuse("the iterations must be a number " + between(low, hash_iterations_max));
        into.iterations_ = *value;
        return true;
    }

    bool salt(std::string_view text, padding padded = padding::present) {
        auto bytes = from_base64(text, padded);
        if (!bytes || bytes->size() < salt_bytes_min || bytes->size() > salt_bytes_max)
            return refuse("the salt must be base64 of " + between(salt_bytes_min, salt_bytes_max) +
                          " bytes");
        into.salt_ = std::move(*bytes);
        return true;
    }

    bool key(std::string& target, std::string_view text, std::size_t bytes_wanted) {
        auto bytes = from_base64(text);
        if (!bytes || bytes->size() != bytes_wanted)
            return refuse("the hash must be base64 of " + std::to_string(bytes_wanted) + " bytes");
        target = std::move(*bytes);
        return true;
    }

    bool sha512(const std::vector<std::string_view>& parts) {
        return fields(parts, 2) && salt(parts[0]) && key(into.hash_, parts[1], sha512_bytes);
    }

    bool sha512_pbkdf2(const std::vector<std::string_view>& parts) {
        return fields(parts, 3) && iterations(parts[0], 1) && salt(parts[1]) &&
               key(into.hash_, parts[2], sha512_bytes);
    }

    bool scram(const std::vector<std::string_view>& parts) {
        return fields(parts, 4) && iterations(parts[0], scram_iterations_min) && salt(parts[1]) &&
               key(into.hash_, parts[2], sha256_bytes) &&
               key(into.server_key_, parts[3], sha256_bytes);
    }

    bool argon2id(const std::vector<std::string_view>& parts) {
        if (!argon2_available())
            return refuse("argon2id needs libargon2, and this program was built without it");
        return fields(parts, 4) && version(parts[0]) && cost(parts[1]) &&
               salt(parts[2], padding::absent) && argon2_hash(parts[3]);
    }

    bool version(std::string_view text) {
        return text == argon2_version ||
               refuse("argon2id must have " + std::string(argon2_version));
    }

    bool cost(std::string_view text) {
        const auto parts = split(text, ',');
        if (parts.size() != 3 || !parts[0].starts_with("m=") || !parts[1].starts_with("t=") ||
            !parts[2].starts_with("p="))
            return refuse("argon2id must have m=..,t=..,p=..");
        const auto memory = number_from(parts[0].substr(2));
        const auto passes = number_from(parts[1].substr(2));
        const auto lanes = number_from(parts[2].substr(2));
        if (!lanes || *lanes < 1 || *lanes > argon2_lanes_max)
            return refuse("argon2id's p must be a number " + between(1, argon2_lanes_max));
        if (!passes || *passes < 1 || *passes > argon2_passes_max)
            return refuse("argon2id's t must be a number " + between(1, argon2_passes_max));
        // RFC 9106 section 3.1: eight blocks of a KiB a lane
        if (!memory || *memory < 8 * *lanes || *memory > argon2_memory_kib_max)
            return refuse("argon2id's m must be a number " +
                          between(std::size_t{8} * *lanes, argon2_memory_kib_max));
        into.memory_kib_ = *memory;
        into.iterations_ = *passes;
        into.lanes_ = *lanes;
        return true;
    }

    bool argon2_hash(std::string_view text) {
        auto bytes = from_base64(text, padding::absent);
        if (!bytes || bytes->size() < argon2_hash_bytes_min ||
            bytes->size() > argon2_hash_bytes_max)
            return refuse("the hash must be base64, without '=', of " +
                          between(argon2_hash_bytes_min, argon2_hash_bytes_max) + " bytes");
        into.hash_ = std::move(*bytes);
        return true;
    }

    bool read(std::string_view text) {
        const auto parts = split(text, '$');
        switch (into.scheme_) {
        case password_scheme::sha512:
            return sha512(parts);
        case password_scheme::sha512_pbkdf2:
            return sha512_pbkdf2(parts);
        case password_scheme::argon2id:
            return argon2id(parts);
        case password_scheme::scram_sha_256:
            return scram(parts);
        }
        return false;
    }
};

password_hash_reading password_hash::read(std::string_view text) {
    if (!text.starts_with('$'))
        return {std::nullopt, "the password is not hashed; \"sluice passwd -U <file>\" hashes "
                              "every password of a file"};
    for (const auto& row : password_scheme_table) {
        if (!text.starts_with(row.prefix))
            continue;
        reader reading;
        reading.into.scheme_ = row.scheme;
        if (reading.read(text.substr(row.prefix.size())))
            return {std::move(reading.into), {}};
        return {std::nullopt, std::move(reading.problem)};
    }
    std::string sentence = "the hash must begin with";
    for (const auto& row : password_scheme_table)
        sentence.append(&row == &password_scheme_table.back() ? " or " : " ").append(row.prefix);
    return {std::nullopt, std::move(sentence)};
}

password_hash password_hash::make(password_scheme scheme, std::string_view password,
                                  unsigned iterations) {
    password_hash made;
    made.scheme_ = scheme;
    const bool of_mosquitto =
        scheme == password_scheme::sha512 || scheme == password_scheme::sha512_pbkdf2;
    made.salt_ = random_bytes(of_mosquitto ? mosquitto_salt_bytes : own_salt_bytes);
    if (scheme == password_scheme::argon2id) {
        made.memory_kib_ = argon2_memory_kib;
        made.iterations_ = argon2_passes;
        made.lanes_ = argon2_lanes;
        made.hash_.resize(sha256_bytes);
    } else {
        made.iterations_ = scheme == password_scheme::sha512 ? 0 : iterations;
    }
    if (scheme == password_scheme::scram_sha_256)
        made.server_key_ = keys_of(password, made.salt_, iterations).server_key;
    made.hash_ = made.hashed(password);
    ensure(!made.hash_.empty(), "a password could not be hashed");
    return made;
}

// What hash_ is for the right password; empty where there is no memory for it.
std::string password_hash::hashed(std::string_view password) const {
    switch (scheme_) {
    case password_scheme::sha512:
        return sha512(std::string(password).append(salt_));
    case password_scheme::sha512_pbkdf2:
        return derived_key(key_digest::sha512, password, salt_, iterations_);
    case password_scheme::scram_sha_256:
        return keys_of(password, salt_, iterations_).stored_key;
    case password_scheme::argon2id:
        break;
    }
    std::string made;
#ifdef SLUICE_ARGON2
    made.resize(hash_.size());
    if (argon2id_hash_raw(iterations_, memory_kib_, lanes_, password.data(), password.size(),
                          salt_.data(), salt_.size(), made.data(), made.size()) != ARGON2_OK)
        made.clear();
#endif
    return made;
}

bool password_hash::matches(std::string_view password) const {
    if (password.size() > password_bytes_max)
        return false;
    const bool same = equal_in_constant_time(hashed(password), hash_);
    // HMAC fills a short key up with zero bytes (RFC 2104 section 2), so PBKDF2 can't tell
    // "secret\0" from "secret".
    return same && !password.ends_with('\0');
}

std::string password_hash::text() const {
    const auto padded = scheme_ == password_scheme::argon2id ? padding::absent : padding::present;
    std::string text(row_of(scheme_).prefix);
    if (scheme_ == password_scheme::argon2id)
        text.append(argon2_version)
            .append("$m=" + std::to_string(memory_kib_))
            .append(",t=" + std::to_string(iterations_))
            .append(",p=" + std::to_string(lanes_) + "$");
    else if (scheme_ != password_scheme::sha512)
        text.append(std::to_string(iterations_) + "$");
    text.append(to_base64(salt_, padded) + "$").append(to_base64(hash_, padded));
    if (scheme_ == password_scheme::scram_sha_256)
        text.append("$").append(to_base64(server_key_));
    return text;
}

std::string password_problem(std::string_view password, password_scheme scheme) {
    if (password.empty())
        return "the password is empty";
    if (password.size() > password_bytes_max)
        return "the password is longer than " + std::to_string(password_bytes_max) + " bytes";
    if (password.find('\0') != password.npos)
        return "the password must not hold a zero byte";
    // A client prepares other text by SASLprep (RFC 4013) before it computes its proof.
    if (scheme == password_scheme::scram_sha_256 &&
        !std::all_of(password.begin(), password.end(),
                     [](char each) { return each >= ' ' && each <= '~'; }))
        return "a password for scram-sha-256 must be printable ASCII";
    return {};
}

} // namespace mqtt
