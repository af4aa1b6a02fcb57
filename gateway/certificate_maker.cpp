#include "gateway/certificate_maker.hpp"

#include "gateway/openssl_pointers.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace gateway {
namespace {

constexpr unsigned rsa_bits = 3072; // as strong as P-256
constexpr int serial_bits = 128;    // beyond guessing, and within the 20 bytes. [RFC5280-4.1.2.2]
// Small computers come up with a clock that lags.
constexpr std::time_t clock_lag = 3600;
constexpr std::time_t day = 86'400;

// No pass phrase is asked for: a command that waits on a terminal unseen helps nobody.
int no_pass_phrase(char*, int, int, void*) {
    return -1;
}

// What signs with this key: Ed25519 hashes by itself.
const EVP_MD* digest_for(EVP_PKEY* key) {
    return EVP_PKEY_is_a(key, "ED25519") == 1 || EVP_PKEY_is_a(key, "ED448") == 1 ? nullptr
                                                                                  : EVP_sha256();
}

owned_integer new_serial() {
    const owned_number number(BN_new());
    must(number && BN_rand(number.get(), serial_bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1,
         "find a serial number");
    owned_integer serial(BN_to_ASN1_INTEGER(number.get(), nullptr));
    must(serial != nullptr, "find a serial number");
    return serial;
}

std::time_t time_from(const ASN1_TIME* time) {
    struct tm parts {};
    if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1)
        throw std::runtime_error("the certificate has no readable date");
    return ::timegm(&parts);
}

// The text is one of ours and holds nothing from outside: it has a syntax of its own.
void add_extension(X509* to, X509* issuer, int kind, const char* text) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
    const owned_extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, text));
    must(extension && X509_add_ext(to, extension.get(), -1) == 1, "add an extension");
}

void add_name(GENERAL_NAMES* names, const std::string& name) {
    std::array<unsigned char, 16> address{};
    const int size = ::inet_pton(AF_INET, name.c_str(), address.data()) == 1    ? 4
                     : ::inet_pton(AF_INET6, name.c_str(), address.data()) == 1 ? 16
                                                                                : 0;
    std::unique_ptr<GENERAL_NAME, freed_by<GENERAL_NAME_free>> entry(GENERAL_NAME_new());
    std::unique_ptr<ASN1_STRING, freed_by<ASN1_STRING_free>> value(
        ASN1_STRING_type_new(size > 0 ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING));
    must(entry && value &&
             (size > 0
                  ? ASN1_STRING_set(value.get(), address.data(), size)
                  : ASN1_STRING_set(value.get(), name.data(), static_cast<int>(name.size()))) == 1,
         "write a name");
    GENERAL_NAME_set0_value(entry.get(), size > 0 ? GEN_IPADD : GEN_DNS, value.release());
    must(sk_GENERAL_NAME_push(names, entry.get()) > 0, "write a name");
    entry.release();
}

void add_names(X509* to, const std::vector<std::string>& names) {
    const owned_names all(GENERAL_NAMES_new());
    must(all != nullptr, "write a name");
    for (const auto& each : names)
        add_name(all.get(), each);
    must(X509_add1_ext_i2d(to, NID_subject_alt_name, all.get(), 0, X509V3_ADD_DEFAULT) == 1,
         "add the names");
}

// Everything that every certificate has, extensions apart.
certificate begin_certificate(const private_key& key, const std::string& name, std::time_t from,
                              std::time_t until) {
    certificate made(X509_new());
    auto* const raw = made.get();
    must(raw != nullptr, "begin a certificate");
    const auto serial = new_serial();
    must(X509_set_version(raw, X509_VERSION_3) == 1 &&
             X509_set_serialNumber(raw, serial.get()) == 1 &&
             ASN1_TIME_set(X509_getm_notBefore(raw), from) != nullptr &&
             ASN1_TIME_set(X509_getm_notAfter(raw), until) != nullptr &&
             X509_set_pubkey(raw, key.get()) == 1,
         "begin a certificate");
    must(X509_NAME_add_entry_by_NID(X509_get_subject_name(raw), NID_commonName, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(name.data()),
                                    static_cast<int>(name.size()), -1, 0) == 1,
         "write the name of a certificate");
    return made;
}

