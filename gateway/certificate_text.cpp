#include "gateway/certificate_text.hpp"

#include "gateway/openssl_pointers.hpp"
#include "gateway/quoted.hpp"

#include <fmt/core.h>
#include <openssl/evp.h>

#include <array>

namespace gateway {
namespace {

std::string name_text(const X509_NAME* name) {
    const auto writer = new_text();
    // UTF-8 stays as it is; quoted() takes care of what a terminal must not see.
    must(X509_NAME_print_ex(writer.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB) >= 0,
         "write a name");
    return quoted(text_of(writer));
}

std::string moment_text(std::time_t when) {
    struct tm parts {};
    std::array<char, 32> text{};
    ::gmtime_r(&when, &parts);
    std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
    return text.data();
}

std::string hex_text(const unsigned char* bytes, std::size_t count) {
    std::string text;
    for (std::size_t at = 0; at < count; ++at)
        text += fmt::format("{}{:02X}", at > 0 ? ":" : "", bytes[at]);
    return text;
}

std::string key_text(X509* certificate) {
    auto* const key = X509_get0_pubkey(certificate);
    if (key == nullptr || EVP_PKEY_get0_type_name(key) == nullptr)
        return "unknown";
    return fmt::format("{}, {} bits", EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key));
}

std::string purpose_text(const certificate& which) {
    if (which.is_authority())
        return "CA";
    const bool server = which.is_for(certificate_role::server);
    const bool client = which.is_for(certificate_role::client);
    if (server && client)
        return "server and client";
    return server ? "server" : client ? "client" : "neither server nor client";
}

std::string state_text(const certificate& which, std::time_t now) {
    if (now < which.begins())
        return " (not yet valid)";
    return now > which.ends() ? " (expired)" : "";
}

} // namespace

std::string date_text(std::time_t when) {
    return moment_text(when).substr(0, 10);
}

std::string fingerprint(const certificate& which) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    must(X509_digest(which.get(), EVP_sha256(), digest.data(), &size) == 1, "digest a certificate");
    return hex_text(digest.data(), size);
}

std::string describe(const certificate& which, std::time_t now) {
    std::string names;
    for (const auto& each : which.names())
        names += (names.empty() ? "" : ", ") + each;
    const auto* const serial = X509_get0_serialNumber(which.get());
    std::string text;
    text += "subject      " + name_text(X509_get_subject_name(which.get())) + "\n";
    text += "issuer       " + name_text(X509_get_issuer_name(which.get())) + "\n";
    text += "names        " + (names.empty() ? "none" : quoted(names)) + "\n";
    text += "purpose      " + purpose_text(which) + "\n";
    text += "valid from   " + moment_text(which.begins()) + "\n";
    text += "valid until  " + moment_text(which.ends()) + state_text(which, now) + "\n";
    text += "key          " + key_text(which.get()) + "\n";
    text += "serial       " +
            hex_text(ASN1_STRING_get0_data(serial),
                     static_cast<std::size_t>(ASN1_STRING_length(serial))) +
            "\n";
    text += "SHA-256      " + fingerprint(which) + "\n";
    return text;
}

} // namespace gateway
