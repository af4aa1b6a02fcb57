// Stored passwords, the files that hold them, and who is let in by one. The hashes come from
// Python's hashlib, those of argon2id from the reference implementation's own tests.
#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/user_access.hpp"
#include "tests/support/catch2_any.hpp"

#include <utility>

using namespace mqtt;
using namespace std::string_literals;

namespace {

const std::string sha512_alicepw =
    "$6$AQIDBAUGBwgJCgsM$iJ/9S5U+casqA/uv5foTi/0I4YNAvS0o8jCUcfNspUAVddXJoToej4+rEjR6J7dkmM9AF1bd"
    "3v/XWTuQ5vsLLA==";
const std::string pbkdf2_alicepw =
    "$7$101$AQIDBAUGBwgJCgsM$Whdq6MukBlNlHXn34rzVrpmfCCEdvE93kuREDGVA20uauSW9WRxg6/FjSVkYIuUNIzkz"
    "roQ2XGHwi+//6Lpneg==";
const std::string pbkdf2_alicepw_long_salt =
    "$7$1000$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+"
    "Pw==$o2BGImuc9/bnTPoZWPlvTP9jJyNWPXOhk3gyuIZoaqLqq3F5JCMJZcPBb6RxVizbqpoY4PniIAcVjs9Mzerl"
    "YA==";
const std::string pbkdf2_odd_bytes = // of "a", zero, "b", 255
    "$7$1$AQIDBAUGBwgJCgsM$hsVmZHatQZKDQHuPCcTPgeLmQnC6GWWx7p4JijRvC2+Dm4v36q/S+gB/Hv8dKAmXUM1oAs"
    "NcI2hoQzoJgOR/Dg==";
const std::string scram_pencil = // RFC 7677 section 3
    "$scram-sha-256$4096$W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=$wf"
    "PLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
const std::string argon2id_password =
    "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
const std::string argon2id_password_two_lanes =
    "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";

bool matches(const std::string& stored, const std::string& password) {
    const auto reading = password_hash::read(stored);
    INFO(reading.problem);
    REQUIRE(reading.hash);
    return reading.hash->matches(password);
}

std::string problem_of(const std::string& stored) {
    const auto reading = password_hash::read(stored);
    CHECK(reading.hash.has_value() == reading.problem.empty());
    return reading.problem;
}

std::string replaced(std::string text, const std::string& part, const std::string& by) {
    const auto at = text.find(part);
    REQUIRE(at != text.npos);
    return text.replace(at, part.size(), by);
}

using problems = std::vector<std::string>;

problems problems_of(std::string_view text) {
    problems told;
    const auto reading = password_file::read_text(text);
    CHECK((reading.users == nullptr) == !reading.problems.empty());
    for (const auto& each : reading.problems)
        told.push_back(std::to_string(each.line) + ": " + each.sentence);
    return told;
}

std::shared_ptr<const password_file> users_of(const std::string& text) {
    auto reading = password_file::read_text(text);
    REQUIRE(reading.users != nullptr);
    return reading.users;
}

// An access without threads, at a time of ours; what is called back waits until it is taken.
struct desk {
    explicit desk(std::shared_ptr<const password_file> users, bool allow_anonymous = false)
        : door(book_of(std::move(users), allow_anonymous), 0, [this] { return now; }) {}

    static std::shared_ptr<const rule_book> book_of(std::shared_ptr<const password_file> users,
                                                    bool allow_anonymous = false) {
        auto book = std::make_shared<rule_book>(1);
        book->front().allow_anonymous = allow_anonymous;
        book->front().users = std::move(users);
        return book;
    }

    void ask(std::optional<std::string> name, std::optional<std::string> password,
             const std::string& address = "192.0.2.1:1024") {
        door.authenticate(
            {"client", std::move(name), std::move(password), {address}},
            [this](auto work) { called_back.push_back(std::move(work)); },
            [this](const decision& said) { answers.push_back(said.reason); });
    }