certificate make_leaf(const private_key& key, const std::string& name, const authority& signer,
                      validity when, const char* purpose, const std::vector<std::string>& names) {
    // A certificate that outlives its CA, or was there before it, only looks as if it were valid.
    const auto from = std::max(when.now - clock_lag, signer.own.begins());
    const auto until = std::min(when.now + when.days * day, signer.own.ends());
    auto made = begin_certificate(key, name, from, until);
    auto* const raw = made.get();
    auto* const issuer = signer.own.get();
    must(X509_set_issuer_name(raw, X509_get_subject_name(issuer)) == 1, "name the issuer");
    add_extension(raw, issuer, NID_basic_constraints, "critical,CA:FALSE");
    // Keys sign and nothing else: RSA key transport is out of use. [RFC9325-4.1]
    add_extension(raw, issuer, NID_key_usage, "critical,digitalSignature");
    add_extension(raw, issuer, NID_ext_key_usage, purpose);
    add_extension(raw, issuer, NID_subject_key_identifier, "hash");
    // Of a CA that others have made, perhaps without an identifier of its key.
    add_extension(raw, issuer, NID_authority_key_identifier, "keyid,issuer");
    if (!names.empty())
        add_names(raw, names);
    must(X509_sign(raw, signer.key.get(), digest_for(signer.key.get())) > 0, "sign a certificate");
    return made;
}

std::string small_letters(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char each) {
        return each >= 'A' && each <= 'Z' ? static_cast<char>(each - 'A' + 'a') : each;
    });
    return text;
}

std::string text_from(const ASN1_STRING* value) {
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
            static_cast<std::size_t>(ASN1_STRING_length(value))};
}

} // namespace

void private_key::ending::operator()(evp_pkey_st* key) const {
    EVP_PKEY_free(key);
}

private_key private_key::make(key_type type) {
    EVP_PKEY* made = nullptr;
    switch (type) {
    case key_type::ec:
        made = EVP_EC_gen("P-256");
        break;
    case key_type::rsa:
        made = EVP_RSA_gen(rsa_bits);
        break;
    case key_type::ed25519:
        made = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
        break;
    }
    must(made != nullptr, "make a key");
    return private_key(made);
}

private_key private_key::read(const std::string& pem) {
    const auto reader = reader_of(pem);
    auto* const found = PEM_read_bio_PrivateKey(reader.get(), nullptr, no_pass_phrase, nullptr);
    ERR_clear_error();
    if (found == nullptr)
        throw std::runtime_error(pem.find("ENCRYPTED") != pem.npos
                                     ? "holds a key behind a pass phrase, which can't be used"
                                     : "holds no private key in PEM form");
    return private_key(found);
}

std::string private_key::text() const {
    const auto writer = new_text();
    must(PEM_write_bio_PrivateKey(writer.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                  nullptr) == 1,
         "write a key");
    return text_of(writer);
}

void certificate::ending::operator()(x509_st* certificate) const {
    X509_free(certificate);
}

certificate certificate::read(const std::string& pem) {
    auto all = read_all(pem);
    if (all.empty())
        throw std::runtime_error("holds no certificate in PEM form");
    return std::move(all.front());
}

std::vector<certificate> certificate::read_all(const std::string& pem) {
    const auto reader = reader_of(pem);
    std::vector<certificate> all;
    while (all.size() < certificates_max) {
        auto* const found = PEM_read_bio_X509(reader.get(), nullptr, no_pass_phrase, nullptr);
        if (found == nullptr)
            break;
        all.emplace_back(found);
    }
    ERR_clear_error();
    return all;
}

