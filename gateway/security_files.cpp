#include "gateway/security_files.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace gateway {
namespace {

template <class Sentences>
void add(std::vector<finding>& findings, const std::string& file, std::string_view option,
         Sentences& sentences) {
    for (auto& each : sentences)
        findings.push_back({{file, each.line},
                            each.line == 0 ? std::string(option) : std::string(),
                            std::move(each.sentence)}); // bound: that of the file
}

void read_users(config_reading& reading, security_settings& into) {
    if (into.password_file.empty())
        return;
    auto read = mqtt::password_file::read(into.password_file);
    add(reading.errors, into.password_file, "password_file", read.problems);
    into.users = std::move(read.users);
    if (into.users != nullptr && into.users->size() == 0)
        reading.warnings.push_back({{into.password_file, 0},
                                    "password_file",
                                    "holds no users: nobody who gives a name will be let in"});
}

void read_rights(config_reading& reading, security_settings& into) {
    if (into.acl_file.empty())
        return;
    auto read = mqtt::acl_rules::read(into.acl_file);
    add(reading.errors, into.acl_file, "acl_file", read.problems);
    into.rights = std::move(read.rules);
    if (into.rights != nullptr && into.rights->size() == 0)
        reading.warnings.push_back(
            {{into.acl_file, 0}, "acl_file", "holds no rules: everything is denied to everybody"});
}

void read_keys(config_reading& reading, security_settings& into) {
    if (into.psk_file.empty())
        return;
    auto read = mqtt::psk_file::read(into.psk_file);
    add(reading.errors, into.psk_file, "psk_file", read.problems);
    add(reading.warnings, into.psk_file, "psk_file", read.warnings);
    into.keys = std::move(read.keys);
}

bool allows(const jwt_settings& chosen, std::string_view algorithm) {
    return std::find(chosen.algorithms.begin(), chosen.algorithms.end(), algorithm) !=
           chosen.algorithms.end();
}

// A secret is known as such by what the operator wants it for: a public key must never serve as
// one. [RFC8725-3.1]
mqtt::jwk_set_reading read_token_keys(const jwt_settings& chosen) {
    if (!chosen.jwks_file.empty())
        return mqtt::jwk_set::read_jwks(chosen.jwks_file);
    return allows(chosen, "HS256") ? mqtt::jwk_set::read_secret(chosen.key_file)
                                   : mqtt::jwk_set::read_pem(chosen.key_file);
}

void read_tokens(config_reading& reading, security_settings& into) {
    const auto& chosen = into.jwt;
    if (!chosen.any())
        return;
    const auto& file = chosen.jwks_file.empty() ? chosen.key_file : chosen.jwks_file;
    const std::string option = chosen.jwks_file.empty() ? "jwt_key_file" : "jwt_jwks_file";
    const auto refuse = [&](std::string sentence) {
        reading.errors.push_back({{file, 0}, option, std::move(sentence)});
    };
    if (allows(chosen, "HS256") && chosen.jwks_file.empty() && chosen.algorithms.size() > 1)
        return refuse("a file that holds the secret of HS256 can't serve other algorithms: "
                      "jwt_algorithms has to name HS256 alone");
    auto read = read_token_keys(chosen);
    for (auto& each : read.problems)
        refuse(std::move(each));
    into.token_keys = std::move(read.keys);
    into.tokens.audience = chosen.audience;
    into.tokens.username_claim = chosen.username_claim;
    into.tokens.acl_claim = chosen.acl_claim;
    into.tokens.algorithms.clear();
    for (const auto& row : mqtt::jwt_algorithm_table) {
        const bool usual = chosen.algorithms.empty() && row.algorithm != mqtt::jwt_algorithm::hs256;
        if (usual || allows(chosen, row.name))
            into.tokens.algorithms.push_back(row.algorithm); // bound: the table
    }
    if (into.token_keys != nullptr &&
        std::none_of(into.tokens.algorithms.begin(), into.tokens.algorithms.end(),
                     [&](auto each) { return into.token_keys->has(each); }))
        refuse("holds no key for an algorithm that jwt_algorithms allows");
}

void read_all(config_reading& reading, security_settings& into) {
    read_users(reading, into);
    read_rights(reading, into);
    read_keys(reading, into);
    read_tokens(reading, into);
}

} // namespace

void read_security_files(config_reading& reading) {
    auto& all = reading.settings;
    if (!all.per_listener_settings)
        return read_all(reading, all.security);
    for (auto& each : all.listeners)
        read_all(reading, each.security);
}

} // namespace gateway
