#include "gateway/command_line.hpp"
#include "gateway/password_command.hpp"
#include "mqtt/auth/password_file.hpp"
#include "tests/support/catch2_any.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdlib.h>
#include <sys/stat.h>

namespace {

using words = std::vector<std::string>;
using mqtt::password_scheme;

// A folder of its own, with the file that the command works on.
class folder {
public:
    folder() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    ~folder() { std::filesystem::remove_all(path_); }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;

    std::string file() const { return path_ + "/passwords"; }

    void write(const std::string& text) const { std::ofstream(file(), std::ios::binary) << text; }
    std::string text() const {
        std::ostringstream text;
        text << std::ifstream(file(), std::ios::binary).rdbuf();
        return text.str();
    }
    unsigned mode() const {
        struct stat what {};
        REQUIRE(::stat(file().c_str(), &what) == 0);
        return what.st_mode & 07777U;
    }
    std::shared_ptr<const mqtt::password_file> users() const {
        auto read = mqtt::password_file::read(file());
        REQUIRE(read.users != nullptr);
        return read.users;
    }
    bool lets_in(const std::string& name, const std::string& password) const {
        const auto all = users();
        const auto* hash = all->find(name);
        return hash != nullptr && hash->matches(password);
    }
    std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(path_), {}));
    }

private:
    std::string path_ = "/tmp/sluice-passwd-XXXXXX";
};

// What the command says; the typed words are what somebody at the terminal answers.
gateway::password_outcome passwd(words arguments, words typed = {}) {
    arguments.insert(arguments.begin(), "passwd");
    std::size_t asked = 0;
    return gateway::password_command(arguments,
                                     [&](const std::string&) -> std::optional<std::string> {
                                         if (asked == typed.size())
                                             return std::nullopt;
                                         return typed[asked++];
                                     });
}

