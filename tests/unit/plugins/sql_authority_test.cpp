#include "tests/support/catch2_any.hpp"
#include "tests/unit/plugins/sql_authority_fixture.hpp"

using namespace sql_auth;
using namespace std::chrono_literals;

TEST_CASE("the SQL plugin takes each kind of hash that mosquitto makes") {
    authority_fixture with;
    with.user("six", hash_of("pw", mqtt::password_scheme::sha512));
    with.user("seven", hash_of("pw", mqtt::password_scheme::sha512_pbkdf2));
    std::vector<std::string> names{"six", "seven"};
    if (mqtt::argon2_available()) {
        with.user("argon", hash_of("pw", mqtt::password_scheme::argon2id));
        names.push_back("argon");
    }
    for (const auto& name : names) {
        INFO(name);
        CHECK(with.decider->check_password(name, "pw") == verdict::allowed);
        CHECK(with.decider->check_password(name, "pW") == verdict::denied);
        CHECK(with.decider->check_password(name, "") == verdict::denied);
    }
    CHECK(with.decider->check_password("nobody", "pw") == verdict::denied);
    CHECK(with.log.empty());
}

TEST_CASE("a user whose row holds no usable hash is denied") {
    authority_fixture with;
    with.user("null", std::nullopt);
    with.user("plain", "pw");
    with.user("empty", "");
    with.source->tables[{statement::user, "twice"}] = {{hash_of("pw"), std::nullopt},
                                                       {hash_of("pw"), std::nullopt}};
    for (const char* name : {"null", "plain", "empty", "twice"}) {
        INFO(name);
        CHECK(with.decider->check_password(name, "pw") == verdict::denied);
        CHECK(with.decider->check_password(name, "") == verdict::denied);
    }
}

TEST_CASE("a name that is too long or no UTF-8 is denied without a question") {
    authority_fixture with;
    const std::string long_name(mqtt::username_bytes_max + 1, 'x');
    for (const auto& name : {long_name, std::string("\xFF")}) {
        CHECK(with.decider->check_password(name, "pw") == verdict::denied);
        CHECK(with.may_write(name, "a") == verdict::denied);
    }
    CHECK(with.source->asked == 0);
}

TEST_CASE("rights are asked for once, and again when the cache's time is over") {
    authority_fixture with;
    with.rule("a", "t/#", "write");
    CHECK(with.may_write("a", "t/1") == verdict::allowed);
    CHECK(with.may_write("a", "u") == verdict::denied);
    CHECK(with.source->asked == 1);
    with.source->tables.clear();
    with.now += 5s - 1ns;
    CHECK(with.may_write("a", "t/1") == verdict::allowed);
    with.now += 1ns;
    CHECK(with.may_write("a", "t/1") == verdict::denied);
    CHECK(with.source->asked == 2);
}

TEST_CASE("a password is asked for each time") {
    authority_fixture with;
    with.user("a", hash_of("old"));
    CHECK(with.decider->check_password("a", "old") == verdict::allowed);
    with.user("a", hash_of("new"));
    CHECK(with.decider->check_password("a", "old") == verdict::denied);
    CHECK(with.decider->check_password("a", "new") == verdict::allowed);
}

TEST_CASE("a superuser may do everything, and only a row that says so makes one") {
    settings chosen;
    chosen.superuser_query = "one";
    authority_fixture with(chosen);
    const auto say = [&](const std::string& name, std::vector<row> rows) {
        with.source->tables[{statement::superuser, name}] = std::move(rows);
    };
    say("one", {{"1", {}}});
    say("t", {{"t", {}}});
    say("true", {{"true", {}}});
    say("zero", {{"0", {}}});
    say("f", {{"f", {}}});
    say("null", {{std::nullopt, {}}});
    say("word", {{"yes", {}}});
    say("both", {{"1", {}}, {"0", {}}});
    for (const char* name : {"one", "t", "true"})
        CHECK(with.may_write(name, "$CONTROL/x") == verdict::allowed);
    for (const char* name : {"zero", "f", "null", "word", "both", "nobody"})
        CHECK(with.may_write(name, "a") == verdict::denied);
}

TEST_CASE("a row of rights that can't be used denies its user everything for a while") {
    for (const auto& [topic, access] : {std::pair<cell, cell>{"a", "dney"},
                                        {"a/#/b", "deny"},
                                        {std::nullopt, "deny"},
                                        {"a", std::nullopt}}) {
        authority_fixture with;
        with.rule("a", "#", "all");
        with.rule("a", topic, access);
        CHECK(with.may_write("a", "b") == verdict::denied);
        CHECK(with.log == std::vector<std::string>{"sql_auth: a row of acl_query can't be used, so "
                                                   "its user may do nothing"});
        with.source->tables.clear();
        with.rule("a", "#", "all");
        CHECK(with.may_write("a", "b") == verdict::denied);
        with.now += failure_hold;
        CHECK(with.may_write("a", "b") == verdict::allowed);
    }
}

