// The server's side of SCRAM-SHA-256 against clients that are scripted word by word. The first
// exchange is that of RFC 7677 section 3; proofs of the others were computed with Python's hmac.
#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/scram.hpp"
#include "tests/support/catch2_any.hpp"

using namespace mqtt;

namespace {

// "pencil" under the salt and the iterations of RFC 7677 section 3.
const std::string pencil =
    "$scram-sha-256$4096$W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=$wf"
    "PLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
const std::string plain_hash =
    "$6$AQIDBAUGBwgJCgsM$iJ/9S5U+casqA/uv5foTi/0I4YNAvS0o8jCUcfNspUAVddXJoToej4+rEjR6J7dkmM9AF1bd"
    "3v/XWTuQ5vsLLA==";

const std::string rfc_nonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
const std::string rfc_first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
const std::string rfc_last = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                             "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

scram_exchange exchange_with(const std::string& nonce, const std::string& secret = "secret") {
    const auto reading = password_file::read_text("user:" + pencil + "\na,b=c:" + pencil +
                                                  "\nalice:" + plain_hash + "\n");
    REQUIRE(reading.users != nullptr);
    return {reading.users, secret, nonce};
}

void check_refused(const exchange::step& step) {
    CHECK(step.reason == reason::not_authorized);
    CHECK(step.data.empty());
}

// The salt and the iterations that a user is told.
std::string terms_of(const std::string& username, const std::string& secret = "secret") {
    auto one = exchange_with("xyz", secret);
    const auto step = one.next("n,,n=" + username + ",r=abc");
    CHECK(step.reason == reason::continue_authentication);
    REQUIRE(step.data.starts_with("r=abcxyz,s="));
    return step.data.substr(std::string("r=abcxyz,").size());
}

} // namespace

TEST_CASE("base64 is that of RFC 4648, and only one text stands for the same bytes") {
    CHECK(to_base64("foobar") == "Zm9vYmFy");
    CHECK(to_base64("fooba") == "Zm9vYmE=");
    CHECK(to_base64("foob", padding::absent) == "Zm9vYg");
    CHECK(to_base64("").empty());
    CHECK(from_base64("Zm9vYg==") == "foob");
    CHECK(from_base64("Zm9vYg", padding::absent) == "foob");
    for (const auto* wrong : {"Zm9vYg", "Zm9vYg=", "Zm9vYg===", "Zm9vYh==", "Zm9v Yg==",
                              "Zm9vYg==\n", "Zm9v-g==", "=", "Z", "Zm9vY==="}) {
        INFO(wrong);
        CHECK_FALSE(from_base64(wrong));
    }
    CHECK_FALSE(from_base64("Zm9vYg==", padding::absent));
}

TEST_CASE("base64url is that of RFC 4648 section 5, without padding and in one form only") {
    CHECK(to_base64url("\xFB\xFF\xFE") == "-__-");
    CHECK(from_base64url("-__-") == "\xFB\xFF\xFE");
    CHECK(to_base64url("foob") == "Zm9vYg");
    CHECK(from_base64url("") == "");
    for (const auto* wrong : {"+//+", "Zm9vYg==", "Zm9vYh", "Zm9v\n", "Z", "Zm9vY", "Zm 9"}) {
        INFO(wrong);
        CHECK_FALSE(from_base64url(wrong));
    }
}

