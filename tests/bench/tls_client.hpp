// What the generator's clients bring to a TLS handshake: the authority that they believe, the one
// version that they speak, and, if wanted, the sessions to be resumed. Checks the certificate's
// chain, not its names.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// OpenSSL's SSL_CTX, SSL and SSL_SESSION
struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;

namespace bench {

struct openssl_deleter {
    void operator()(ssl_ctx_st* owned) const;
    void operator()(ssl_st* owned) const;
    void operator()(ssl_session_st* owned) const;
};
using ssl_engine = std::unique_ptr<ssl_st, openssl_deleter>;

enum class tls_version : std::uint8_t { tls_1_2, tls_1_3 };

class tls_client {
public:
    // Throws std::invalid_argument when the file holds no certificate.
    tls_client(const std::string& ca_file, tls_version version, bool resumes);
    tls_client(const tls_client&) = delete;
    tls_client& operator=(const tls_client&) = delete;

    // The client's side of one connection, before its handshake.
    ssl_engine engine_on(int descriptor);

private:
    static int keep_session(ssl_st* engine, ssl_session_st* session);

    std::unique_ptr<ssl_ctx_st, openssl_deleter> context_;
    // Sessions to resume, the latest last; at most sessions_max. Each is good for one handshake of
    // TLS 1.3, which brings the next (RFC 8446 appendix C.4), and for any number with TLS 1.2.
    std::vector<std::unique_ptr<ssl_session_st, openssl_deleter>> sessions_;
};

// Version and cipher suite that a handshake agreed on, such as "TLSv1.3 TLS_AES_256_GCM_SHA384".
std::string agreed_suite(const ssl_st* engine);

// The oldest error that OpenSSL has noted, in its words; forgets all of them.
std::string openssl_problem();

} // namespace bench
