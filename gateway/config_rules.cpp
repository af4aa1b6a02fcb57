#include "gateway/config_rules.hpp"

#include "gateway/quoted.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace gateway {

namespace {

// The findings about one listener stand at its listener line.
class listener_rules {
public:
    listener_rules(config_reading& reading, const listener& subject)
        : reading_(reading), subject_(subject), tls_(subject.tls) {}

    void check() {
        check_certificate_and_key();
        if (tls_.by_psk())
            check_psk();
        else
            check_certificates();
        check_user_names();
        check_address();
        check_client_ids();
    }

private:
    void error(std::string_view option, std::string sentence) {
        reading_.errors.push_back(
            {subject_.configured_at, std::string(option), std::move(sentence)});
    }
    void warning(std::string_view option, std::string sentence) {
        reading_.warnings.push_back(
            {subject_.configured_at, std::string(option), std::move(sentence)});
    }

    void check_certificate_and_key();
    void check_psk();
    void check_certificates();
    void check_authorities();
    void check_user_names();
    void check_address();
    void check_client_ids();
    std::string_view client_certificate_option() const;

    config_reading& reading_;
    const listener& subject_;
    const tls_settings& tls_;
};

void listener_rules::check_certificate_and_key() {
    if (!tls_.certfile.empty() && tls_.keyfile.empty())
        error("certfile", "needs a keyfile beside it, with the private key of the certificate");
    if (!tls_.keyfile.empty() && tls_.certfile.empty())
        error("keyfile", "needs a certfile beside it, with the certificate of the key");
    if (tls_.by_psk() && tls_.by_certificate())
        error("psk_hint", "a listener has certificates or pre-shared keys, not both; give one of "
                          "them a listener of its own");
    if (tls_.floor == tls_floor::tls_1_3 && !tls_.ciphers.empty())
        warning("ciphers", "has no effect: it is about TLS 1.2, and tls_version is tlsv1.3; "
                           "ciphers_tls1.3 speaks for that");
}

// The first option that is about certificates of clients; empty: there is none.
std::string_view listener_rules::client_certificate_option() const {
    if (tls_.require_certificate)
        return "require_certificate";
    if (!tls_.cafile.empty())
        return "cafile";
    if (!tls_.capath.empty())
        return "capath";
    if (!tls_.crlfile.empty())
        return "crlfile";
    if (tls_.use_subject_as_username)
        return "use_subject_as_username";
    return tls_.accept_expired ? "disable_client_cert_date_checks" : "";
}

void listener_rules::check_psk() {
    const auto& rules = reading_.settings.security_of(subject_);
    if (rules.psk_file.empty() && rules.plugins.empty() &&
        reading_.settings.security.plugins.empty())
        error("psk_hint", "needs a psk_file, which holds the identities and their keys");
    if (tls_.by_certificate())
        return; // told already
    if (const auto option = client_certificate_option(); !option.empty())
        error(option, "is about certificates, and with psk_hint the listener has pre-shared keys");
}

void listener_rules::check_certificates() {
    if (tls_.any())
        return check_authorities();
    auto option = client_certificate_option();
    if (option.empty() && tls_.use_identity_as_username)
        option = "use_identity_as_username";
    if (option.empty() && !tls_.ciphers.empty())
        option = "ciphers";
    if (option.empty() && !tls_.ciphers_tls13.empty())
        option = "ciphers_tls1.3";
    if (option.empty() && !tls_.dhparamfile.empty())
        option = "dhparamfile";
    if (option.empty() && tls_.floor != tls_floor::tls_1_2)
        option = "tls_version";
    if (!option.empty())
        error(option, "needs a certfile and a keyfile: without them the listener speaks no TLS");
}

void listener_rules::check_authorities() {
    const bool believes_somebody = !tls_.cafile.empty() || !tls_.capath.empty();
    if (tls_.require_certificate && !believes_somebody)
        error("require_certificate",
              "needs a cafile or a capath, which say whose certificates are believed");
    if (!tls_.crlfile.empty() && !believes_somebody)
        error("crlfile", "needs a cafile or a capath with the authority that revoked");
    else if (!tls_.crlfile.empty() && !tls_.require_certificate)
        warning("crlfile", "has no effect: clients are asked for a certificate only with "
                           "require_certificate true");
    if (tls_.accept_expired && !tls_.require_certificate)
        warning("disable_client_cert_date_checks",
                "has no effect: clients are asked for a "
                "certificate only with require_certificate true");
}

void listener_rules::check_user_names() {
    if (tls_.use_identity_as_username && tls_.use_subject_as_username)
        error("use_subject_as_username",
              "a client has one user name; take out this or use_identity_as_username");
    if (!tls_.by_certificate() || tls_.by_psk() || tls_.require_certificate)
        return;
    for (const auto& [option, given] :
         {std::pair("use_identity_as_username", tls_.use_identity_as_username),
          std::pair("use_subject_as_username", tls_.use_subject_as_username)})
        if (given)
            error(option, "needs require_certificate true: no client would be asked for the "
                          "certificate that names it");
}

void listener_rules::check_address() {
    if (!subject_.unix_path.empty()) {
        if (!subject_.bind_interface.empty())
            error("bind_interface", "is about network devices, and this listener is a Unix socket");
        if (subject_.domain != socket_domain::any)
            error("socket_domain", "is about IP addresses, and this listener is a Unix socket");
        return;
    }
    if (!subject_.bind_interface.empty() && !subject_.bind_address.empty())
        return warning("bind_interface", "takes the place of the address " +
                                             quoted(subject_.bind_address) + ", as in mosquitto");
    boost::system::error_code no_address;
    const auto address = boost::asio::ip::make_address(subject_.bind_address, no_address);
    if (no_address)
        return; // a host name may have both
    if (address.is_v4() && subject_.domain == socket_domain::ipv6)
        error("socket_domain", "is ipv6, and " + quoted(subject_.bind_address) + " is IPv4");
    if (address.is_v6() && subject_.domain == socket_domain::ipv4)
        error("socket_domain", "is ipv4, and " + quoted(subject_.bind_address) + " is IPv6");
}

void listener_rules::check_client_ids() {
    const auto& all = reading_.settings.limits;
    if (all.client_id_prefix.empty())
        return;
    if (subject_.limits.use_username_as_client_id)
        return warning("use_username_as_clientid",
                       "beside clientid_prefixes lets in only user names that begin with " +
                           quoted(all.client_id_prefix));
}

// The places of options about the whole.
place place_of(const config_reading& reading, std::string_view option) {
    for (const auto& each : reading.named_files)
        if (each.option == option)
            return each.where;
    return {};
}

void check_tokens(config_reading& reading, const jwt_settings& tokens, const place& where) {
    const auto error = [&](std::string_view option, std::string_view sentence) {
        reading.errors.push_back({where, std::string(option), std::string(sentence)});
    };
    if (!tokens.any()) {
        const std::string_view given = !tokens.algorithms.empty()  ? "jwt_algorithms"
                                       : !tokens.audience.empty()  ? "jwt_audience"
                                       : !tokens.acl_claim.empty() ? "jwt_acl_claim"
                                       : tokens.username_claim != jwt_settings{}.username_claim
                                           ? "jwt_username_claim"
                                           : "";
        if (!given.empty())
            error(given, "needs a jwt_key_file or a jwt_jwks_file, which hold the keys that sign "
                         "tokens");
        return;
    }
    // Who knows the public key could sign with it, were it taken for the secret of HS256.
    const auto& named = tokens.algorithms;
    const bool secret = std::find(named.begin(), named.end(), "HS256") != named.end();
    if (secret && named.size() > 1 && !tokens.key_file.empty())
        error("jwt_algorithms", "HS256 must stand alone beside a jwt_key_file: else a public key "
                                "could be taken for the secret");
}

void check_whole(config_reading& reading) {
    const auto& all = reading.settings;
    const auto warn = [&](const place& where, std::string_view option, std::string_view sentence) {
        reading.warnings.push_back({where, std::string(option), std::string(sentence)});
    };
    const auto by_psk = [](const listener& each) { return each.tls.by_psk(); };
    if (!all.per_listener_settings && !all.security.psk_file.empty() &&
        std::none_of(all.listeners.begin(), all.listeners.end(), by_psk))
        warn(place_of(reading, "psk_file"), "psk_file", "is not used: no listener has a psk_hint");
    if (!all.history.empty() && !all.persistence)
        reading.errors.push_back({all.history_at, "history",
                                  "needs persistence true: history is kept in the same database"});
    if (all.log.facility.has_value() && !all.log.to_syslog)
        warn({}, "log_facility", "has no effect without \"log_dest syslog\"");
    const auto uses = [](const security_settings& rules, const std::string& name) {
        return std::any_of(rules.plugins.begin(), rules.plugins.end(),
                           [&](const auto& each) { return each.name == name; });
    };
    for (const auto& loaded : all.loaded_plugins)
        if (!uses(all.security, loaded.name) &&
            std::none_of(all.listeners.begin(), all.listeners.end(),
                         [&](const auto& each) { return uses(each.security, loaded.name); }))
            warn(loaded.configured_at, "plugin_load",
                 "is not used: no plugin_use line names " + quoted(loaded.name));
}

} // namespace

void check_rules(config_reading& reading) {
    for (const auto& each : reading.settings.listeners) {
        listener_rules(reading, each).check();
        if (reading.settings.per_listener_settings)
            check_tokens(reading, each.security.jwt, each.configured_at);
    }
    check_tokens(reading, reading.settings.security.jwt, {});
    check_whole(reading);
}

} // namespace gateway