    // The answer, by whichever way it comes.
    reason asked(std::optional<std::string> name, std::optional<std::string> password) {
        answers.clear();
        ask(std::move(name), std::move(password));
        while (door.check_next())
            continue;
        take_calls();
        REQUIRE(answers.size() == 1);
        return answers.front();
    }

    void take_calls() {
        for (const auto& each : std::exchange(called_back, {}))
            each();
    }

    steady_time now{std::chrono::hours(1)};
    std::vector<std::function<void()>> called_back;
    std::vector<reason> answers;
    user_access door;
};

} // namespace

TEST_CASE("each scheme takes its password and no other") {
    for (const auto& stored : {sha512_alicepw, pbkdf2_alicepw, pbkdf2_alicepw_long_salt}) {
        INFO(stored);
        CHECK(matches(stored, "alicepw"));
        for (const auto& wrong :
             {""s, "alicep"s, "Alicepw"s, "alicepw "s, "alicepw\0"s, "alicepw\0x"s, "\0alicepw"s})
            CHECK_FALSE(matches(stored, wrong));
    }
    CHECK(matches(pbkdf2_odd_bytes, "a\0b\xff"s));
    CHECK_FALSE(matches(pbkdf2_odd_bytes, "a"));
    CHECK(matches(scram_pencil, "pencil"));
    CHECK_FALSE(matches(scram_pencil, "pencil\0"s));
    CHECK_FALSE(matches(scram_pencil, "Pencil"));
}

TEST_CASE("argon2id takes its password and no other, where it is built in") {
    if (!argon2_available()) {
        CHECK(problem_of(argon2id_password).find("libargon2") != std::string::npos);
        WARN("argon2id is not built in");
        return;
    }
    for (const auto& stored : {argon2id_password, argon2id_password_two_lanes}) {
        INFO(stored);
        CHECK(matches(stored, "password"));
        CHECK_FALSE(matches(stored, "password\0"s));
        CHECK_FALSE(matches(stored, "Password"));
        CHECK(password_hash::read(stored).hash->text() == stored);
    }
    for (const auto& [part, by] :
         std::vector<std::pair<std::string, std::string>>{{"m=256", "m=15"},
                                                          {"m=256", "m=65537"},
                                                          {"m=256", "m=4294967296"},
                                                          {"m=256", "m="},
                                                          {"t=2", "t=0"},
                                                          {"t=2", "t=17"},
                                                          {"p=2", "p=0"},
                                                          {"p=2", "p=9"},
                                                          {"v=19", "v=16"},
                                                          {"v=19$", ""},
                                                          {",p=2", ""},
                                                          {"c29t", "c29t="},
                                                          {"c29tZXNhbHQ", "c29tZQ"},
                                                          {"/0ttZwg2f/5U52iv1cDc", ""}}) {
        INFO(part << " -> " << by);
        CHECK_FALSE(problem_of(replaced(argon2id_password_two_lanes, part, by)).empty());
    }
    CHECK_FALSE(problem_of(argon2id_password + "$").empty());
}

TEST_CASE("a long password is hashed whole, and one that is too long is none") {
    const std::string longest(password_bytes_max, 'x');
    const auto stored = password_hash::make(password_scheme::sha512, longest);
    CHECK(stored.matches(longest));
    CHECK_FALSE(stored.matches(longest.substr(1)));
    const auto too_long = password_hash::make(password_scheme::sha512, longest + "x");
    CHECK_FALSE(too_long.matches(longest + "x"));
}

TEST_CASE("what is made is read again, with a salt of its own each time") {
    for (const auto& row : password_scheme_table) {
        if (row.scheme == password_scheme::argon2id && !argon2_available())
            continue;
        INFO(row.name);
        const auto made = password_hash::make(row.scheme, "secret", scram_iterations_min);
        const auto again = password_hash::make(row.scheme, "secret", scram_iterations_min);
        CHECK(made.text().starts_with(row.prefix));
        CHECK(made.salt() != again.salt());
        CHECK(matches(made.text(), "secret"));
        CHECK_FALSE(matches(made.text(), "Secret"));
        CHECK(password_hash::read(made.text()).hash->text() == made.text());
    }
}

