// `sluice certs` in folders of its own. What openssl and TLS think of the files is asked in
// tests/integration.
#include "gateway/certificate_maker.hpp"
#include "gateway/certs_command.hpp"
#include "gateway/command_line.hpp"
#include "mqtt/auth/psk_file.hpp"
#include "tests/support/catch2_any.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdlib.h>
#include <sys/stat.h>

namespace {

using words = std::vector<std::string>;
using gateway::certificate;
using gateway::certificate_role;
using gateway::private_key;

constexpr std::time_t day = 86'400;
constexpr std::time_t today = 1'800'000'000;
constexpr const char* nothing_overwritten = "nothing is overwritten";

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

// A folder of its own, and in it one that the command makes.
class place {
public:
    place() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    ~place() { std::filesystem::remove_all(path_); }
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    std::string folder() const { return path_ + "/certs"; }
    std::string path(const std::string& name) const { return folder() + "/" + name; }

    gateway::certs_outcome run(words arguments, std::time_t now = today) const {
        words all{"certs", "--dir", folder()};
        all.insert(all.end(), arguments.begin(), arguments.end());
        return gateway::certs_command(all, {"This-Machine", now});
    }
    std::string done(words arguments, std::time_t now = today) const {
        const auto outcome = run(std::move(arguments), now);
        CHECK(outcome.complaint == "");
        REQUIRE(outcome.exit_code == 0);
        return outcome.output;
    }
    // What is said when it can't be done; nothing in the folder may change.
    std::string refused(words arguments, std::time_t now = today) const {
        const auto before = files();
        const auto outcome = run(std::move(arguments), now);
        CHECK(outcome.exit_code == 1);
        CHECK(outcome.output == "");
        CHECK(files() == before);
        return outcome.complaint;
    }

    std::string text(const std::string& name) const {
        std::ostringstream text;
        text << std::ifstream(path(name), std::ios::binary).rdbuf();
        return text.str();
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(path(name), std::ios::binary) << text;
    }
    void remove(const std::string& name) const { std::filesystem::remove(path(name)); }
    unsigned mode(const std::string& name) const {
        struct stat what {};
        REQUIRE(::stat(path(name).c_str(), &what) == 0);
        return what.st_mode & 07777U;
    }
    std::map<std::string, std::string> files() const {
        std::map<std::string, std::string> all;
        if (std::filesystem::exists(folder()))
            for (const auto& each : std::filesystem::directory_iterator(folder()))
                all[each.path().filename()] = text(each.path().filename());
        return all;
    }
    std::set<std::string> file_names() const {
        std::set<std::string> names;
        for (const auto& each : files())
            names.insert(each.first);
        return names;
    }
    certificate crt(const std::string& name) const {
        return certificate::read(text(name + ".crt"));
    }
    private_key key(const std::string& name) const {
        return private_key::read(text(name + ".key"));
    }

private:
    std::string path_ = "/tmp/sluice-certs-XXXXXX";
};

} // namespace

TEST_CASE("the first run makes a CA and a certificate for this machine") {
    const place here;
    const auto said = here.done({});
    CHECK(here.file_names() ==
          std::set<std::string>{"ca.crt", "ca.key", "this-machine.crt", "this-machine.key"});
    const auto ca = here.crt("ca");
    CHECK(ca.is_authority());
    CHECK(ca.has(here.key("ca")));
    CHECK(ca.is_signed_by(ca));
    CHECK(ca.ends() == today + gateway::authority_days * day);
    const auto server = here.crt("this-machine");
    CHECK_FALSE(server.is_authority());
    CHECK(server.is_signed_by(ca));
    CHECK(server.has(here.key("this-machine")));
    CHECK_FALSE(server.has(here.key("ca")));
    CHECK(server.is_for(certificate_role::server));
    CHECK_FALSE(server.is_for(certificate_role::client));
    CHECK(server.subject_name() == "this-machine");
    CHECK(server.names() == words{"this-machine", "localhost", "127.0.0.1", "::1"});
    CHECK(server.ends() == today + gateway::leaf_days_default * day);
    CHECK(server.begins() < today); // for clocks that lag
    CHECK(holds(said, "made  " + here.path("ca.crt")));
    CHECK(holds(said, "  certfile " + here.path("this-machine.crt") + "\n"));
    CHECK(holds(said, "mosquitto_pub --cafile " + here.path("ca.crt") + " -h localhost -p 8883"));
    CHECK(holds(said, "curl --cacert " + here.path("ca.crt") + " https://localhost:8443/"));
    CHECK_FALSE(holds(said, "require_certificate"));
    CHECK_FALSE(holds(said, "PRIVATE KEY"));
}

