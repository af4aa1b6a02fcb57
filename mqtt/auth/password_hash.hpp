// One stored password of a password file: read, made, and held against what a client gives. Every
// byte and the length count: "secret\0" is not "secret", so no password ends in a zero byte.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mqtt {

// Longer ones are refused unread: neither a file nor a client may make us hash without end.
inline constexpr std::size_t username_bytes_max = 1024;
inline constexpr std::size_t password_bytes_max = 4096;

// What a line of a file may ask of a check. The most expensive one takes about a second.
inline constexpr unsigned hash_iterations_max = 1'000'000;
inline constexpr unsigned scram_iterations_min = 4096; // RFC 7677 section 4
inline constexpr std::size_t salt_bytes_min = 8;
inline constexpr std::size_t salt_bytes_max = 64;
inline constexpr std::uint32_t argon2_memory_kib_max = 65'536;
inline constexpr unsigned argon2_passes_max = 16;
inline constexpr unsigned argon2_lanes_max = 8;
inline constexpr std::size_t argon2_hash_bytes_min = 16;
inline constexpr std::size_t argon2_hash_bytes_max = 64;

// 7 ms of a core of 2020 for sha512-pbkdf2: dear for somebody with a stolen file, and a thousand
// devices that come back at the same time are let in within connect_deadline.
inline constexpr unsigned hash_iterations_default = 10'000;

enum class password_scheme : std::uint8_t { sha512, sha512_pbkdf2, argon2id, scram_sha_256 };

struct password_scheme_row {
    password_scheme scheme;
    std::string_view name;   // as mosquitto_passwd -H has it
    std::string_view prefix; // of the text in the file
};

// clang-format off
inline constexpr std::array password_scheme_table{
    password_scheme_row{password_scheme::sha512, "sha512", "$6$"},
    password_scheme_row{password_scheme::sha512_pbkdf2, "sha512-pbkdf2", "$7$"},
    password_scheme_row{password_scheme::argon2id, "argon2id", "$argon2id$"},
    password_scheme_row{password_scheme::scram_sha_256, "scram-sha-256", "$scram-sha-256$"},
};
// clang-format on

// Whether this build has libargon2. Without it a line with argon2id is a mistake like others.
bool argon2_available();

struct password_hash_reading;

// Why this can't be somebody's password; empty: it can.
std::string password_problem(std::string_view password, password_scheme scheme);

class password_hash {
public:
    static password_hash_reading read(std::string_view text);

    // iterations: without effect for sha512 and argon2id.
    // requires: for argon2id that it is available; iterations within the bounds above; a password
    // that does not end in a zero byte
    static password_hash make(password_scheme scheme, std::string_view password,
                              unsigned iterations = hash_iterations_default);

    // Blocks for as long as the scheme is dear. thread: any
    bool matches(std::string_view password) const;

    // As it stands in the file, behind "user:".
    std::string text() const;

    password_scheme scheme() const { return scheme_; }
    unsigned iterations() const { return iterations_; }
    const std::string& salt() const { return salt_; }

    // RFC 5802 section 3. requires: scheme() == scram_sha_256
    const std::string& stored_key() const { return hash_; }
    const std::string& server_key() const { return server_key_; }

private:
    struct reader;
    std::string hashed(std::string_view password) const;

    password_scheme scheme_ = password_scheme::sha512;
    unsigned iterations_ = 0;      // argon2id: passes
    std::uint32_t memory_kib_ = 0; // argon2id
    unsigned lanes_ = 0;           // argon2id
    std::string salt_;
    std::string hash_; // scram_sha_256: the stored key
    std::string server_key_;
};

struct password_hash_reading {
    std::optional<password_hash> hash;
    std::string problem; // goes on behind "file:line: "; empty where there is a hash
};

} // namespace mqtt
