// Who makes tokens in tests: a key of each kind, made once a run, and what it signs. Says nothing
// about whether a token is a good one.
#pragma once

#include "mqtt/auth/jwt_algorithm.hpp"

#include <memory>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace signing {

class signer {
public:
    // An RSA key of 2048 bits, a P-256 key, an Ed25519 key, a secret: always the same.
    static const signer& of(mqtt::jwt_algorithm algorithm);
    // Others of the same kind.
    static signer fresh(mqtt::jwt_algorithm algorithm);
    static signer rsa(unsigned bits);
    static signer curve(const std::string& name);
    static signer secret(std::string bytes);

    // The signature as a token has it, in bytes.
    std::string sign(std::string_view text) const;
    std::string token(std::string_view header, std::string_view claims) const;

    std::string pem() const;
    std::string private_pem() const;
    std::string der() const;
    // A JWK with these members, too: R"("kid":"a")"
    std::string jwk(const std::string& more = {}) const;

    const std::string& bytes() const { return secret_; }

private:
    signer(mqtt::jwt_algorithm algorithm, evp_pkey_st* key);

    mqtt::jwt_algorithm algorithm_;
    std::shared_ptr<evp_pkey_st> key_;
    std::string secret_;
};

std::string set_of(const std::string& jwks); // with commas between them

} // namespace signing