TEST_CASE("keys are for their owner only, certificates for everybody, whatever the umask") {
    const auto before = ::umask(0);
    for (const mode_t mask : {0U, 077U, 0777U}) {
        const place here;
        std::filesystem::create_directory(here.folder());
        ::umask(mask);
        const auto outcome = here.run({"--client", "bob"});
        const auto with_psk = here.run({"--psk", "bob"});
        ::umask(0);
        CHECK(outcome.complaint + with_psk.complaint == "");
        for (const auto* secret : {"ca.key", "this-machine.key", "bob.key", "psk.txt"})
            CHECK(here.mode(secret) == 0600);
        for (const auto* open : {"ca.crt", "this-machine.crt", "bob.crt"})
            CHECK(here.mode(open) == 0644);
    }
    ::umask(before);
}

TEST_CASE("clients get certificates of their own, and lines to try them with") {
    const place here;
    const auto said =
        here.done({"--client", "bob", "--client", "J\xC3\xBCrgen M", "--client", "bob"});
    for (const auto* name : {"bob", "J\xC3\xBCrgen M"}) {
        const auto client = here.crt(name);
        CHECK(client.is_signed_by(here.crt("ca")));
        CHECK(client.has(here.key(name)));
        CHECK(client.is_for(certificate_role::client));
        CHECK_FALSE(client.is_for(certificate_role::server));
        CHECK(client.subject_name() == name);
        CHECK(client.names().empty());
    }
    CHECK(here.files().size() == 8);
    CHECK(holds(said, "require_certificate true\n  use_identity_as_username true\n"));
    CHECK(holds(said, " --cert " + here.path("bob.crt") + " --key " + here.path("bob.key")));
    CHECK(holds(said, " --cert '" + here.path("J\xC3\xBCrgen M.crt'")));
}

TEST_CASE("a second run keeps what is there and adds what is new") {
    const place here;
    here.done({"--host", "Broker.Example", "--host", "10.0.0.1", "--host", "2001:DB8:0::1"});
    CHECK(here.crt("broker.example").names() ==
          words{"broker.example", "10.0.0.1", "2001:db8::1", "localhost", "127.0.0.1", "::1"});
    auto before = here.files();
    const auto again = here.done({"--host", "broker.example"}, today + day);
    CHECK(here.files() == before);
    CHECK(holds(again, "kept  " + here.path("broker.example.key")));
    CHECK_FALSE(holds(again, "made"));
    const auto added = here.done({"--client", "bob", "--key-type", "ed25519"}, today + day);
    CHECK(here.files().size() == before.size() + 2); // no server that nobody asked for
    for (const auto& [name, text] : before)
        CHECK(here.text(name) == text);
    CHECK(holds(added, "made  " + here.path("bob.crt")));
    CHECK(holds(added, "behind the certfile of the listener"));
    here.done({"--host", "other.example", "--client", "bob", "--client", "carol"});
    CHECK(here.crt("other.example").is_signed_by(here.crt("ca")));
}

