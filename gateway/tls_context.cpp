#include "gateway/tls_context.hpp"

#include "gateway/quoted.hpp"
#include "gateway/tls_proof.hpp"

#include <openssl/async.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <cstring>
#include <utility>

namespace gateway {
namespace {

// RFC 9325 section 4.2: forward secrecy and authenticated encryption only.
constexpr const char* modern_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:"
    "ECDHE-RSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES256-GCM-SHA384";
// The same for keys that both sides have; the last ones are for small devices, which have no other.
constexpr const char* psk_ciphers =
    "ECDHE-PSK-CHACHA20-POLY1305:DHE-PSK-AES128-GCM-SHA256:DHE-PSK-CHACHA20-POLY1305:"
    "DHE-PSK-AES256-GCM-SHA384:ECDHE-PSK-AES128-CBC-SHA256:ECDHE-PSK-AES256-CBC-SHA384:"
    "PSK-AES128-GCM-SHA256:PSK-CHACHA20-POLY1305:PSK-AES256-GCM-SHA384:PSK-AES128-CCM8:"
    "PSK-AES128-CBC-SHA256";
constexpr long session_seconds = 3600; // a client that was let in may come back so long without its
                                       // certificate being looked at again

std::string openssl_reason() {
    const auto code = ERR_peek_last_error();
    const auto* text = code == 0 ? nullptr : ERR_reason_error_string(code);
    std::string reason = text == nullptr ? "" : text;
    if (ERR_SYSTEM_ERROR(code))
        reason = std::strerror(ERR_GET_REASON(code));
    ERR_clear_error();
    return reason.empty() ? "it holds nothing of that kind" : reason;
}

void refuse_file(std::vector<std::string>& problems, std::string_view option,
                 const std::string& path) {
    problems.push_back(std::string(option) + " " + quoted(path) +
                       " can't be used: " + openssl_reason());
}

// Never asks on the terminal: a key that is encrypted is a mistake, and said to be one.
int no_password(char*, int, int, void*) {
    return -1;
}

const tls_context& context_of(SSL* engine) {
    return *static_cast<const tls_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(engine)));
}

// Strict, as RFC 9325 section 3.7 wants it: a client that names protocols and none of ours is at
// the wrong door. One that names none is served.
int choose_protocol(SSL* engine, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
    static constexpr unsigned char mqtt[] = "\4mqtt";
    static constexpr unsigned char http[] = "\x08http/1.1";
    static constexpr unsigned char both[] = "\4mqtt\x08http/1.1";
    const unsigned char* ours = mqtt;
    unsigned ours_size = sizeof mqtt - 1;
    const auto spoken = context_of(engine).spoken();
    if (spoken == protocol::automatic) {
        ours = both;
        ours_size = sizeof both - 1;
    } else if (spoken != protocol::mqtt) {
        ours = http;
        ours_size = sizeof http - 1;
    }
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, size, ours, ours_size, offered, offered_size) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

// The key of the identity that the client names; 0: there is none, and the handshake fails.
unsigned find_key(SSL* engine, const char* identity, unsigned char* key, unsigned room) {
    if (identity == nullptr)
        return 0;
    remember_psk_identity(engine, identity);
    const auto& context = context_of(engine);
    auto found = context.keys()(identity);
    if (!found && context.can_ask() && ASYNC_get_current_job() != nullptr) {
        ASYNC_pause_job(); // the handshake says wait_for_answer, and goes on here after it
        found = take_psk_answer(engine);
    }
    if (!found || found->size() > room)
        return 0;
    remember_psk_found(engine);
    std::memcpy(key, found->data(), found->size());
    return static_cast<unsigned>(found->size());
}

} // namespace

void tls_context::deleter::operator()(ssl_ctx_st* owned) const {
    SSL_CTX_free(owned);
}

tls_context::tls_context(const tls_settings& chosen, protocol spoken, psk_source keys,
                         psk_asker asker)
    : context_(SSL_CTX_new(TLS_server_method())), chosen_(chosen), spoken_(spoken),
      keys_(std::move(keys)), asker_(std::move(asker)) {}

std::shared_ptr<const tls_context> tls_context::make(const tls_settings& chosen, protocol spoken,
                                                     psk_source keys, psk_asker asker,
                                                     std::vector<std::string>& problems) {
    ERR_clear_error();
    std::shared_ptr<tls_context> made(
        new tls_context(chosen, spoken, std::move(keys), std::move(asker)));
    if (!made->context_) {
        problems.push_back("TLS can't be set up: " + openssl_reason());
        return nullptr;
    }
    const auto before = problems.size();
    made->set_versions(problems);
    made->set_certificate(problems);
    made->set_believed(problems);
    made->set_revoked(problems);
    made->set_parameters(problems);
    made->set_keys(problems);
    return problems.size() == before ? made : nullptr;
}

void tls_context::set_versions(std::vector<std::string>& problems) {
    auto* context = context_.get();
    SSL_CTX_set_app_data(context, this);
    SSL_CTX_set_min_proto_version(context, chosen_.floor == tls_floor::tls_1_3 ? TLS1_3_VERSION
                                                                               : TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1); // one system call a record, not two
    static constexpr unsigned char name[] = "sluice";
    SSL_CTX_set_session_id_context(context, name, sizeof name - 1);
    SSL_CTX_set_timeout(context, session_seconds);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF); // tickets need no memory of ours
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    const std::string ciphers = !chosen_.ciphers.empty() ? chosen_.ciphers
                                : chosen_.by_psk()       ? psk_ciphers
                                                         : modern_ciphers;
    if (SSL_CTX_set_cipher_list(context, ciphers.c_str()) != 1)
        problems.push_back("ciphers " + quoted(ciphers) + " names no cipher that OpenSSL has");
    if (!chosen_.ciphers_tls13.empty() &&
        SSL_CTX_set_ciphersuites(context, chosen_.ciphers_tls13.c_str()) != 1)
        problems.push_back("ciphers_tls1.3 " + quoted(chosen_.ciphers_tls13) +
                           " names a cipher that OpenSSL does not have");
    ERR_clear_error();
}

