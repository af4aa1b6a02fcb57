// OpenSSL's things, given back when they go out of scope, and its failures as exceptions. For the
// files that make certificates; includes OpenSSL, so only .cpp files include this.
#pragma once

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace gateway {

template <auto Free>
struct freed_by {
    template <class Thing>
    void operator()(Thing* thing) const {
        Free(thing);
    }
};

using owned_bio = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using owned_number = std::unique_ptr<BIGNUM, freed_by<BN_free>>;
using owned_integer = std::unique_ptr<ASN1_INTEGER, freed_by<ASN1_INTEGER_free>>;
using owned_time = std::unique_ptr<ASN1_TIME, freed_by<ASN1_TIME_free>>;
using owned_extension = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;
using owned_names = std::unique_ptr<GENERAL_NAMES, freed_by<GENERAL_NAMES_free>>;
using owned_list = std::unique_ptr<X509_CRL, freed_by<X509_CRL_free>>;

// What it was asked for can't fail unless memory is short or OpenSSL is set up wrongly.
inline void must(bool done, std::string_view what) {
    if (done)
        return;
    const auto code = ERR_get_error();
    ERR_clear_error();
    const auto* reason = ERR_reason_error_string(code);
    throw std::runtime_error("OpenSSL could not " + std::string(what) + ": " +
                             (reason != nullptr ? reason : "no reason given"));
}

inline owned_bio reader_of(const std::string& text) {
    owned_bio reader(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
    must(reader != nullptr, "read a text");
    return reader;
}

inline owned_bio new_text() {
    owned_bio writer(BIO_new(BIO_s_secmem())); // wiped when it is given back: it may hold a key
    must(writer != nullptr, "begin a text");
    return writer;
}

inline std::string text_of(const owned_bio& writer) {
    char* begin = nullptr;
    const auto size = BIO_get_mem_data(writer.get(), &begin);
    return {begin, static_cast<std::size_t>(size)};
}

} // namespace gateway