TEST_CASE("every kind of key works, and kinds go together") {
    const place here;
    here.done({"--key-type", "rsa"});
    here.done({"--key-type", "ed25519", "--client", "bob"});
    here.done({"--key-type", "ec", "--client", "carol"});
    for (const auto* name : {"this-machine", "bob", "carol"})
        CHECK(here.crt(name).is_signed_by(here.crt("ca")));
    CHECK(holds(here.done({"--client", "bob"}), "kept"));
    const place edwards;
    edwards.done({"--key-type", "ed25519"});
    edwards.done({"--revoke", "this-machine"});
    CHECK(edwards.crt("this-machine").is_signed_by(edwards.crt("ca")));
}

TEST_CASE("no two certificates have the same serial number or key") {
    const place here;
    here.done({"--client", "a", "--client", "b", "--client", "c"});
    std::set<std::string> serials;
    for (const auto* name : {"ca", "this-machine", "a", "b", "c"}) {
        const auto shown = gateway::certs_command(
            {"certs", "--show", here.path(name + std::string(".crt"))}, {"", today});
        const auto at = shown.output.find("serial ");
        REQUIRE(at != std::string::npos);
        serials.insert(shown.output.substr(at, shown.output.find('\n', at) - at));
        for (const auto* other : {"ca", "this-machine", "a", "b", "c"})
            CHECK(here.crt(name).has(here.key(other)) == (std::string(name) == other));
    }
    CHECK(serials.size() == 5);
}

TEST_CASE("--days counts for servers and clients, but nothing outlives the CA") {
    const place here;
    here.done({"--days", "30", "--client", "bob"});
    CHECK(here.crt("this-machine").ends() == today + 30 * day);
    CHECK(here.crt("bob").ends() == today + 30 * day);
    CHECK(here.crt("ca").ends() == today + gateway::authority_days * day);
    const auto late = today + (gateway::authority_days - 5) * day;
    CHECK(holds(here.done({"--days", "826", "--host", "a"}, late), "Apple"));
    CHECK(here.crt("a").ends() == here.crt("ca").ends());
    CHECK(here.crt("a").begins() >= here.crt("ca").begins());
    CHECK(holds(here.refused({"--host", "b"}, late + 6 * day), "ca.crt has expired on "));
}

TEST_CASE("a certificate that would have to change is refused, and stays") {
    const place here;
    here.done({"--host", "a", "--client", "bob"});
    CHECK(holds(here.refused({"--host", "a", "--host", "b"}), "a.crt is not for 'b'"));
    CHECK(holds(here.refused({"--client", "a"}), "a.crt is no certificate of a client"));
    CHECK(holds(here.refused({"--host", "bob"}), "bob.crt is no certificate of a server"));
    CHECK(holds(here.refused({"--client", "bob"}, today + 826 * day), "bob.crt has expired on "));
    CHECK(holds(here.refused({"--client", "bob"}, today + 826 * day), nothing_overwritten));
    // Nothing of a wish is done before all of it can be.
    CHECK(holds(here.refused({"--client", "new", "--client", "a"}), nothing_overwritten));
    const auto crt = here.text("bob.crt");
    here.write("carol.crt", crt);
    here.write("carol.key", here.text("bob.key"));
    CHECK(holds(here.refused({"--client", "carol"}), "carol.crt is for 'bob', not for 'carol'"));
    here.write("carol.crt", "nonsense");
    CHECK(holds(here.refused({"--client", "carol"}), "carol.crt holds no certificate in PEM form"));
    here.remove("carol.crt");
    here.write("carol.key", "nonsense");
    CHECK(holds(here.refused({"--client", "carol"}), "carol.key holds no private key in PEM form"));
    here.write("bob.key", here.text("a.key"));
    CHECK(holds(here.refused({"--client", "bob"}), "bob.crt doesn't belong to "));
    here.remove("bob.key");
    CHECK(holds(here.refused({"--client", "bob"}), "bob.crt is there without its key "));
}