TEST_CASE("a hash that is broken, or too dear to check, is a mistake that is named") {
    CHECK(problem_of("alicepw") == "the password is not hashed; \"sluice passwd -U <file>\" hashes "
                                   "every password of a file");
    CHECK(problem_of("$5$aa$bb") ==
          "the hash must begin with $6$ $7$ $argon2id$ or $scram-sha-256$");
    CHECK(problem_of("$6$AQIDBAUGBwgJCgsM") == "the hash has 1 fields behind $6$, not 2");
    CHECK(problem_of(pbkdf2_alicepw + "$") == "the hash has 4 fields behind $7$, not 3");
    const auto iterations = "the iterations must be a number between 1 and 1000000";
    for (const auto* wrong : {"$0$", "$1000001$", "$-1$", "$+1$", "$1e3$", "$$", "$4294967397$",
                              "$ 101$", "$99999999999999999999$"}) {
        INFO(wrong);
        CHECK(problem_of(replaced(pbkdf2_alicepw, "$101$", wrong)) == iterations);
    }
    CHECK(problem_of(replaced(pbkdf2_alicepw, "$101$", "$1000000$")).empty());
    CHECK(problem_of(replaced(scram_pencil, "$4096$", "$4095$")) ==
          "the iterations must be a number between 4096 and 1000000");
    const auto salt = "the salt must be base64 of between 8 and 64 bytes";
    for (const auto& wrong :
         {""s, "AQIDBAUGBw=="s, "AQIDBAUGBwgJCgs"s, to_base64(std::string(65, 's'))})
        CHECK(problem_of(replaced(sha512_alicepw, "AQIDBAUGBwgJCgsM", wrong)) == salt);
    CHECK(problem_of(replaced(sha512_alicepw, "LLA==", "LLA=")) ==
          "the hash must be base64 of 64 bytes");
    CHECK(problem_of("$6$AQIDBAUGBwgJCgsM$") == "the hash must be base64 of 64 bytes");
    CHECK(problem_of(replaced(scram_pencil, "4qY=", "4q==")) ==
          "the hash must be base64 of 32 bytes");
}

TEST_CASE("a file gives its users, whatever stands between them") {
    const auto users = users_of("\xEF\xBB\xBF# people\n\nalice:" + sha512_alicepw +
                                "\r\n  \t\n bob\t: " + pbkdf2_alicepw +
                                " \n#carol:" + sha512_alicepw + "\nJ\xC3\xBCrgen:" + scram_pencil);
    CHECK(users->size() == 3);
    REQUIRE(users->find("alice") != nullptr);
    CHECK(users->find("alice")->scheme() == password_scheme::sha512);
    REQUIRE(users->find("bob") != nullptr);
    CHECK(users->find("bob")->scheme() == password_scheme::sha512_pbkdf2);
    CHECK(users->find("J\xC3\xBCrgen") != nullptr);
    for (const auto* nobody : {"", "carol", "#carol", "Alice", "alice ", "al"})
        CHECK(users->find(nobody) == nullptr);
    CHECK(users->any(7) == users->any(7));
    CHECK(users->any_scram(5) == users->find("J\xC3\xBCrgen"));
}

TEST_CASE("a file without users is one, and knows nobody") {
    for (const auto* text : {"", "\n\n", "# nobody\n"}) {
        const auto users = users_of(text);
        CHECK(users->size() == 0);
        CHECK(users->find("") == nullptr);
        CHECK(users->any(1) == nullptr);
        CHECK(users->any_scram(1) == nullptr);
    }
}

