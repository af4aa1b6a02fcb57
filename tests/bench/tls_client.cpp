#include "tests/bench/tls_client.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <cstddef>
#include <stdexcept>

namespace bench {
namespace {

constexpr std::size_t sessions_max = 1'000; // as many as there can be clients at once

void require(bool succeeded, const char* what) {
    if (!succeeded)
        throw std::runtime_error(std::string(what) + ": " + openssl_problem());
}

} // namespace

void openssl_deleter::operator()(ssl_ctx_st* owned) const {
    SSL_CTX_free(owned);
}

void openssl_deleter::operator()(ssl_st* owned) const {
    SSL_free(owned);
}

void openssl_deleter::operator()(ssl_session_st* owned) const {
    SSL_SESSION_free(owned);
}

tls_client::tls_client(const std::string& ca_file, tls_version version, bool resumes)
    : context_(SSL_CTX_new(TLS_client_method())) {
    require(context_ != nullptr, "SSL_CTX_new");
    auto* context = context_.get();
    const int number = version == tls_version::tls_1_2 ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX_set_min_proto_version(context, number);
    SSL_CTX_set_max_proto_version(context, number);
    if (SSL_CTX_load_verify_file(context, ca_file.c_str()) != 1)
        throw std::invalid_argument("--tls-ca: " + ca_file + ": " + openssl_problem());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1); // one system call a read, as without TLS
    if (!resumes) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
        return;
    }
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_set_app_data(context, this);
    SSL_CTX_sess_set_new_cb(context, keep_session);
}

ssl_engine tls_client::engine_on(int descriptor) {
    ssl_engine engine(SSL_new(context_.get()));
    require(engine && SSL_set_fd(engine.get(), descriptor) == 1, "SSL_new");
    SSL_set_connect_state(engine.get());
    if (sessions_.empty())
        return engine;
    require(SSL_set_session(engine.get(), sessions_.back().get()) == 1, "SSL_set_session");
    if (SSL_SESSION_get_protocol_version(sessions_.back().get()) == TLS1_3_VERSION)
        sessions_.pop_back();
    return engine;
}

// 1 says that the session is ours from now on, 0 that it is not wanted.
int tls_client::keep_session(ssl_st* engine, ssl_session_st* session) {
    auto* client = static_cast<tls_client*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(engine)));
    if (client->sessions_.size() == sessions_max)
        return 0;
    client->sessions_.emplace_back(session);
    return 1;
}

std::string agreed_suite(const ssl_st* engine) {
    return std::string(SSL_get_version(engine)) + " " + SSL_get_cipher_name(engine);
}

std::string openssl_problem() {
    const auto code = ERR_peek_error();
    const char* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    ERR_clear_error();
    return reason != nullptr ? reason : "OpenSSL does not say why";
}

} // namespace bench