TEST_CASE("a key without a certificate, as an interruption leaves it, gets one") {
    const place here;
    here.done({"--client", "bob"});
    const auto keys = here.files();
    for (const auto* name : {"ca.crt", "this-machine.crt", "bob.crt"})
        here.remove(name);
    const auto said = here.done({"--client", "bob"});
    for (const auto* name : {"ca", "this-machine", "bob"}) {
        CHECK(here.text(name + std::string(".key")) == keys.at(name + std::string(".key")));
        CHECK(here.crt(name).has(here.key(name)));
        CHECK(here.crt(name).is_signed_by(here.crt("ca")));
        CHECK(holds(said, "kept  " + here.path(name + std::string(".key"))));
    }
}

TEST_CASE("a CA that can't be used is refused") {
    const place here;
    here.done({"--client", "bob"});
    const auto good = here.files();
    here.remove("ca.key");
    CHECK(holds(here.refused({"--client", "new"}), "nothing can be signed"));
    here.write("ca.key", good.at("bob.key"));
    CHECK(holds(here.refused({"--client", "new"}), "don't belong together"));
    here.write("ca.crt", good.at("bob.crt"));
    CHECK(holds(here.refused({"--client", "new"}), "ca.crt is no certificate of a CA"));
    here.write("ca.crt", "nonsense");
    CHECK(holds(here.refused({"--client", "new"}), "ca.crt holds no certificate"));
    here.write("ca.crt", good.at("ca.crt"));
    here.write("ca.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n");
    CHECK(holds(here.refused({"--client", "new"}), "behind a pass phrase"));
    here.remove("ca.crt"); // another CA comes, and the old certificates are none of its own
    here.remove("ca.key");
    CHECK(holds(here.refused({}), "this-machine.crt is signed by another CA"));
    CHECK(
        holds(here.refused({"--host", "a", "--client", "bob"}), "bob.crt is signed by another CA"));
    here.done({"--host", "new"});
    CHECK(holds(here.refused({"--client", "bob"}), "bob.crt is signed by another CA"));
    CHECK(holds(here.refused({"--revoke", "bob"}), "bob.crt is signed by another CA"));
}

TEST_CASE("a file that others point elsewhere is not written through") {
    const place here;
    here.done({});
    std::filesystem::create_symlink("nowhere.crt", here.path("bob.crt"));
    CHECK(holds(here.refused({"--client", "bob"}), "bob.crt cannot be read"));
    CHECK_FALSE(std::filesystem::exists(here.path("nowhere.crt")));
}

TEST_CASE("--revoke puts certificates on the list, and they can't be asked for again") {
    const place here;
    here.done({"--client", "bob", "--client", "carol"});
    const auto said = here.done({"--revoke", "bob"});
    CHECK(holds(said, "bob.crt is revoked"));
    CHECK(holds(said, "crlfile " + here.path("ca.crl")));
    CHECK(here.mode("ca.crl") == 0644);
    CHECK(gateway::is_revoked(here.text("ca.crl"), here.crt("bob")));
    CHECK_FALSE(gateway::is_revoked(here.text("ca.crl"), here.crt("carol")));
    here.done({"--revoke", "This-Machine"});
    const auto once = here.text("ca.crl");
    CHECK(holds(here.done({"--revoke", "bob"}, today + day), "bob.crt was revoked already"));
    CHECK(here.text("ca.crl") != once); // signed anew
    for (const auto* name : {"bob", "this-machine"})
        CHECK(gateway::is_revoked(here.text("ca.crl"), here.crt(name)));
    CHECK(holds(here.refused({"--client", "bob"}), "bob.crt is revoked"));
    CHECK(holds(here.done({"--host", "b", "--client", "carol"}), "crlfile "));
    CHECK(holds(here.refused({"--revoke", "nobody"}), "nobody.crt is not there"));
    here.write("ca.crl", "nonsense");
    CHECK(holds(here.refused({"--revoke", "carol"}), "ca.crl holds no list"));
    CHECK(holds(here.refused({"--client", "carol"}), "ca.crl holds no list"));
}

