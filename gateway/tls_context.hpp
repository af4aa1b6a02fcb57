// What one listener's TLS connections have in common: our certificate, whom we believe, which
// versions and ciphers are spoken (RFC 9325), the keys of TLS-PSK. Made whole or not at all, and
// never changed: a reload makes another one, and with it new keys for session tickets, so that what
// was revoked can't be resumed.
#pragma once

#include "gateway/settings.hpp"
#include "mqtt/auth/access.hpp"
#include "net/tls_stream.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct ssl_ctx_st; // OpenSSL's SSL_CTX

namespace gateway {

class tls_context {
public:
    // The binary key of an identity, or nothing. Must not block. thread: any
    using psk_source = std::function<std::optional<std::string>(std::string_view identity)>;

    // Who may know a key that the source does not, and takes time: plugins. Answers once, on any
    // thread; nothing: it does not know.
    using psk_answer = std::function<void(std::optional<std::string> key)>;
    using psk_asker =
        std::function<void(std::string hint, std::string identity, const mqtt::entry&, psk_answer)>;

    // Null with problems: sentences that go on behind "file:line: listener: ". asker: may be empty.
    static std::shared_ptr<const tls_context> make(const tls_settings& chosen, protocol spoken,
                                                   psk_source keys, psk_asker asker,
                                                   std::vector<std::string>& problems);

    // The server's side of one connection. The context lives as long as its engines.
    net::ssl_ptr engine() const;

    // After step wait_for_answer: asks. The handshake goes on when the answer was given to the
    // engine by take_answer.
    void ask(const net::tls_stream& waiting, const mqtt::entry& from, psk_answer answer) const;
    static void take_answer(const net::tls_stream& waiting, const std::optional<std::string>& key);

    // What the handshake has proven; the rest of the entry stays as it is. requires: it is done
    void read_proof(const net::tls_stream& from, mqtt::entry& into) const;
    // Why a handshake failed, in words for the log.
    std::string problem_of(const net::tls_stream& failed) const;

    // For OpenSSL's callbacks.
    const psk_source& keys() const { return keys_; }
    bool can_ask() const { return static_cast<bool>(asker_); }
    protocol spoken() const { return spoken_; }

private:
    struct deleter {
        void operator()(ssl_ctx_st* owned) const;
    };

    tls_context(const tls_settings& chosen, protocol spoken, psk_source keys, psk_asker asker);
    void set_versions(std::vector<std::string>& problems);
    void set_certificate(std::vector<std::string>& problems);
    void set_believed(std::vector<std::string>& problems);
    void set_revoked(std::vector<std::string>& problems);
    void set_parameters(std::vector<std::string>& problems);
    void set_keys(std::vector<std::string>& problems);

    std::unique_ptr<ssl_ctx_st, deleter> context_;
    tls_settings chosen_;
    protocol spoken_;
    psk_source keys_;
    psk_asker asker_;
};

// The protocol that the client and we agreed on by ALPN, RFC 7301; empty: none.
std::string_view agreed_protocol(const net::tls_stream& from);

} // namespace gateway