TEST_CASE("every mistake of a password file is told with its line, and one of them shuts it") {
    CHECK(
        problems_of("alice:" + sha512_alicepw + "\n\nbob\n:" + sha512_alicepw + "\nalice:" +
                    pbkdf2_alicepw + "\ncarol:secret\ncarol:$7$x\ndave:\n\xFF:" + sha512_alicepw +
                    "\na\x01:" + sha512_alicepw + "\n" + std::string(username_bytes_max + 1, 'a') +
                    ":" + sha512_alicepw) ==
        problems{
            "3: must be a user name, a colon and a hash",
            "4: the user name is empty",
            "5: the user stands on line 1 already",
            "6: the password is not hashed; \"sluice passwd -U <file>\" hashes every password of a "
            "file",
            "7: the user stands on line 6 already",
            "8: the password is not hashed; \"sluice passwd -U <file>\" hashes every password of a "
            "file",
            "9: the user name must be UTF-8 without control characters",
            "10: the user name must be UTF-8 without control characters",
            "11: the user name is longer than 1024 bytes",
        });
    CHECK(problems_of("alice\0:x"s) ==
          problems{"1: the user name must be UTF-8 without control characters"});
}

TEST_CASE("no mistake shows what stands in the file") {
    for (const auto& each : problems_of("alice hunter2\nbob:hunter2\n$hunter2\ncarol:$hunter2$\n"))
        CHECK(each.find("hunter2") == std::string::npos);
}

