// What an operator can set for TLS on one listener: names of files and words, nothing that is open
// or loaded. mosquitto's names and meanings.
#pragma once

#include <string>

namespace gateway {

enum class tls_floor { tls_1_2, tls_1_3 }; // the oldest version that is spoken

struct tls_settings {
    std::string certfile; // PEM, our certificate and what leads from it to the root
    std::string keyfile;  // PEM, its private key, not encrypted
    std::string cafile;   // PEM, whose client certificates we believe
    std::string capath;   // a folder of such files, with hashes as their names
    std::string crlfile;  // PEM, client certificates that have been revoked
    std::string ciphers;  // of TLS 1.2, as OpenSSL names them; empty: the modern ones
    std::string ciphers_tls13;
    std::string dhparamfile; // PEM; empty: parameters that fit the key are chosen
    tls_floor floor = tls_floor::tls_1_2;
    bool require_certificate = false;
    bool use_identity_as_username = false; // common name of the certificate, or the PSK identity
    bool use_subject_as_username = false;  // the certificate's whole subject, RFC 2253
    bool accept_expired = false;           // disable_client_cert_date_checks
    std::string psk_hint;                  // not empty: this listener speaks TLS-PSK

    bool by_certificate() const { return !certfile.empty() || !keyfile.empty(); }
    bool by_psk() const { return !psk_hint.empty(); }
    bool any() const { return by_certificate() || by_psk(); }
};

} // namespace gateway
