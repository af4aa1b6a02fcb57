// Identities and their pre-shared keys (RFC 4279), as a file in mosquitto's form has them:
// `identity:hexkey` a line, a comment where the first character is '#'. Whole or not at all: a file
// with a mistake gives no keys. Never changes after it was read, so any thread may look.
#pragma once

#include "mqtt/auth/password_file.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mqtt {

// Every implementation takes identities of this length. [RFC4279-5.3]
inline constexpr std::size_t psk_identity_bytes_max = 128;
// What OpenSSL 3 takes; older clients stop at 256, and 32 are enough for every cipher.
inline constexpr std::size_t psk_key_bytes_max = 512;
// Who has recorded a handshake can try out shorter keys at leisure: 128 bits are beyond reach.
inline constexpr std::size_t psk_key_bytes_advised = 16;
inline constexpr std::size_t psk_file_bytes_max = password_file_bytes_max;
// Of the problems, and of the warnings.
inline constexpr std::size_t psk_file_sentences_max = password_file_problems_max;

struct psk_file_sentence {
    unsigned line; // 0: the file as a whole
    std::string sentence;
};

struct psk_file_reading;

// Why nobody can have this identity in a file of keys; empty: somebody can.
std::string psk_identity_problem(std::string_view identity);

class psk_file {
public:
    static psk_file_reading read(const std::string& path);
    static psk_file_reading read_text(std::string_view text);

    psk_file() = default;
    ~psk_file(); // leaves no key behind in memory
    psk_file(const psk_file&) = delete;
    psk_file& operator=(const psk_file&) = delete;

    // The bytes of the key, as long as this file lives; nothing: nobody has this identity.
    std::optional<std::string_view> find(std::string_view identity) const;

    std::size_t size() const { return keys_.size(); }

private:
    struct entry {
        std::string key;
        unsigned line; // to say where an identity stood first
    };
    // Looked up by views, without a copy of the identity.
    struct identity_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view identity) const {
            return std::hash<std::string_view>()(identity);
        }
    };

    void read_line(std::string_view line, unsigned number, psk_file_reading& reading);

    // bound: psk_file_bytes_max
    std::unordered_map<std::string, entry, identity_hash, std::equal_to<>> keys_;
};

struct psk_file_reading {
    std::shared_ptr<const psk_file> keys; // null where there are problems
    std::vector<psk_file_sentence> problems;
    std::vector<psk_file_sentence> warnings; // what works, and should be better
};

} // namespace mqtt