TEST_CASE("a file that is no password file does not fill the screen") {
    std::string text;
    for (int line = 0; line < 10'000; ++line)
        text += "nonsense\n";
    const auto told = problems_of(text);
    CHECK(told.size() == password_file_problems_max + 1);
    CHECK(told.back() == "101: too many mistakes; the rest of the file was not read");
}

TEST_CASE("a password file that cannot be read is a mistake") {
    const auto only_problem = [](const std::string& path) {
        const auto reading = password_file::read(path);
        CHECK(reading.users == nullptr);
        REQUIRE(reading.problems.size() == 1);
        CHECK(reading.problems.front().line == 0);
        return reading.problems.front().sentence;
    };
    CHECK(only_problem("/nowhere/at/all") == "cannot be read: No such file or directory");
    CHECK(only_problem("/") == "cannot be read: Is a directory");
    CHECK(only_problem("/dev/zero") == "is no file but a device or a pipe");
}

TEST_CASE("with a password file, name and password must both be right") {
    desk here(users_of("alice:" + pbkdf2_alicepw + "\nuser:" + scram_pencil + "\n"));
    CHECK(here.asked("alice", "alicepw") == reason::success);
    CHECK(here.asked("user", "pencil") == reason::success);
    const auto wrong = reason::not_authorized; // as mosquitto: 5 to 3.1.1, 0x87 to 5.0
    CHECK(here.asked("alice", "wrong") == wrong);
    CHECK(here.asked("alice", "alicepw\0"s) == wrong);
    CHECK(here.asked("alice", "") == wrong);
    CHECK(here.asked("alice", std::nullopt) == wrong);
    CHECK(here.asked("alice", "pencil") == wrong);
    CHECK(here.asked("nobody", "alicepw") == wrong);
    CHECK(here.asked("nobody", "pencil") == wrong);
    CHECK(here.asked("", "alicepw") == wrong);
    CHECK(here.asked(std::string(username_bytes_max + 1, 'a'), "alicepw") == wrong);
    CHECK(here.asked("alice", std::string(password_bytes_max + 1, 'a')) == wrong);
    CHECK(here.asked(std::nullopt, std::nullopt) == wrong);
    CHECK(here.asked(std::nullopt, "alicepw") == wrong);
}

TEST_CASE("clients without a name come in where the operator says so, and only those") {
    desk here(users_of("alice:" + pbkdf2_alicepw), true);
    CHECK(here.asked(std::nullopt, std::nullopt) == reason::success);
    CHECK(here.asked("alice", "wrong") == reason::not_authorized);
    CHECK(here.asked("alice", "alicepw") == reason::success);
}

TEST_CASE("an empty password file lets nobody in") {
    desk here(users_of(""));
    CHECK(here.asked("alice", "alicepw") == reason::not_authorized);
    CHECK(here.asked("", "") == reason::not_authorized);
    CHECK(here.asked(std::nullopt, std::nullopt) == reason::not_authorized);
}

TEST_CASE("without a password file, names are not looked at") {
    desk open(nullptr, true);
    CHECK(open.asked("anybody", "anything") == reason::success);
    CHECK(open.asked(std::nullopt, std::nullopt) == reason::success);
    CHECK(open.door.begin("SCRAM-SHA-256", 0) == nullptr);
    desk closed(nullptr, false);
    CHECK(closed.asked("anybody", "anything") == reason::not_authorized);
}

TEST_CASE("the answer comes by the way back, and not before the check is made") {
    desk here(users_of("alice:" + pbkdf2_alicepw));
    here.ask("alice", "alicepw");
    CHECK(here.called_back.empty());
    CHECK(here.door.check_next());
    CHECK(here.answers.empty());
    here.take_calls();
    CHECK(here.answers == std::vector{reason::success});
    CHECK_FALSE(here.door.check_next());
}

TEST_CASE("other users hold for those who come from then on") {
    desk here(users_of("alice:" + pbkdf2_alicepw));
    here.door.replace(desk::book_of(users_of("bob:" + sha512_alicepw)));
    CHECK(here.asked("alice", "alicepw") == reason::not_authorized);
    CHECK(here.asked("bob", "alicepw") == reason::success);
}

TEST_CASE("a check that nobody can be waiting for any more is not carried out") {
    desk here(users_of("alice:" + pbkdf2_alicepw));
    here.ask("alice", "alicepw");
    here.now += std::chrono::seconds(11); // longer than the deadline of CONNECT
    CHECK(here.door.check_next());
    here.take_calls();
    CHECK(here.answers == std::vector{reason::server_busy});
}

TEST_CASE("checks that wait are bounded, and a flood from one address gives way to others") {
    desk here(users_of("alice:" + pbkdf2_alicepw));
    for (std::size_t count = 0; count < password_checks_max; ++count)
        here.ask("alice", "wrong", "192.0.2.66:" + std::to_string(count + 1));
    here.take_calls();
    CHECK(here.answers.empty());
    here.ask("alice", "wrong", "192.0.2.66:9999");
    here.take_calls();
    CHECK(here.answers == std::vector{reason::server_busy}); // the flood's own
    here.ask("alice", "alicepw", "[2001:db8::1]:1024");
    here.take_calls();
    CHECK(here.answers == std::vector(2, reason::server_busy)); // another of the flood's
    here.answers.clear();
    CHECK(here.door.check_next());
    CHECK(here.door.check_next()); // the second turn is the other address's
    here.take_calls();
    CHECK(here.answers == std::vector{reason::not_authorized, reason::success});
}

TEST_CASE("when the end begins, checks are answered without being made, and none after it") {
    desk here(users_of("alice:" + pbkdf2_alicepw));
    here.ask("alice", "alicepw");
    here.door.close();
    here.take_calls();
    here.ask("alice", "alicepw"); // answered at once
    CHECK(here.answers == std::vector(2, reason::server_shutting_down));
    CHECK_FALSE(here.door.check_next());

    desk other(users_of("alice:" + pbkdf2_alicepw));
    other.ask("alice", "alicepw");
    other.door.stop();
    CHECK_FALSE(other.door.check_next());
    CHECK(other.called_back.empty());
}

TEST_CASE("topics that begin with $ are published to by nobody") {
    const desk here(users_of(""));
    const anonymous_access everybody(true);
    for (const mqtt::access* door : {static_cast<const mqtt::access*>(&here.door),
                                     static_cast<const mqtt::access*>(&everybody)}) {
        CHECK_FALSE(door->allows({"alice", "a", ""}, operation::publish, "$SYS/x"));
        CHECK(door->allows({"alice", "a", ""}, operation::publish, "x/$SYS"));
        CHECK(door->allows({"alice", "a", ""}, operation::subscribe, "$SYS/#"));
        CHECK(door->allows({"alice", "a", ""}, operation::receive, "$SYS/x"));
    }
}
