// Who may connect and what they may do: one set for the process or, with per_listener_settings, one
// for each listener. Names of files, and what was read from them.
#pragma once

#include "mqtt/auth/acl_file.hpp"
#include "mqtt/auth/jwk_set.hpp"
#include "mqtt/auth/jwt.hpp"
#include "mqtt/auth/password_file.hpp"
#include "mqtt/auth/psk_file.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace gateway {

// A line of a configuration file; line 0: the command line, or a default.
struct place {
    std::string file;
    unsigned line = 0;
};

// A shared object in the form of mosquitto's plugins.
struct plugin_settings {
    std::string path;
    std::string name; // of plugin_load; empty: it has none
    std::vector<std::pair<std::string, std::string>>
        options; // plugin_opt_*, auth_opt_*, without that prefix; in their order
    place configured_at;
};

// Bearer tokens, RFC 7519.
struct jwt_settings {
    std::string key_file;  // PEM public key, or a secret for HS256; empty: none
    std::string jwks_file; // RFC 7517; empty: none
    std::vector<std::string>
        algorithms;       // that are accepted: RS256, ES256, EdDSA, HS256; empty: RS256 ES256 EdDSA
    std::string audience; // that a token must name; empty: tokens with any audience, or none
    std::string username_claim = "sub";
    std::string acl_claim; // empty: a token brings no rights of its own

    bool any() const { return !key_file.empty() || !jwks_file.empty(); }
};

struct security_settings {
    std::optional<bool> allow_anonymous; // nothing said: only where only this machine can connect
    std::string password_file;           // empty: none, and user names are not looked at
    std::string acl_file;                // empty: none, and everything is allowed but $CONTROL
    std::string psk_file;                // identity:key, the key in hex
    jwt_settings jwt;
    std::vector<plugin_settings> plugins; // asked in their order
    // What was read from these files; null: there is none.
    std::shared_ptr<const mqtt::password_file> users;
    std::shared_ptr<const mqtt::acl_rules> rights;
    std::shared_ptr<const mqtt::psk_file> keys;
    std::shared_ptr<const mqtt::jwk_set> token_keys;
    mqtt::jwt_rules tokens;
};

} // namespace gateway
