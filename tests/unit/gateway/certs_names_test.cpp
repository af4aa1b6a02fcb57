#include "gateway/certs_names.hpp"
#include "tests/support/catch2_any.hpp"

TEST_CASE("host names are DNS names or addresses") {
    using gateway::host_name_from;
    CHECK(host_name_from("Broker.Example") == "broker.example");
    CHECK(host_name_from("my_broker-1") == "my_broker-1");
    CHECK(host_name_from("192.0.2.1") == "192.0.2.1");
    CHECK(host_name_from("2001:DB8:0:0::1") == "2001:db8::1");
    CHECK(host_name_from(std::string(63, 'a')) == std::string(63, 'a'));
    const auto label = std::string(62, 'a') + "."; // of 63 letters, its point included
    CHECK(host_name_from(label + label + label + label + "a") != ""); // 253 letters
    for (const auto& wrong :
         {std::string(), std::string("a b"), std::string("a..b"), std::string(".a"),
          std::string("a."), std::string("-a"), std::string("a-"), std::string("*.example"),
          std::string("256.1.1.1"), std::string("1.2.3.4.5"), std::string("a/b"),
          std::string("fe80::1%eth0"), std::string("b\xC3\xBCro"), std::string("a\nb"),
          std::string("a\0b", 3), std::string(64, 'a'), label + label + label + label + "ab"}) {
        INFO(wrong);
        CHECK(host_name_from(wrong) == "");
    }
}

TEST_CASE("names of clients can be user names and names of files") {
    using gateway::client_name_problem;
    CHECK(client_name_problem("bob") == "");
    CHECK(client_name_problem("sensor 1 (roof)") == "");
    std::string umlauts;
    for (int letter = 0; letter < 64; ++letter)
        umlauts += "\xC3\xBC";
    CHECK(client_name_problem(umlauts) == "");
    CHECK(client_name_problem(umlauts + "a") == "is longer than 64 letters");
    for (const auto& wrong :
         {std::string(), std::string("a/b"), std::string(".."), std::string(".a"),
          std::string("-a"), std::string(" a"), std::string("a "), std::string("a\tb"),
          std::string("a\0b", 3), std::string("a\xFF"), std::string("a+"), std::string("#"),
          std::string("a:b"), std::string(65, 'a')}) {
        INFO(wrong);
        CHECK(client_name_problem(wrong) != "");
    }
}

TEST_CASE("a word for a shell stays one word") {
    using gateway::shell_word;
    CHECK(shell_word("certs/a.crt") == "certs/a.crt");
    CHECK(shell_word("a b") == "'a b'");
    CHECK(shell_word("it's") == "'it'\\''s'");
    CHECK(shell_word("$(x)") == "'$(x)'");
    CHECK(shell_word("") == "''");
}