TEST_CASE("too many rows, or a question that is refused, deny and leave the others alone") {
    for (const auto state : {answer_state::too_large, answer_state::refused}) {
        authority_fixture with;
        with.rule("b", "#", "all");
        with.source->state = state;
        CHECK(with.may_write("a", "t") == verdict::denied);
        CHECK(with.decider->check_password("a", "pw") == verdict::denied);
        CHECK(with.log.size() == 1); // for both
        with.source->state = answer_state::answered;
        CHECK(with.may_write("b", "t") == verdict::allowed);
        CHECK(with.source->opened == 1);
    }
}

TEST_CASE("without the database everybody is denied, with one line, and asked ever more rarely") {
    authority_fixture with;
    with.user("a", hash_of("pw"));
    with.rule("a", "#", "all");
    with.source->why_closed = "no route\nto\x01host";
    with.decider->start();
    CHECK(with.log == std::vector<std::string>{"sql_auth: the database does not answer, so "
                                               "everybody is refused: no route to?host"});
    std::vector<long> attempts;
    const auto began = with.now;
    for (int seen = with.source->opened; with.now < began + 60s; with.now += 10ms) {
        CHECK(with.decider->check_password("a", "pw") == verdict::denied);
        CHECK(with.may_write("a", "t") == verdict::denied);
        if (std::exchange(seen, with.source->opened) != seen)
            attempts.push_back((with.now - began) / 1ms);
    }
    CHECK(attempts ==
          std::vector<long>{250, 750, 1750, 3750, 7750, 15750, 25750, 35750, 45750, 55750});
    CHECK(with.log.size() == 1);
    CHECK(with.source->asked == 0);

    with.source->why_closed.clear();
    with.now += back_off_max;
    CHECK(with.decider->check_password("a", "pw") == verdict::allowed);
    CHECK(with.may_write("a", "t") == verdict::allowed);
    CHECK(with.log.back() == "sql_auth: the database answers again");
    CHECK(with.log.size() == 2);
}

TEST_CASE("a connection that broke while nobody used it is opened anew within the question") {
    authority_fixture with;
    with.user("a", hash_of("pw"));
    CHECK(with.decider->check_password("a", "pw") == verdict::allowed);
    with.source->losses = 1;
    CHECK(with.decider->check_password("a", "pw") == verdict::allowed);
    CHECK(with.source->opened == 2);
    CHECK(with.log.empty());

    with.source->losses = 2;
    CHECK(with.decider->check_password("a", "pw") == verdict::denied);
    CHECK(with.log == std::vector<std::string>{"sql_auth: the database does not answer, so "
                                               "everybody is refused: the line broke"});
}

TEST_CASE("rights that were read before an outage are believed no longer than without one") {
    authority_fixture with;
    with.rule("a", "#", "all");
    CHECK(with.may_write("a", "t") == verdict::allowed);
    with.source->why_closed = "gone";
    with.source->losses = 1000;
    CHECK(with.may_write("a", "t") == verdict::allowed);
    with.now += 5s;
    CHECK(with.may_write("a", "t") == verdict::denied);
}

TEST_CASE("a reload forgets the rights and opens the database without waiting") {
    authority_fixture with;
    with.rule("a", "#", "all");
    CHECK(with.may_write("a", "t") == verdict::allowed);
    with.source->tables.clear();
    with.source->why_closed = "gone";
    with.decider->reload();
    CHECK(with.may_write("a", "t") == verdict::denied);
    with.source->why_closed.clear();
    with.decider->reload();
    with.rule("a", "#", "all");
    CHECK(with.may_write("a", "t") == verdict::allowed);
}

TEST_CASE("with unknown_users defer others are asked, but not about users that have a row") {
    settings chosen;
    chosen.unknown = unknown_users::defer;
    authority_fixture with(chosen);
    with.user("a", hash_of("pw"));
    CHECK(with.decider->check_password("nobody", "pw") == verdict::not_mine);
    CHECK(with.decider->check_password("a", "wrong") == verdict::denied);
    CHECK(with.may_write("nobody", "t") == verdict::not_mine);
    CHECK(with.may_write("a", "t") == verdict::denied);
    with.source->why_closed = "gone";
    with.source->losses = 1000;
    with.decider->reload();
    CHECK(with.decider->check_password("nobody", "pw") == verdict::denied);
    CHECK(with.may_write("nobody", "t") == verdict::denied);
}

TEST_CASE("lines about single users don't fill the log") {
    authority_fixture with;
    with.user("a", "no hash");
    for (int number = 0; number < 100; ++number)
        CHECK(with.decider->check_password("a", "pw") == verdict::denied);
    CHECK(with.log.size() == 1);
    with.now += complaint_interval;
    CHECK(with.decider->check_password("a", "pw") == verdict::denied);
    CHECK(with.log.size() == 2);
    CHECK(with.log.front().find("no hash") == std::string::npos);
}
