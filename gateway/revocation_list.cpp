// The list of revoked certificates (CRL, RFC 5280 section 5) of a CA of one's own.
#include "gateway/certificate_maker.hpp"
#include "gateway/openssl_pointers.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>

namespace gateway {
namespace {

constexpr std::time_t day = 86'400;

// null: the text is empty.
owned_list read_list(const std::string& text) {
    if (text.empty())
        return nullptr;
    const auto reader = reader_of(text);
    owned_list list(PEM_read_bio_X509_CRL(reader.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (!list)
        throw std::runtime_error("holds no list of revoked certificates in PEM form");
    return list;
}

bool has(X509_CRL* list, const certificate& which) {
    X509_REVOKED* found = nullptr;
    return X509_CRL_get0_by_cert(list, &found, which.get()) > 0;
}

// Counts the lists. [RFC5280-5.2.3]
void set_number(X509_CRL* list) {
    const owned_integer before(
        static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(list, NID_crl_number, nullptr, nullptr)));
    const owned_number number(before ? ASN1_INTEGER_to_BN(before.get(), nullptr) : BN_new());
    must(number && BN_add_word(number.get(), 1) == 1, "number the list");
    const owned_integer next(BN_to_ASN1_INTEGER(number.get(), nullptr));
    must(next &&
             X509_CRL_add1_ext_i2d(list, NID_crl_number, next.get(), 0, X509V3_ADD_REPLACE) == 1,
         "number the list");
}

void add_entry(X509_CRL* list, const certificate& which, const ASN1_TIME* now) {
    std::unique_ptr<X509_REVOKED, freed_by<X509_REVOKED_free>> entry(X509_REVOKED_new());
    must(entry &&
             X509_REVOKED_set_serialNumber(
                 entry.get(), const_cast<ASN1_INTEGER*>(X509_get0_serialNumber(which.get()))) ==
                 1 &&
             X509_REVOKED_set_revocationDate(entry.get(), const_cast<ASN1_TIME*>(now)) == 1 &&
             X509_CRL_add0_revoked(list, entry.get()) == 1, // bound: a name for each call
         "write an entry of the list");
    entry.release();
}

owned_list new_list(const authority& signer) {
    owned_list list(X509_CRL_new());
    must(list && X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1 &&
             X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(signer.own.get())) == 1,
         "begin a list");
    X509V3_CTX context;
    X509V3_set_ctx(&context, signer.own.get(), nullptr, nullptr, list.get(), 0);
    const owned_extension key(
        X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid,issuer"));
    must(key && X509_CRL_add_ext(list.get(), key.get(), -1) == 1, "name the key of the list");
    return list;
}

} // namespace

std::string revoke(const std::string& text, const certificate& which, const authority& signer,
                   std::time_t now) {
    auto list = read_list(text);
    if (list && X509_CRL_verify(list.get(), X509_get0_pubkey(signer.own.get())) != 1) {
        ERR_clear_error();
        throw std::runtime_error("is the list of another CA");
    }
    if (!list)
        list = new_list(signer);
    const owned_time begin(ASN1_TIME_set(nullptr, now));
    const owned_time end(ASN1_TIME_set(nullptr, now + revocation_days * day));
    must(begin && end && X509_CRL_set1_lastUpdate(list.get(), begin.get()) == 1 &&
             X509_CRL_set1_nextUpdate(list.get(), end.get()) == 1,
         "date the list");
    if (!has(list.get(), which))
        add_entry(list.get(), which, begin.get());
    set_number(list.get());
    auto* const key = signer.key.get();
    const bool hashes_itself =
        EVP_PKEY_is_a(key, "ED25519") == 1 || EVP_PKEY_is_a(key, "ED448") == 1;
    must(X509_CRL_sort(list.get()) == 1 &&
             X509_CRL_sign(list.get(), key, hashes_itself ? nullptr : EVP_sha256()) > 0,
         "sign the list");
    const auto writer = new_text();
    must(PEM_write_bio_X509_CRL(writer.get(), list.get()) == 1, "write the list");
    return text_of(writer);
}

bool is_revoked(const std::string& text, const certificate& which) {
    const auto list = read_list(text);
    return list && has(list.get(), which);
}

} // namespace gateway