void tls_context::set_certificate(std::vector<std::string>& problems) {
    if (!chosen_.by_certificate())
        return;
    auto* context = context_.get();
    SSL_CTX_set_default_passwd_cb(context, no_password);
    if (SSL_CTX_use_certificate_chain_file(context, chosen_.certfile.c_str()) != 1)
        return refuse_file(problems, "certfile", chosen_.certfile);
    if (SSL_CTX_use_PrivateKey_file(context, chosen_.keyfile.c_str(), SSL_FILETYPE_PEM) != 1) {
        if (ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH) {
            ERR_clear_error();
            problems.push_back("keyfile " + quoted(chosen_.keyfile) +
                               " is not the key of certfile " + quoted(chosen_.certfile));
            return;
        }
        return refuse_file(problems, "keyfile", chosen_.keyfile);
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        ERR_clear_error();
        problems.push_back("keyfile " + quoted(chosen_.keyfile) + " is not the key of certfile " +
                           quoted(chosen_.certfile));
    }
}

// Whose client certificates we believe. Asked for only with require_certificate, as mosquitto does.
void tls_context::set_believed(std::vector<std::string>& problems) {
    auto* context = context_.get();
    if (!chosen_.cafile.empty()) {
        if (SSL_CTX_load_verify_file(context, chosen_.cafile.c_str()) != 1)
            return refuse_file(problems, "cafile", chosen_.cafile);
        if (chosen_.require_certificate)
            SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(chosen_.cafile.c_str()));
    }
    if (!chosen_.capath.empty() && SSL_CTX_load_verify_dir(context, chosen_.capath.c_str()) != 1)
        return refuse_file(problems, "capath", chosen_.capath);
    if (chosen_.require_certificate)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    if (chosen_.accept_expired)
        X509_STORE_set_flags(SSL_CTX_get_cert_store(context), X509_V_FLAG_NO_CHECK_TIME);
    ERR_clear_error();
}

void tls_context::set_revoked(std::vector<std::string>& problems) {
    if (chosen_.crlfile.empty())
        return;
    auto* store = SSL_CTX_get_cert_store(context_.get());
    auto* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    if (lookup == nullptr ||
        X509_load_crl_file(lookup, chosen_.crlfile.c_str(), X509_FILETYPE_PEM) < 1)
        return refuse_file(problems, "crlfile", chosen_.crlfile);
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

void tls_context::set_parameters(std::vector<std::string>& problems) {
    if (chosen_.dhparamfile.empty()) {
        SSL_CTX_set_dh_auto(context_.get(), 1);
        return;
    }
    const std::unique_ptr<BIO, decltype(&BIO_free)> file(
        BIO_new_file(chosen_.dhparamfile.c_str(), "r"), &BIO_free);
    EVP_PKEY* parameters =
        file ? PEM_read_bio_Parameters_ex(file.get(), nullptr, nullptr, nullptr) : nullptr;
    if (parameters == nullptr || SSL_CTX_set0_tmp_dh_pkey(context_.get(), parameters) != 1) {
        EVP_PKEY_free(parameters);
        refuse_file(problems, "dhparamfile", chosen_.dhparamfile);
    }
}

void tls_context::set_keys(std::vector<std::string>& problems) {
    if (!chosen_.by_psk())
        return;
    if (SSL_CTX_use_psk_identity_hint(context_.get(), chosen_.psk_hint.c_str()) != 1)
        problems.push_back("psk_hint is too long");
    SSL_CTX_set_psk_server_callback(context_.get(), find_key);
    // No tickets: a session that was resumed would not say whose key it came from, and a key that
    // was taken away would still be good.
    SSL_CTX_set_options(context_.get(), SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context_.get(), 0);
    ERR_clear_error();
}

net::ssl_ptr tls_context::engine() const {
    net::ssl_ptr made(SSL_new(context_.get()));
    if (can_ask()) // a stack of its own, so that a callback can wait without holding up the thread
        SSL_set_mode(made.get(), SSL_MODE_ASYNC);
    return made;
}

void tls_context::ask(const net::tls_stream& waiting, const mqtt::entry& from,
                      psk_answer answer) const {
    if (!asker_)
        return answer(std::nullopt);
    asker_(chosen_.psk_hint, psk_identity_of(waiting.engine()).value_or(""), from,
           std::move(answer));
}

void tls_context::take_answer(const net::tls_stream& waiting,
                              const std::optional<std::string>& key) {
    remember_psk_answer(waiting.engine(), key);
}

void tls_context::read_proof(const net::tls_stream& from, mqtt::entry& into) const {
    gateway::read_proof(from.engine(), chosen_, into);
}

std::string tls_context::problem_of(const net::tls_stream& failed) const {
    if (!chosen_.by_psk())
        return failed.problem();
    const auto identity = psk_identity_of(failed.engine());
    if (!identity)
        return failed.problem();
    if (!psk_was_found(failed.engine()))
        return "there is no PSK for identity " + quoted(*identity);
    return "the PSK of identity " + quoted(*identity) + " is another one (" + failed.problem() +
           ")";
}

std::string_view agreed_protocol(const net::tls_stream& from) {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(from.engine(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}

} // namespace gateway
