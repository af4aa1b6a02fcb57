// How the ids of messages that local_client.hpp declares are hidden from those who see them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_cipher_ctx_st; // OpenSSL's

namespace mqtt {

inline constexpr std::size_t public_id_key_bytes = 16;

// Each id is one AES block: no two are the same, and none can be made up. thread: one at a time
class id_cipher {
public:
    // requires: key.size() == public_id_key_bytes
    explicit id_cipher(const std::string& key);
    ~id_cipher();
    id_cipher(const id_cipher&) = delete;
    id_cipher& operator=(const id_cipher&) = delete;

    std::string hide(std::uint64_t id);
    // Nothing: hide() with this key has not made it.
    std::optional<std::uint64_t> reveal(std::string_view text);

private:
    static constexpr std::size_t block_bytes = 16;
    using block = std::array<unsigned char, block_bytes>;
    static block turned(evp_cipher_ctx_st& cipher, const block& from);

    evp_cipher_ctx_st* encrypting_;
    evp_cipher_ctx_st* decrypting_;
};

// From now on public ids say nothing: neither how many messages there were, nor which came first.
// requires: key.size() == public_id_key_bytes. thread: before any other is started
void hide_public_ids(const std::string& key);

} // namespace mqtt