TEST_CASE("--revoke without a CA, or with the list of another one, is refused") {
    const place here;
    CHECK(holds(here.refused({"--revoke", "bob"}), "certs is not there"));
    CHECK_FALSE(std::filesystem::exists(here.folder()));
    here.done({"--client", "bob"});
    const place other;
    other.done({"--client", "bob"});
    other.done({"--revoke", "bob"});
    here.write("ca.crl", other.text("ca.crl"));
    CHECK(holds(here.refused({"--revoke", "bob"}), "ca.crl is the list of another CA"));
}

TEST_CASE("--psk adds an identity with a key of 256 bits") {
    const place here;
    const auto said = here.done({"--psk", "bob"});
    CHECK(here.file_names() == std::set<std::string>{"psk.txt"});
    here.write("psk.txt", "# ours\r\nold:1234abcd"); // without the last line's end
    here.done({"--psk", "J\xC3\xBCrgen's"});
    const auto told = here.done({"--psk", "carol"});
    const auto text = here.text("psk.txt");
    CHECK(text.starts_with("# ours\r\nold:1234abcd\nJ\xC3\xBCrgen's:"));
    const auto keys = mqtt::psk_file::read_text(text).keys;
    REQUIRE(keys != nullptr);
    CHECK(keys->size() == 3);
    CHECK(keys->find("carol")->size() == 32);
    CHECK(keys->find("carol") != keys->find("J\xC3\xBCrgen's"));
    const auto at = text.find("carol:") + 6;
    CHECK(holds(told, "--psk-identity carol --psk " + text.substr(at, 64) + " "));
    CHECK(holds(told, "psk_file " + here.path("psk.txt")));
    const auto complaint = here.refused({"--psk", "carol"});
    CHECK(holds(complaint, "has a key for 'carol' already"));
    CHECK_FALSE(holds(complaint, text.substr(at, 64)));
    here.write("psk.txt", "a:5ec4e7z\n");
    const auto broken = here.refused({"--psk", "b"});
    CHECK(holds(broken, "psk.txt:1: the key must be hexadecimal digits"));
    CHECK_FALSE(holds(broken, "5ec4e7"));
}

TEST_CASE("--show says what is in a certificate, and a terminal is safe") {
    const place here;
    here.done({"--host", "broker.example", "--client", "bob"});
    const auto show = [&](const std::string& path, std::time_t now = today) {
        return gateway::certs_command({"certs", "--show", path}, {"", now});
    };
    const auto server = show(here.path("broker.example.crt")).output;
    CHECK(holds(server, "subject      'CN = broker.example'\n"));
    CHECK(holds(server, "issuer       'CN = Sluice CA on this-machine'\n"));
    CHECK(holds(server, "names        'broker.example, localhost, 127.0.0.1, ::1'\n"));
    CHECK(holds(server, "purpose      server\n"));
    CHECK(holds(server, "valid until  2029-04-19 08:00:00 UTC\n"));
    CHECK(holds(server, "key          EC, 256 bits\n"));
    CHECK(holds(show(here.path("bob.crt")).output, "names        none\npurpose      client\n"));
    CHECK(holds(show(here.path("bob.crt"), today + 826 * day).output, "UTC (expired)\n"));
    CHECK(holds(show(here.path("bob.crt"), today - day).output, "UTC (not yet valid)\n"));
    here.write("both.pem", here.text("ca.crt") + here.text("bob.key") + here.text("bob.crt"));
    const auto both = show(here.path("both.pem"));
    CHECK(both.exit_code == 0);
    CHECK(holds(both.output, "purpose      CA\n"));
    CHECK(holds(both.output, "\n\nsubject      'CN = bob'\n"));
    CHECK_FALSE(holds(both.output, "PRIVATE"));
    for (const auto& wrong : {here.path("bob.key"), here.path("no\x1B"), here.folder()}) {
        const auto outcome = show(wrong);
        CHECK(outcome.exit_code == 1);
        CHECK(outcome.output == "");
        CHECK_FALSE(holds(outcome.complaint, "\x1B"));
    }
    // Somebody else's certificate may be called anything.
    const auto key = private_key::make(gateway::key_type::ec);
    here.write("odd.crt", gateway::make_authority(key, "a\x1B[31m\nb", {today, 1}).text());
    const auto odd = show(here.path("odd.crt")).output;
    CHECK(std::count(odd.begin(), odd.end(), '\n') == 9);
    CHECK_FALSE(holds(odd, "\x1B"));
}

