// Rows of the option table: who may connect and what they may do. With per_listener_settings true
// most of them belong to the listener line above them.
#pragma once

#include "gateway/option_setters.hpp"

#include <algorithm>
#include <array>

namespace gateway {

namespace set {

// What must come before it is the parser's matter, which knows what came before.
inline constexpr option_value per_listener{
    [](const option_target& target, std::string_view text) {
        const auto value = flag_from(text);
        if (!value)
            return outcome::error(must_be("true or false", text));
        target.all.per_listener_settings = *value;
        return outcome::taken();
    },
    [](const settings& all, const listener&) {
        return std::string(all.per_listener_settings ? "true" : "false");
    }};

// The algorithms of RFC 7518 and RFC 8037 that are served. "none" never is.
inline constexpr std::array<std::string_view, 4> jwt_algorithm_table{"RS256", "ES256", "EdDSA",
                                                                     "HS256"};

inline constexpr option_value jwt_algorithm_list{
    [](const option_target& target, std::string_view text) {
        std::vector<std::string> named;
        for (auto rest = trimmed(text); !rest.empty();) {
            const auto end = std::min(rest.find_first_of(", \t"), rest.size());
            const auto word = rest.substr(0, end);
            rest = trimmed(rest.substr(std::min(end + 1, rest.size())));
            if (word.empty())
                continue;
            if (std::find(jwt_algorithm_table.begin(), jwt_algorithm_table.end(), word) ==
                jwt_algorithm_table.end())
                return outcome::error(
                    must_be("one or more of RS256, ES256, EdDSA and HS256", word));
            if (std::find(named.begin(), named.end(), word) == named.end())
                named.emplace_back(word); // no more than the table has
        }
        if (named.empty())
            return outcome::error(must_be("one or more of RS256, ES256, EdDSA and HS256", text));
        security_part(target.all, target.current).jwt.algorithms = std::move(named);
        return outcome::taken();
    },
    [](const settings& all, const listener& current) {
        std::string shown;
        for (const auto& each : security_part(all, &current).jwt.algorithms)
            shown.append(shown.empty() ? "" : " ").append(each);
        return shown;
    }};

// Rights are asked for again only for what is written, not for what was retained before.
inline constexpr option_value retain_source{
    [](const option_target& target, std::string_view text) {
        const auto value = flag_from(text);
        if (!value)
            return outcome::error(must_be("true or false", text));
        return *value ? no_effect(target) : outcome::taken();
    },
    show_nothing};

} // namespace set

// clang-format off
inline constexpr std::array security_options{
    option_row{"acl_file", scope::security, origin::mosquitto, true, "<path>", "",
               "What each user may read and write, in the form of mosquitto's ACL files. With it, what is not allowed there is denied. Read again on SIGHUP.",
               set::path<&security_settings::acl_file>, false, named::file},
    option_row{"allow_anonymous", scope::security, origin::mosquitto, true, "<true|false>", "",
               "Whether clients may connect without a user name. Not given: false, but true where no listener is configured, as then only this machine can connect.",
               set::flag<&security_settings::allow_anonymous>},
    option_row{"check_retain_source", scope::global, origin::accepted, true, "<true|false>", "",
               "Retained messages are delivered even if whoever wrote them has lost the right to do so since; delete them when you take away the right.",
               set::retain_source},
    option_row{"jwt_acl_claim", scope::security, origin::ours, true, "<name>", "",
               "The claim of a token that says what its bearer may read and write. Not given: tokens bring no rights of their own.",
               set::text<&jwt_settings::acl_claim, 128>},
    option_row{"jwt_algorithms", scope::security, origin::ours, true, "<name> [<name> ...]", "",
               "The algorithms that a token may be signed with: RS256, ES256, EdDSA, HS256. Not given: the first three.",
               set::jwt_algorithm_list},
    option_row{"jwt_audience", scope::security, origin::ours, true, "<text>", "",
               "The audience (aud) that a token must name. Not given: tokens for anybody are taken.",
               set::text<&jwt_settings::audience, 1024>},
    option_row{"jwt_jwks_file", scope::security, origin::ours, true, "<path>", "",
               "The keys that sign tokens, as a JWKS document (RFC 7517). Read again on SIGHUP.",
               set::path<&jwt_settings::jwks_file>, false, named::file},
    option_row{"jwt_key_file", scope::security, origin::ours, true, "<path>", "",
               "The key that signs tokens (RFC 7519): a public key, PEM, or the secret of HS256. With it or jwt_jwks_file, tokens are taken as Bearer by HTTP and as the password by MQTT. Read again on SIGHUP.",
               set::path<&jwt_settings::key_file>, false, named::file},
    option_row{"jwt_username_claim", scope::security, origin::ours, true, "<name>", "sub",
               "The claim of a token that is the user name.",
               set::text<&jwt_settings::username_claim, 128>},
    option_row{"listener_allow_anonymous", scope::listener, origin::mosquitto, true, "<true|false>", "",
               "As allow_anonymous, for one listener and before it, also without per_listener_settings.",
               set::flag<&listener::allow_anonymous>},
    option_row{"password_file", scope::security, origin::mosquitto, true, "<path>", "",
               "The users and their hashed passwords, as mosquitto_passwd or sluice passwd writes them. With it, who gives a user name must give its password, by MQTT or HTTP. Read again on SIGHUP.",
               set::path<&security_settings::password_file>},
    option_row{"per_listener_settings", scope::global, origin::mosquitto, false, "<true|false>", "false",
               "Whether each listener has its own security: then acl_file, allow_anonymous, allow_zero_length_clientid, auto_id_prefix, the jwt_ options, password_file, plugin and its options, and psk_file belong to the listener line above them. Must come before them.",
               set::per_listener},
    option_row{"psk_file", scope::security, origin::mosquitto, true, "<path>", "",
               "The pre-shared keys of listeners with a psk_hint, a line each: identity, a colon, the key in hex. Read again on SIGHUP.",
               set::path<&security_settings::psk_file>, false, named::file},
};
// clang-format on

} // namespace gateway
