#include "gateway/tls_proof.hpp"

#include "mqtt/auth/password_hash.hpp"
#include "mqtt/types/utf8.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <utility>

namespace gateway {
namespace {

struct psk_memory {
    std::string identity;
    bool found = false;
    std::optional<std::string> answer{};
};

void forget(void*, void* kept, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<psk_memory*>(kept);
}

int memory_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, forget);
    return index;
}

psk_memory* memory_of(SSL* engine) {
    return static_cast<psk_memory*>(SSL_get_ex_data(engine, memory_index()));
}

std::optional<std::string> usable(std::string name) {
    if (name.empty() || name.size() > mqtt::username_bytes_max || !mqtt::is_utf8_string(name))
        return std::nullopt;
    return name;
}

std::optional<std::string> name_in_certificate(X509* shown) {
    auto* subject = X509_get_subject_name(shown);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0)
        return std::nullopt;
    unsigned char* text = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (size < 0)
        return std::nullopt;
    std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
    return usable(std::move(name)); // a zero byte in it is no MQTT string
}

std::optional<std::string> whole_subject(X509* shown) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), &BIO_free);
    if (!text ||
        X509_NAME_print_ex(text.get(), X509_get_subject_name(shown), 0, XN_FLAG_RFC2253) < 0)
        return std::nullopt;
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(text.get(), &bytes);
    return usable(std::string(bytes, static_cast<std::size_t>(size)));
}

std::shared_ptr<const std::string> encoded(X509* shown) {
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(shown, &bytes);
    if (size <= 0)
        return nullptr;
    auto made = std::make_shared<const std::string>(reinterpret_cast<const char*>(bytes),
                                                    static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return made;
}

} // namespace

void read_proof(ssl_st* engine, const tls_settings& chosen, mqtt::entry& into) {
    into.proof_required = chosen.use_identity_as_username || chosen.use_subject_as_username;
    if (const auto identity = psk_identity_of(engine)) {
        if (into.proof_required)
            into.proven_username = usable(*identity);
        return;
    }
    auto* shown = SSL_get0_peer_certificate(engine);
    if (shown == nullptr)
        return;
    into.certificate = encoded(shown);
    if (chosen.use_identity_as_username)
        into.proven_username = name_in_certificate(shown);
    else if (chosen.use_subject_as_username)
        into.proven_username = whole_subject(shown);
}

void remember_psk_identity(ssl_st* engine, const char* identity) {
    auto* kept = memory_of(engine);
    if (kept == nullptr) {
        kept = new psk_memory;
        SSL_set_ex_data(engine, memory_index(), kept); // frees it with the engine
    }
    kept->identity = identity;
    kept->found = false;
}

void remember_psk_found(ssl_st* engine) {
    memory_of(engine)->found = true;
}

void remember_psk_answer(ssl_st* engine, std::optional<std::string> key) {
    if (auto* kept = memory_of(engine))
        kept->answer = std::move(key);
}

std::optional<std::string> take_psk_answer(ssl_st* engine) {
    auto* kept = memory_of(engine);
    return kept == nullptr ? std::nullopt : std::exchange(kept->answer, std::nullopt);
}

std::optional<std::string> psk_identity_of(ssl_st* engine) {
    const auto* kept = memory_of(engine);
    return kept != nullptr ? std::optional(kept->identity) : std::nullopt;
}

bool psk_was_found(ssl_st* engine) {
    const auto* kept = memory_of(engine);
    return kept != nullptr && kept->found;
}

} // namespace gateway