TEST_CASE("mistakes on the command line of certs are refused with the usage, and make nothing") {
    const place here;
    words many;
    for (int number = 0; number <= 100; ++number)
        many.insert(many.end(), {"--client", "c" + std::to_string(number)});
    const std::vector<words> rows{
        {"x"},
        {"--nonsense"},
        {"-x"},
        {"--host"},
        {"--dir", ""},
        {"--dir", "a\nb"},
        {"--days", "0"},
        {"--days", "3651"},
        {"--days", "x"},
        {"--key-type", "dsa"},
        {"--host", "ca"},
        {"--client", "ca"},
        {"--host", "a", "--client", "a"},
        {"--host", "a/b"},
        {"--client", "a/b"},
        {"--client", ""},
        {"--revoke", "../a"},
        {"--revoke", "ca"},
        {"--revoke", "a", "--client", "b"},
        {"--revoke", "a", "--revoke", "b"},
        {"--psk", "a", "--revoke", "b"},
        {"--psk", "a", "--days", "3"},
        {"--psk", "a:b"},
        {"--psk", std::string(129, 'a')},
        {"--show", "f"}, // with --dir
        many,
    };
    for (const auto& row : rows) {
        INFO(row.back());
        const auto outcome = here.run(row);
        CHECK(outcome.exit_code == gateway::exit_refused);
        CHECK(holds(outcome.complaint, "\nUsage: sluice certs"));
        CHECK(outcome.output.empty());
        CHECK(here.files().empty());
    }
    CHECK(holds(here.done({"-h"}), "Usage: sluice certs"));
    CHECK(here.done({"--help"}) == here.done({"-h"}));
    CHECK(here.files().empty());
}

TEST_CASE("a folder that can't be made, or is none, is named") {
    const auto in = [](const std::string& path) {
        const auto outcome = gateway::certs_command({"certs", "--dir", path}, {"a", today});
        CHECK(outcome.exit_code == 1);
        return outcome.complaint;
    };
    const place here;
    here.done({});
    CHECK(in(here.folder() + "/a/b") ==
          "sluice certs: " + here.folder() + "/a/b cannot be made: No such file or directory\n");
    CHECK(in(here.path("ca.crt")) ==
          "sluice certs: " + here.path("ca.crt") + " cannot be opened: Not a directory\n");
}

TEST_CASE("a machine whose name can't be one of a host is localhost") {
    for (const auto* name : {"", "my computer", "ca", "127.0.0.999"}) {
        const place here;
        const auto outcome =
            gateway::certs_command({"certs", "--dir", here.folder()}, {name, today});
        CHECK(outcome.exit_code == 0);
        CHECK(here.crt("localhost").names() == words{"localhost", "127.0.0.1", "::1"});
    }
}

TEST_CASE("a name too long for the subject of a certificate is in its names all the same") {
    const place here;
    const auto long_name = std::string(60, 'a') + "." + std::string(60, 'b') + ".example";
    here.done({"--host", long_name});
    CHECK(here.crt(long_name).names().front() == long_name);
    CHECK(here.crt(long_name).subject_name() == std::string(60, 'a'));
}
