// Keys and certificates (RFC 5280) for a CA of one's own, and what is in those that are there.
// Works on PEM text; knows no file, no clock and no word of the command line. What can't be done
// throws std::runtime_error with a sentence that holds no key.
#pragma once

#include <cstddef>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct evp_pkey_st; // OpenSSL's EVP_PKEY and X509
struct x509_st;

namespace gateway {

enum class key_type { ec, rsa, ed25519 };
enum class certificate_role { server, client };

inline constexpr std::size_t subject_letters_max = 64; // ub-common-name of RFC 5280

// How long a certificate of a server or a client is valid. Apple's systems take no server
// certificate for longer, not even from a CA that the user has put there himself; the shorter
// limits of today are for public CAs only.
inline constexpr unsigned leaf_days_default = 825;
// A CA is put on every client by hand, and all its certificates end with it.
inline constexpr unsigned authority_days = 3650;

class private_key {
public:
    static private_key make(key_type type);
    static private_key read(const std::string& pem); // without a pass phrase

    std::string text() const; // PEM, PKCS #8
    evp_pkey_st* get() const { return key_.get(); }

private:
    struct ending {
        void operator()(evp_pkey_st* key) const;
    };
    explicit private_key(evp_pkey_st* key) : key_(key) {}

    std::unique_ptr<evp_pkey_st, ending> key_;
};

class certificate {
public:
    static certificate read(const std::string& pem); // the first of the text
    // All of the text, certificates_max at the most.
    static std::vector<certificate> read_all(const std::string& pem);
    static constexpr std::size_t certificates_max = 100;

    explicit certificate(x509_st* adopted) : certificate_(adopted) {}

    std::string text() const; // PEM
    bool is_authority() const;
    bool is_for(certificate_role role) const;
    bool has(const private_key& key) const;
    bool is_signed_by(const certificate& authority) const;
    std::string subject_name() const; // the last; empty: there is none
    // The DNS names in small letters and the IP addresses of the extension for other names.
    std::vector<std::string> names() const;
    std::time_t begins() const;
    std::time_t ends() const;
    x509_st* get() const { return certificate_.get(); }

private:
    struct ending {
        void operator()(x509_st* certificate) const;
    };

    std::unique_ptr<x509_st, ending> certificate_;
};

struct authority {
    certificate own;
    private_key key;
};

struct validity {
    std::time_t now;
    unsigned days;
};

certificate make_authority(const private_key& key, const std::string& name, validity when);

// requires: names are DNS names and IP addresses, the first is what the server is called
certificate make_server(const private_key& key, const std::vector<std::string>& names,
                        const authority& signer, validity when);
certificate make_client(const private_key& key, const std::string& name, const authority& signer,
                        validity when);

// A list of the revoked, as PEM. Each call with the list as it was (empty: there is none yet) and
// the certificate gives the next list; one that is on it already stays so.
inline constexpr unsigned revocation_days = 365;
std::string revoke(const std::string& list, const certificate& which, const authority& signer,
                   std::time_t now);
bool is_revoked(const std::string& list, const certificate& which);

} // namespace gateway
