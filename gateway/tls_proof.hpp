// What a TLS handshake has shown of the client: its certificate and the name in it, or the identity
// whose key it has.
#pragma once

#include "gateway/tls_settings.hpp"
#include "mqtt/auth/access.hpp"

#include <optional>
#include <string>

struct ssl_st; // OpenSSL's SSL

namespace gateway {

// Fills in the certificate and, where the listener takes names from TLS, the name that was proven.
// A name that is no MQTT string, or has a zero byte in it, proves nothing. requires: the handshake
// is done
void read_proof(ssl_st* engine, const tls_settings& chosen, mqtt::entry& into);

// For the callback that looks up keys: which identity the client named, and whether it has a key.
void remember_psk_identity(ssl_st* engine, const char* identity);
void remember_psk_found(ssl_st* engine);
void remember_psk_answer(ssl_st* engine, std::optional<std::string> key);
std::optional<std::string> take_psk_answer(ssl_st* engine); // once
std::optional<std::string> psk_identity_of(ssl_st* engine);
bool psk_was_found(ssl_st* engine);

} // namespace gateway