void check_done(const gateway::password_outcome& outcome) {
    CHECK(outcome.exit_code == 0);
    CHECK(outcome.complaint.empty());
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("a new file is made, readable by its owner only, with a user who can come in") {
    const folder here;
    check_done(passwd({"-c", "-b", here.file(), "alice", "secret"}));
    CHECK(here.mode() == 0600);
    CHECK(here.lets_in("alice", "secret"));
    CHECK_FALSE(here.lets_in("alice", "Secret"));
    CHECK(here.users()->find("alice")->scheme() == password_scheme::sha512_pbkdf2);
    CHECK(here.users()->find("alice")->iterations() == mqtt::hash_iterations_default);
    CHECK(here.users()->find("alice")->salt().size() == 12); // mosquitto 2.0 takes no other
    CHECK(here.entries() == 1);                              // nothing is left over
}

TEST_CASE("-H chooses the hash, -I how often it is done") {
    for (const auto& row : mqtt::password_scheme_table) {
        const folder here;
        INFO(row.name);
        const auto outcome =
            passwd({"-cb", "-H", std::string(row.name), "-I", "5000", here.file(), "a", "secret"});
        if (row.scheme == password_scheme::argon2id && !mqtt::argon2_available()) {
            CHECK(outcome.exit_code == 1);
            continue;
        }
        check_done(outcome);
        CHECK(here.users()->find("a")->scheme() == row.scheme);
        CHECK(here.lets_in("a", "secret"));
        if (row.scheme == password_scheme::sha512_pbkdf2 ||
            row.scheme == password_scheme::scram_sha_256)
            CHECK(here.users()->find("a")->iterations() == 5000);
    }
}

TEST_CASE("without -b the password is asked for twice") {
    const folder here;
    check_done(passwd({"-c", here.file(), "alice"}, {"secret", "secret"}));
    CHECK(here.lets_in("alice", "secret"));
    const auto before = here.text();
    CHECK(holds(passwd({here.file(), "alice"}, {"one", "two"}).complaint, "not the same"));
    CHECK(holds(passwd({here.file(), "alice"}, {"one"}).complaint, "no password"));
    CHECK(holds(passwd({here.file(), "alice"}).complaint, "no password"));
    CHECK(holds(passwd({here.file(), "alice"}, {"", ""}).complaint, "empty"));
    CHECK(here.text() == before);
}

TEST_CASE("a user is added, changed and removed; everything else stays as it stands") {
    const folder here;
    const std::string other =
        "bob:$6$AQIDBAUGBwgJCgsM$iJ/9S5U+casqA/uv5foTi/0I4YNAvS0o8jCUcfNspUAVd"
        "dXJoToej4+rEjR6J7dkmM9AF1bd3v/XWTuQ5vsLLA==";
    here.write("# people\n\n" + other); // without the last line's end
    check_done(passwd({"-b", here.file(), "alice", "one"}));
    CHECK(here.text().starts_with("# people\n\n" + other + "\nalice:$7$"));
    check_done(passwd({"-b", here.file(), "carol", "two"}));
    check_done(passwd({"-b", here.file(), "alice", "three"}));
    CHECK(here.text().starts_with("# people\n\n" + other + "\nalice:$7$"));
    CHECK(here.lets_in("alice", "three"));
    CHECK_FALSE(here.lets_in("alice", "one"));
    CHECK(here.lets_in("carol", "two"));
    check_done(passwd({"-D", here.file(), "alice"}));
    CHECK(here.text().starts_with("# people\n\n" + other + "\ncarol:$7$"));
    CHECK(here.users()->size() == 2);
    const auto again = passwd({"-D", here.file(), "alice"});
    CHECK(again.exit_code == 1);
    CHECK(holds(again.complaint, "has no user 'alice'"));
}

TEST_CASE("a user who stands twice in a file stands once after a change") {
    const folder here;
    here.write("alice:a\nbob:b\n alice :c\n");
    check_done(passwd({"-b", here.file(), "alice", "secret"}));
    CHECK(here.text().starts_with("alice:$7$"));
    CHECK(here.text().ends_with("\nbob:b\n"));
    check_done(passwd({"-D", here.file(), "alice"}));
    CHECK(here.text() == "bob:b\n");
}

TEST_CASE("-c overwrites what is there, and -D may leave nobody") {
    const folder here;
    check_done(passwd({"-cb", here.file(), "alice", "one"}));
    check_done(passwd({"-cb", here.file(), "bob", "two"}));
    CHECK(here.users()->size() == 1);
    CHECK(here.lets_in("bob", "two"));
    check_done(passwd({"-D", here.file(), "bob"}));
    CHECK(here.text().empty());
}

TEST_CASE("the rights of a file stay, and a symbolic link stays one") {
    const folder here;
    here.write("");
    REQUIRE(::chmod(here.file().c_str(), 0640) == 0);
    const auto link = here.file() + ".link";
    std::filesystem::create_symlink("passwords", link);
    check_done(passwd({"-b", link, "alice", "secret"}));
    CHECK(here.mode() == 0640);
    CHECK(here.lets_in("alice", "secret"));
    CHECK(std::filesystem::is_symlink(link));
}

TEST_CASE("-U hashes what is plain text, and nothing twice") {
    const folder here;
    check_done(passwd({"-cb", here.file(), "alice", "one"}));
    const auto hashed = here.text();
    here.write("# people\nbob:two words \n" + hashed + "carol : with:colon\n");
    const auto outcome = passwd({"-U", here.file()});
    check_done(outcome);
    CHECK(outcome.output == "Passwords hashed: 2\n");
    CHECK(holds(here.text(), "\n" + hashed));
    CHECK(here.text().starts_with("# people\nbob:$7$"));
    CHECK(here.lets_in("alice", "one"));
    CHECK(here.lets_in("bob", "two words"));
    CHECK(here.lets_in("carol", "with:colon"));
    const auto once = here.text();
    CHECK(passwd({"-U", here.file()}).output == "Passwords hashed: 0\n");
    CHECK(here.text() == once);
}

TEST_CASE("-U changes nothing in a file that it does not understand") {
    const folder here;
    for (const auto* wrong : {"a:one\nnonsense\n", "a:one\nb:$2b$12$x\n", "a:one\na:two\n",
                              "a:one\nb:\n", "a:one\n:x\n"}) {
        INFO(wrong);
        here.write(wrong);
        const auto outcome = passwd({"-U", here.file()});
        CHECK(outcome.exit_code == 1);
        CHECK(holds(outcome.complaint, here.file() + ":2: "));
        CHECK(here.text() == wrong);
        CHECK(here.entries() == 1);
    }
}

TEST_CASE("names and passwords that could not be used are refused") {
    const folder here;
    here.write("");
    for (const auto& name :
         {std::string(), std::string("a:b"), std::string("#a"), std::string(" a"),
          std::string("a\n"), std::string("a\xFF"), std::string(1025, 'a')}) {
        INFO(name);
        CHECK(passwd({"-b", here.file(), name, "secret"}).exit_code == 1);
    }
    CHECK(passwd({"-b", here.file(), "a", ""}).exit_code == 1);
    CHECK(passwd({"-b", here.file(), "a", std::string(4097, 'x')}).exit_code == 1);
    CHECK(passwd({here.file(), "a"}, {std::string("a\0", 2), std::string("a\0", 2)}).exit_code ==
          1);
    CHECK(passwd({"-b", "-H", "scram-sha-256", here.file(), "a", "J\xC3\xBCrgen"}).exit_code == 1);
    CHECK(here.text().empty());
    check_done(passwd({"-b", here.file(), "J\xC3\xBCrgen", "J\xC3\xBCrgen"}));
    CHECK(here.lets_in("J\xC3\xBCrgen", "J\xC3\xBCrgen"));
}

TEST_CASE("mistakes on the command line of passwd are refused with the usage") {
    const folder here;
    for (const auto& arguments :
         std::vector<words>{{},
                            {"f"},
                            {"f", "u", "p"},
                            {"-b", "f", "u"},
                            {"-b", "f", "u", "p", "x"},
                            {"-D", "f"},
                            {"-U"},
                            {"-U", "f", "u"},
                            {"-D", "-U", "f"},
                            {"-c", "-D", "f", "u"},
                            {"-b", "-U", "f"},
                            {"-x", "f", "u"},
                            {"-H"},
                            {"-H", "md5", "f", "u"},
                            {"-I", "0", "f", "u"},
                            {"-I", "1000001", "f", "u"},
                            {"-I", "x", "f", "u"},
                            {"-H", "scram-sha-256", "-I", "4095", "f", "u"}}) {
        const auto outcome = passwd(arguments, {"secret", "secret"});
        CHECK(outcome.exit_code == gateway::exit_refused);
        CHECK(holds(outcome.complaint, "Usage: sluice passwd"));
        CHECK(outcome.output.empty());
    }
    const auto help = passwd({"-h"});
    check_done(help);
    CHECK(holds(help.output, "scram-sha-256"));
}

TEST_CASE("a file that is not there, or no file, is named") {
    const folder here;
    const auto missing = passwd({"-b", here.file(), "a", "secret"});
    CHECK(missing.exit_code == 1);
    CHECK(missing.complaint == "sluice passwd: " + here.file() +
                                   " cannot be read: No such file or directory; -c makes a new "
                                   "file\n");
    CHECK(passwd({"-cb", here.file() + "/deeper", "a", "secret"}).exit_code == 1);
    CHECK(passwd({"-cb", "/tmp", "a", "secret"}).complaint == "sluice passwd: /tmp is no file\n");
    CHECK(here.entries() == 0);
}
