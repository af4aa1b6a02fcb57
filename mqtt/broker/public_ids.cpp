#include "mqtt/broker/public_ids.hpp"

#include "mqtt/auth/digest.hpp"
#include "mqtt/broker/local_client.hpp"
#include "mqtt/types/ensure.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace mqtt {
namespace {

std::string to_base36(std::uint64_t number) {
    char digits[16];
    const auto end = std::to_chars(std::begin(digits), std::end(digits), number, 36);
    return {digits, end.ptr};
}

// The first part of public ids: the store's, or this run's, then the seconds between the start of
// 2020 and the start of the process.
std::string& run_name() {
    static std::string name = [] {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now).count();
        return to_base36(
            static_cast<std::uint64_t>(std::max<std::int64_t>(seconds - 1'577'836'800, 0)));
    }();
    return name;
}

// Empty: ids are shown as they are.
std::string& key() {
    static std::string kept;
    return kept;
}

// One block in the electronic codebook is a permutation, which is all that is wanted here.
EVP_CIPHER_CTX* cipher_of(const std::string& key, bool encrypts) {
    ensure(key.size() == public_id_key_bytes, "a key of AES-128 has 16 bytes");
    auto* made = EVP_CIPHER_CTX_new();
    const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
    ensure(made != nullptr && EVP_CipherInit_ex(made, EVP_aes_128_ecb(), nullptr, bytes, nullptr,
                                                encrypts ? 1 : 0) == 1,
           "there is no AES");
    EVP_CIPHER_CTX_set_padding(made, 0);
    return made;
}

id_cipher& cipher_in_force() {
    thread_local id_cipher mine(key());
    return mine;
}

} // namespace

id_cipher::id_cipher(const std::string& key)
    : encrypting_(cipher_of(key, true)), decrypting_(cipher_of(key, false)) {}

id_cipher::~id_cipher() {
    EVP_CIPHER_CTX_free(encrypting_);
    EVP_CIPHER_CTX_free(decrypting_);
}

id_cipher::block id_cipher::turned(evp_cipher_ctx_st& cipher, const block& from) {
    block into{};
    int size = 0;
    ensure(EVP_CipherUpdate(&cipher, into.data(), &size, from.data(), block_bytes) == 1 &&
               size == static_cast<int>(block_bytes),
           "a block was not encrypted");
    return into;
}

// The id is the first half; the second is zero, and is so again only in blocks of our own.
std::string id_cipher::hide(std::uint64_t id) {
    block plain{};
    for (std::size_t i = 0; i < sizeof id; ++i)
        plain[i] = static_cast<unsigned char>(id >> 8 * i);
    const auto made = turned(*encrypting_, plain);
    return to_base64url({reinterpret_cast<const char*>(made.data()), made.size()});
}

std::optional<std::uint64_t> id_cipher::reveal(std::string_view text) {
    const auto bytes = from_base64url(text);
    if (!bytes || bytes->size() != block_bytes)
        return std::nullopt;
    block made{};
    std::copy(bytes->begin(), bytes->end(), made.begin());
    const auto plain = turned(*decrypting_, made);
    std::uint64_t id = 0;
    for (std::size_t i = 0; i < block_bytes; ++i) {
        if (i < sizeof id)
            id |= std::uint64_t{plain[i]} << 8 * i;
        else if (plain[i] != 0)
            return std::nullopt;
    }
    return id;
}

void set_public_epoch(std::string epoch) {
    run_name() = std::move(epoch);
}

void hide_public_ids(const std::string& with) {
    key() = with;
}

std::string public_id(std::uint64_t id) {
    return run_name() + '-' + (key().empty() ? std::to_string(id) : cipher_in_force().hide(id));
}

std::optional<std::uint64_t> parse_public_id(std::string_view text) {
    const std::string prefix = run_name() + '-';
    if (!text.starts_with(prefix))
        return std::nullopt;
    text.remove_prefix(prefix.size());
    if (!key().empty())
        return cipher_in_force().reveal(text);
    std::uint64_t id = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), id);
    if (text.empty() || end.ec != std::errc() || end.ptr != text.data() + text.size())
        return std::nullopt;
    return id;
}

} // namespace mqtt