TEST_CASE("the exchange of RFC 7677 goes as it says", "[RFC7677]") {
    auto one = exchange_with(rfc_nonce);
    const auto challenge = one.next(rfc_first);
    CHECK(challenge.reason == reason::continue_authentication);
    CHECK(challenge.data == "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                            "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    const auto end = one.next(rfc_last);
    CHECK(end.reason == reason::success);
    CHECK(end.data == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    CHECK(one.username() == "user");
    check_refused(one.next(rfc_last)); // it is over
}

TEST_CASE("a client that could bind to a channel, and a name with escapes, are understood") {
    auto one = exchange_with("xyz");
    CHECK(one.next("y,,n=a=2Cb=3Dc,r=abc").data == "r=abcxyz,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    const auto end = one.next("c=eSws,r=abcxyz,p=V9jBbtNQpXiq3vS2rrqkJh0OhjaZ+E2kGpsZzSgWlVc=");
    CHECK(end.reason == reason::success);
    CHECK(end.data == "v=I/JpjKfkf/Jr1vVW7/z2RGSaFLtAE+mfx5alZT5o0aA=");
    CHECK(one.username() == "a,b=c");
}

TEST_CASE("an identity to act for may only be the user, and extensions are signed along") {
    auto one = exchange_with("xyz");
    CHECK(one.next("n,a=user,n=user,r=abc,x=ext").reason == reason::continue_authentication);
    const auto end =
        one.next("c=bixhPXVzZXIs,r=abcxyz,y=more,p=9BESMAngDYgBaIyajJ7yzFryFucskusqXsgfW3q6wBk=");
    CHECK(end.reason == reason::success);
    CHECK(end.data == "v=1G4JLky1Webc/31vZ0Aht2vk46GgTt9/PmBVtr48WKA=");
    auto other = exchange_with("xyz");
    check_refused(other.next("n,a=admin,n=user,r=abc"));
}

TEST_CASE("a first message that is not one ends the exchange") {
    for (const auto& wrong :
         std::vector<std::string>{"",
                                  "n",
                                  "n,",
                                  "n,,",
                                  "n,,n=user",
                                  "n,,r=abc",
                                  "n,,n=user,",
                                  "n,,n=user,r=",
                                  "n,,n=,r=abc",
                                  "p=tls-unique,,n=user,r=abc",
                                  "x,,n=user,r=abc",
                                  ",,n=user,r=abc",
                                  "N,,n=user,r=abc",
                                  "n,user,n=user,r=abc",
                                  "n,a=,n=user,r=abc",
                                  "n,,m=new,n=user,r=abc",
                                  "n,,u=user,r=abc",
                                  "n,,n=us=er,r=abc",
                                  "n,,n=us=2cer,r=abc",
                                  "n,,n=user=,r=abc",
                                  "n,,n=us\x01 er,r=abc",
                                  "n,,n=\xC3\xBC,r=abc",
                                  std::string("n,,n=us\0er,r=abc", 16),
                                  "n,,n=user,r=a\tb",
                                  "n,,n=user,r=a b",
                                  "n,,n=user,r=\xC3\xBC",
                                  "n,,n=user,x=y,r=abc",
                                  "n,,n=user,r=" + std::string(scram_message_bytes_max, 'a'),
                                  "n,,n=" + std::string(username_bytes_max + 1, 'a') + ",r=abc"}) {
        INFO(wrong);
        auto one = exchange_with(rfc_nonce);
        check_refused(one.next(wrong));
        check_refused(one.next(rfc_first)); // there is no second try
    }
}

TEST_CASE("a last message that is not the right one ends the exchange") {
    const std::string proof = ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    const auto nonce = ",r=rOprNGfwEbeRWgbNEkqO" + rfc_nonce;
    for (const auto& wrong : std::vector<std::string>{
             "",
             "c=biws",
             "c=biws" + nonce,
             "c=biws" + nonce + ",p=",
             "c=biws" + nonce + ",p=abc",
             "c=biws" + nonce + ",p=ZHVtbXk=",                                     // too short
             "c=biws" + nonce + ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVU=", // a bit more
             "c=biws" + nonce + ",p=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
             "c=eSws" + nonce + proof, // another header than it began with
             "c=" + nonce + proof,
             "c=biws" + proof,
             "c=biws,r=" + rfc_nonce + proof,
             "c=biws" + nonce + "x" + proof,
             "c=biws" + nonce.substr(0, nonce.size() - 1) + proof,
             "c=biws" + nonce + ",x=y" + proof, // not what was signed
             "c=biws" + nonce + proof + ",x=y",
             rfc_last + " ",
             std::string(rfc_last + '\0'),
             "r=rOprNGfwEbeRWgbNEkqO" + rfc_nonce + ",c=biws" + proof,
             rfc_first}) {
        INFO(wrong);
        auto one = exchange_with(rfc_nonce);
        CHECK(one.next(rfc_first).reason == reason::continue_authentication);
        check_refused(one.next(wrong));
        check_refused(one.next(rfc_last));
    }
}

TEST_CASE("another nonce of the server makes the same proof worthless") {
    auto one = exchange_with("another");
    CHECK(one.next(rfc_first).reason == reason::continue_authentication);
    check_refused(one.next(rfc_last));
    CHECK(scram_exchange::make_nonce() != scram_exchange::make_nonce());
    CHECK(scram_exchange::make_nonce().size() == 24);
    CHECK(scram_exchange::make_nonce().find(',') == std::string::npos);
}

TEST_CASE("a user who does not exist, or has another hash, is told a salt as others are") {
    CHECK(terms_of("user") == "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    CHECK(terms_of("user", "other secret") == terms_of("user"));
    for (const auto* name : {"nobody", "alice"}) {
        const auto told = terms_of(name);
        CHECK(told != terms_of("user"));
        CHECK(told == terms_of(name)); // asking again brings the same
        CHECK(told != terms_of(name, "other secret"));
        CHECK(told.size() == terms_of("user").size());
        CHECK(told.ends_with("==,i=4096")); // sixteen bytes, and iterations as somebody has
    }
    CHECK(terms_of("nobody") != terms_of("alice"));
}

TEST_CASE("a user who does not exist fails at the end, as a wrong password does") {
    auto one = exchange_with(rfc_nonce);
    CHECK(one.next("n,,n=nobody,r=rOprNGfwEbeRWgbNEkqO").reason == reason::continue_authentication);
    check_refused(one.next(rfc_last));
}

TEST_CASE("where nobody has keys for it, an exchange fails no earlier") {
    const auto reading = password_file::read_text("alice:" + plain_hash);
    scram_exchange one(reading.users, "secret", rfc_nonce);
    const auto step = one.next("n,,n=alice,r=rOprNGfwEbeRWgbNEkqO");
    CHECK(step.reason == reason::continue_authentication);
    CHECK(step.data.ends_with("==,i=10000")); // what new users get
    check_refused(one.next(rfc_last));
}