std::string certificate::text() const {
    const auto writer = new_text();
    must(PEM_write_bio_X509(writer.get(), get()) == 1, "write a certificate");
    return text_of(writer);
}

bool certificate::is_authority() const {
    return X509_check_ca(get()) == 1 && (X509_get_key_usage(get()) & KU_KEY_CERT_SIGN) != 0;
}

bool certificate::is_for(certificate_role role) const {
    const auto purposes = X509_get_extended_key_usage(get()); // without the extension: all
    const auto wanted = role == certificate_role::server ? XKU_SSL_SERVER : XKU_SSL_CLIENT;
    return (purposes & static_cast<std::uint32_t>(wanted)) != 0 && !is_authority();
}

bool certificate::has(const private_key& key) const {
    const bool same = X509_check_private_key(get(), key.get()) == 1;
    ERR_clear_error();
    return same;
}

bool certificate::is_signed_by(const certificate& authority) const {
    const bool named = X509_check_issued(authority.get(), get()) == X509_V_OK;
    const bool signed_by_it = named && X509_verify(get(), X509_get0_pubkey(authority.get())) == 1;
    ERR_clear_error();
    return signed_by_it;
}

std::string certificate::subject_name() const {
    const auto* const subject = X509_get_subject_name(get());
    int at = -1;
    for (int next = at; (next = X509_NAME_get_index_by_NID(subject, NID_commonName, next)) >= 0;)
        at = next;
    if (at < 0)
        return {};
    const auto* const value = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    unsigned char* bytes = nullptr;
    const int size = ASN1_STRING_to_UTF8(&bytes, value);
    const std::unique_ptr<unsigned char, freed_by<[](void* memory) { OPENSSL_free(memory); }>>
        given_back(bytes);
    ERR_clear_error();
    return size < 0 ? std::string()
                    : std::string(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
}

std::vector<std::string> certificate::names() const {
    std::vector<std::string> found; // bound: the size of a file
    const owned_names all(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(get(), NID_subject_alt_name, nullptr, nullptr)));
    for (int at = 0; all && at < sk_GENERAL_NAME_num(all.get()); ++at) {
        const auto* const each = sk_GENERAL_NAME_value(all.get(), at);
        if (each->type == GEN_DNS)
            found.push_back(small_letters(text_from(each->d.dNSName)));
        if (each->type != GEN_IPADD)
            continue;
        const auto bytes = text_from(each->d.iPAddress);
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (bytes.size() == 4 || bytes.size() == 16)
            found.emplace_back(::inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(),
                                           text.data(), text.size()));
    }
    ERR_clear_error();
    return found;
}

std::time_t certificate::begins() const {
    return time_from(X509_get0_notBefore(get()));
}

std::time_t certificate::ends() const {
    return time_from(X509_get0_notAfter(get()));
}

certificate make_authority(const private_key& key, const std::string& name, validity when) {
    auto made = begin_certificate(key, name, when.now - clock_lag, when.now + when.days * day);
    auto* const raw = made.get();
    must(X509_set_issuer_name(raw, X509_get_subject_name(raw)) == 1, "name the issuer");
    // No CA below this one: it signs servers and clients.
    add_extension(raw, raw, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
    add_extension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(raw, raw, NID_subject_key_identifier, "hash");
    add_extension(raw, raw, NID_authority_key_identifier, "keyid:always");
    must(X509_sign(raw, key.get(), digest_for(key.get())) > 0, "sign a certificate");
    return made;
}

certificate make_server(const private_key& key, const std::vector<std::string>& names,
                        const authority& signer, validity when) {
    auto name = names.front();
    if (name.size() > subject_letters_max) // clients look at the names, not at this one
        name.resize(std::min(name.find('.'), subject_letters_max));
    return make_leaf(key, name, signer, when, "serverAuth", names);
}

certificate make_client(const private_key& key, const std::string& name, const authority& signer,
                        validity when) {
    return make_leaf(key, name, signer, when, "clientAuth", {});
}

} // namespace gateway
