// Files of pre-shared keys: what is read, what is refused, and that no key is ever told.
#include "mqtt/auth/psk_file.hpp"
#include "tests/support/catch2_any.hpp"

#include <filesystem>
#include <fstream>
#include <stdlib.h>

using namespace mqtt;
using namespace std::string_literals;

namespace {

using sentences = std::vector<std::string>;

sentences told(const std::vector<psk_file_sentence>& list) {
    sentences text;
    for (const auto& each : list)
        text.push_back(std::to_string(each.line) + ": " + each.sentence);
    return text;
}

sentences problems_of(std::string_view text) {
    const auto reading = psk_file::read_text(text);
    CHECK((reading.keys == nullptr) == !reading.problems.empty());
    return told(reading.problems);
}

std::shared_ptr<const psk_file> keys_of(std::string_view text) {
    const auto reading = psk_file::read_text(text);
    REQUIRE(told(reading.problems) == sentences());
    REQUIRE(reading.keys != nullptr);
    return reading.keys;
}

std::string repeated(std::string_view part, std::size_t times) {
    std::string text;
    while (times-- > 0)
        text += part;
    return text;
}

const std::string strong = "000102030405060708090a0b0c0d0e0f";

} // namespace

TEST_CASE("identities are found with the bytes of their keys, and nobody else is") {
    const auto keys = keys_of("client:1234abcd\nother:00FFfF00\n");
    CHECK(keys->size() == 2);
    CHECK(keys->find("client") == "\x12\x34\xAB\xCD");
    CHECK(keys->find("other") == "\0\xFF\xFF\0"s); // zero bytes in front count
    for (const auto* nobody : {"", "Client", "client ", "clien", "client:", "1234abcd"})
        CHECK(keys->find(nobody) == std::nullopt);
    CHECK(keys->find("client\0"s) == std::nullopt);
}

TEST_CASE("comments, blank lines, line ends, a byte order mark and blanks around are allowed") {
    const auto keys = keys_of("\xEF\xBB\xBF# people\r\n\r\n \t\n a b :\t" + strong +
                              " \r\n#c:00\r\nd#:" + strong + "\nJ\xC3\xBCrgen:" + strong);
    CHECK(keys->size() == 3);
    CHECK(keys->find("a b"));
    CHECK(keys->find("d#"));
    CHECK(keys->find("J\xC3\xBCrgen"));
    CHECK_FALSE(keys->find("#c"));
    CHECK(keys_of("")->size() == 0);
    CHECK(keys_of("# nobody")->size() == 0);
}

TEST_CASE("a mistake in a file of keys is told with its line, and the file gives no key") {
    const auto good = "good:" + strong + "\n";
    const struct {
        std::string line, sentence;
    } rows[] = {
        {"nonsense", "must be an identity, a colon and a key"},
        {":" + strong, "the identity is empty"},
        {"a\x01:" + strong, "the identity must be UTF-8 without control characters"},
        {"a\xFF:" + strong, "the identity must be UTF-8 without control characters"},
        {"a\0:"s + strong, "the identity must be UTF-8 without control characters"},
        {"a:", "the key is empty"},
        {"a:12 34", "the key must be hexadecimal digits and nothing else"},
        {"a:0x1234", "the key must be hexadecimal digits and nothing else"},
        {"a:1234:", "the key must be hexadecimal digits and nothing else"},
        {"a:12345", "the key must have two hexadecimal digits for each byte; there is an odd "
                    "number"},
        {"good:" + strong, "the identity stands on line 1 already"},
    };
    for (const auto& row : rows) {
        INFO(row.line);
        CHECK(problems_of(good + row.line + "\n") == sentences{"2: " + row.sentence});
    }
}

TEST_CASE("identities have up to 128 bytes, keys up to 512") {
    CHECK(keys_of(std::string(128, 'a') + ":" + strong)->find(std::string(128, 'a')));
    CHECK(problems_of(std::string(129, 'a') + ":" + strong) ==
          sentences{"1: the identity is longer than 128 bytes"});
    for (const std::size_t size : {1, 31, 32, 33, 511, 512})
        CHECK(keys_of("a:" + repeated("ab", size))->find("a") == std::string(size, '\xAB'));
    CHECK(problems_of("a:" + repeated("ab", 513)) ==
          sentences{"1: the key is longer than 512 bytes"});
}

TEST_CASE("a key of fewer than 16 bytes works, with a warning") {
    for (const std::size_t size : {1, 4, 15, 16, 17}) {
        const auto reading = psk_file::read_text("\na:" + repeated("ab", size));
        REQUIRE(reading.keys != nullptr);
        CHECK(reading.warnings.size() == (size < psk_key_bytes_advised ? 1U : 0U));
    }
    CHECK(told(psk_file::read_text("client:1234abcd").warnings) ==
          sentences{"1: the key has 4 of at least 16 bytes; whoever records a handshake may find "
                    "it by trying"});
    std::string many;
    for (int number = 0; number < 300; ++number)
        many += std::to_string(number) + ":1234abcd\n";
    CHECK(psk_file::read_text(many).warnings.size() == psk_file_sentences_max);
    CHECK(psk_file::read_text(many).keys != nullptr);
}

TEST_CASE("no sentence about a file of keys repeats a key") {
    for (const auto* text : {"a:5ec4e7z", "a:5ec4e7f", "a:5ec4e7\na:5ec4e7", "a:5ec4e7", "5ec4e7",
                             "a:5ec4e7:5ec4e7", "a:5ec4e7 5ec4e7"}) {
        const auto reading = psk_file::read_text(text);
        auto all = told(reading.problems);
        for (const auto& each : told(reading.warnings))
            all.push_back(each);
        CHECK_FALSE(all.empty());
        for (const auto& each : all)
            CHECK(each.find("5ec4e7") == each.npos);
    }
}

TEST_CASE("a file that holds no keys at all does not fill the screen") {
    const auto problems = problems_of(repeated("nonsense\n", 1000));
    CHECK(problems.size() == psk_file_sentences_max + 1);
    CHECK(problems.back() == "101: too many mistakes; the rest of the file was not read");
}

TEST_CASE("a file of keys is read from the disk, or it is said why not") {
    std::string folder = "/tmp/sluice-psk-XXXXXX";
    REQUIRE(::mkdtemp(folder.data()) != nullptr);
    std::ofstream(folder + "/psk.txt") << "client:" << strong << "\n";
    const auto reading = psk_file::read(folder + "/psk.txt");
    CHECK(reading.problems.empty());
    REQUIRE(reading.keys != nullptr);
    CHECK(reading.keys->find("client"));
    for (const auto& path : {folder, folder + "/missing"}) {
        const auto failed = psk_file::read(path);
        CHECK(failed.keys == nullptr);
        REQUIRE(failed.problems.size() == 1);
        CHECK(failed.problems[0].sentence.starts_with("cannot be read: "));
    }
    std::filesystem::remove_all(folder);
}

TEST_CASE("what may not be an identity is told") {
    CHECK(psk_identity_problem("client").empty());
    CHECK(psk_identity_problem("a b#c").empty());
    for (const auto& wrong : {""s, "a:b"s, "#a"s, " a"s, "a "s, "a\n"s, std::string(129, 'a')})
        CHECK_FALSE(psk_identity_problem(wrong).empty());
}
