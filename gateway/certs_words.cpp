#include "gateway/certs_words.hpp"

#include "gateway/certificate_maker.hpp"
#include "gateway/certs_authority.hpp"
#include "gateway/certs_names.hpp"

#include <fmt/core.h>

namespace gateway {
namespace {

std::string tls_lines(const certs_folder& folder, const std::string& server) {
    std::string text;
    const auto add = [&](const char* option, const std::string& file) {
        text += fmt::format("  {} {}\n", option, folder.full_path_of(file));
    };
    add("cafile", certs_authority::certificate_file);
    add("certfile", server + ".crt");
    add("keyfile", server + ".key");
    if (folder.has(certs_authority::list_file))
        add("crlfile", certs_authority::list_file);
    return text;
}

constexpr std::string_view client_lines = "  require_certificate true\n"
                                          "  use_identity_as_username true\n";

std::string client_words(const certs_folder& folder, const std::string& client) {
    if (client.empty())
        return {};
    return fmt::format(" --cert {} --key {}", shell_word(folder.path_of(client + ".crt")),
                       shell_word(folder.path_of(client + ".key")));
}

} // namespace

std::string certs_usage() {
    return "Usage: sluice certs [--dir <folder>] [--host <name or IP>]... [--client <name>]...\n"
           "                    [--days <number>] [--key-type ec|rsa|ed25519]\n"
           "       sluice certs [--dir <folder>] --revoke <name>\n"
           "       sluice certs [--dir <folder>] --psk <identity>\n"
           "       sluice certs --show <file>\n";
}

std::string certs_help() {
    return certs_usage() +
           fmt::format(
               "\n"
               "Makes a CA of your own and signs certificates for your broker and its clients, or\n"
               "keys that a client and the broker share. What is there is kept, never "
               "overwritten.\n"
               "\n"
               "  --dir       where the files are, 'certs' unless given; made if it is not there\n"
               "  --host      a name or an address that clients find the broker by; the first one\n"
               "              names the files, this machine's name unless given; localhost,\n"
               "              127.0.0.1 and ::1 are added\n"
               "  --client    a certificate for this client; the name becomes its user name\n"
               "  --days      how long certificates are valid, {} unless given: Apple's systems\n"
               "              take none that is valid for longer. The CA is valid for {} days,\n"
               "              and nothing is valid for longer than the CA\n"
               "  --key-type  of new keys: ec (P-256, the default), rsa (3072 bits, for old\n"
               "              clients), ed25519 (not for browsers)\n"
               "  --revoke    put the certificate of a server or a client on the list ca.crl,\n"
               "              which counts for {} days; again, to have it signed anew\n"
               "  --psk       add this identity with a new key to psk.txt\n"
               "  --show      say what is in a certificate\n"
               "  -h, --help  this text\n"
               "\n"
               "Who can read ca.key can be anybody. Keys are for their owner only: where the "
               "broker\n"
               "runs as another user, give it its key by chown.\n",
               leaf_days_default, authority_days, revocation_days);
}

std::string next_steps(const certs_folder& folder, const std::string& server,
                       const std::vector<std::string>& clients) {
    std::string text;
    if (!server.empty()) {
        const auto lines = tls_lines(folder, server);
        text += "\nIn mosquitto.conf:\n\n  listener 8883\n" + lines;
        text += clients.empty() ? "" : client_lines;
        text += "\nAnd for HTTP:\n\n  listener 8443\n  protocol http\n" + lines;
    } else {
        text += "\nIn mosquitto.conf, behind the certfile of the listener:\n\n";
    }
    if (server.empty() || !clients.empty())
        text += client_lines;
    const auto ca = shell_word(folder.path_of(certs_authority::certificate_file));
    text += "\nThen try:\n\n";
    auto each = clients.begin();
    do {
        const auto client = client_words(folder, each == clients.end() ? "" : *each);
        text += fmt::format("  mosquitto_pub --cafile {}{} -h localhost -p 8883 -t test/hello -r "
                            "-m hello\n",
                            ca, client);
        text += fmt::format("  curl --cacert {}{} https://localhost:8443/topics/test/hello\n", ca,
                            client);
    } while (each != clients.end() && ++each != clients.end());
    return text;
}

std::string next_steps_after_revoking(const certs_folder& folder) {
    return fmt::format("\nIn mosquitto.conf, behind the cafile of the listener, and then a SIGHUP "
                       "whenever the list changes:\n\n  crlfile {}\n",
                       folder.full_path_of(certs_authority::list_file));
}

std::string next_steps_with_psk(const certs_folder& folder, const std::string& file,
                                const std::string& identity, const std::string& hex_key) {
    return fmt::format("\nIn mosquitto.conf:\n\n"
                       "  listener 8884\n"
                       "  psk_hint sluice\n"
                       "  psk_file {}\n"
                       "  use_identity_as_username true\n"
                       "\nThen try:\n\n"
                       "  mosquitto_pub -h localhost -p 8884 --psk-identity {} --psk {} "
                       "-t test/hello -m hello\n",
                       folder.full_path_of(file), shell_word(identity), hex_key);
}

} // namespace gateway
