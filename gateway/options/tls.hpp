// Rows of the option table: TLS of a listener, by certificates or pre-shared keys.
#pragma once

#include "gateway/option_setters.hpp"

#include <array>

namespace gateway {

namespace set {

inline constexpr option_value tls_version{
    [](const option_target& target, std::string_view text) {
        if (text == "tlsv1" || text == "tlsv1.0" || text == "tlsv1.1")
            return outcome::error(
                "TLS 1.0 and 1.1 must not be spoken any more (RFC 9325, section 3.1.1); write "
                "tlsv1.2 or tlsv1.3");
        if (text != "tlsv1.2" && text != "tlsv1.3")
            return outcome::error(must_be("tlsv1.2 or tlsv1.3", text));
        target.current->tls.floor = text == "tlsv1.3" ? tls_floor::tls_1_3 : tls_floor::tls_1_2;
        return outcome::taken();
    },
    [](const settings&, const listener& current) {
        return std::string(current.tls.floor == tls_floor::tls_1_3 ? "tlsv1.3" : "tlsv1.2");
    }};

inline constexpr option_value key_form{
    [](const option_target&, std::string_view text) {
        if (text == "engine")
            return outcome::error("keys of OpenSSL engines are not served; write keyfile and the "
                                  "path of a PEM file");
        return text == "pem" ? outcome::taken() : outcome::error(must_be("pem", text));
    },
    [](const settings&, const listener&) { return std::string("pem"); }};

} // namespace set

// clang-format off
inline constexpr std::array tls_options{
    option_row{"cafile", scope::listener, origin::mosquitto, true, "<path>", "",
               "The authorities whose client certificates are believed, PEM.",
               set::path<&tls_settings::cafile>, false, named::file},
    option_row{"capath", scope::listener, origin::mosquitto, true, "<path>", "",
               "As cafile: a folder of PEM files with the names that openssl rehash gives them.",
               set::path<&tls_settings::capath>, false, named::folder},
    option_row{"certfile", scope::listener, origin::mosquitto, true, "<path>", "",
               "The listener's certificate and those between it and the root, PEM. With it and keyfile the listener speaks TLS.",
               set::path<&tls_settings::certfile>, false, named::file},
    option_row{"ciphers", scope::listener, origin::mosquitto, true, "<cipher:list>", "",
               "The ciphers of TLS 1.2, as OpenSSL names them. Not given: those that RFC 9325 recommends.",
               set::text<&tls_settings::ciphers>},
    option_row{"ciphers_tls1.3", scope::listener, origin::mosquitto, true, "<cipher:list>", "",
               "The ciphers of TLS 1.3, as OpenSSL names them. Not given: OpenSSL's own.",
               set::text<&tls_settings::ciphers_tls13>},
    option_row{"crlfile", scope::listener, origin::mosquitto, true, "<path>", "",
               "Client certificates that have been revoked, PEM.",
               set::path<&tls_settings::crlfile>, false, named::file},
    option_row{"dhparamfile", scope::listener, origin::mosquitto, true, "<path>", "",
               "Parameters of the Diffie-Hellman key exchange, PEM. Not given: such as fit the key.",
               set::path<&tls_settings::dhparamfile>, false, named::file},
    option_row{"disable_client_cert_date_checks", scope::listener, origin::mosquitto, true, "<true|false>", "false",
               "Whether client certificates are taken before and after the time that they are valid.",
               set::flag<&tls_settings::accept_expired>},
    option_row{"keyfile", scope::listener, origin::mosquitto, true, "<path>", "",
               "The private key of certfile, PEM, not encrypted.",
               set::path<&tls_settings::keyfile>, false, named::file},
    option_row{"psk_hint", scope::listener, origin::mosquitto, true, "<text>", "",
               "With it the listener speaks TLS with the pre-shared keys of psk_file; TLS 1.2 clients are shown the text.",
               set::text<&tls_settings::psk_hint, 128>},
    option_row{"require_certificate", scope::listener, origin::mosquitto, true, "<true|false>", "false",
               "Whether a client must show a certificate that an authority of cafile or capath has signed.",
               set::flag<&tls_settings::require_certificate>},
    option_row{"tls_engine", scope::listener, origin::refused, false, "<name>", "",
               "Engines of OpenSSL are left out; give keyfile the path of a PEM file.",
               set::refused},
    option_row{"tls_engine_kpass_sha1", scope::listener, origin::refused, false, "<hex>", "",
               "Engines of OpenSSL are left out; give keyfile the path of a PEM file.",
               set::refused},
    option_row{"tls_keyform", scope::listener, origin::accepted, false, "<pem>", "pem",
               "The form of keyfile; the other one of mosquitto's, engine, is refused.",
               set::key_form},
    option_row{"tls_version", scope::listener, origin::mosquitto, true, "<tlsv1.2|tlsv1.3>", "tlsv1.2",
               "The oldest version of TLS that the listener speaks.",
               set::tls_version},
    option_row{"use_identity_as_username", scope::listener, origin::mosquitto, true, "<true|false>", "false",
               "Whether the common name of the client's certificate, or its PSK identity, is its user name.",
               set::flag<&tls_settings::use_identity_as_username>},
    option_row{"use_subject_as_username", scope::listener, origin::mosquitto, true, "<true|false>", "false",
               "Whether the whole subject of the client's certificate (RFC 2253) is its user name.",
               set::flag<&tls_settings::use_subject_as_username>},
};
// clang-format on

} // namespace gateway
