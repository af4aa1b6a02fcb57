// The ids of messages that HTTP shows, plain and hidden.
#include "mqtt/broker/local_client.hpp"
#include "mqtt/broker/public_ids.hpp"
#include "tests/support/catch2_any.hpp"

using namespace mqtt;

TEST_CASE("an id is read again, and nothing else is one", "[ids]") {
    for (const std::uint64_t id : {0ULL, 1ULL, 1042ULL, ~0ULL})
        CHECK(parse_public_id(public_id(id)) == id);
    for (const char* bad : {"", "x", "-", "k-1"})
        CHECK_FALSE(parse_public_id(bad));
    CHECK_FALSE(parse_public_id(public_id(1) + "x"));
    CHECK_FALSE(parse_public_id("x" + public_id(1)));
}

TEST_CASE("a hidden id says nothing, and is known by who has hidden it", "[ids]") {
    id_cipher cipher("0123456789abcdef");
    id_cipher same("0123456789abcdef");
    id_cipher other("0123456789abcdeF");
    for (const std::uint64_t id : {0ULL, 1ULL, 1042ULL, ~0ULL}) {
        const auto text = cipher.hide(id);
        CHECK(text.size() == 22);
        CHECK(text.find("1042") == std::string::npos);
        CHECK(same.reveal(text) == id);
        CHECK_FALSE(other.reveal(text));
        CHECK(cipher.hide(id + 1).substr(0, 4) != text.substr(0, 4));
    }
    for (const char* bad : {"", "1042", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAA"})
        CHECK_FALSE(cipher.reveal(bad));
}
