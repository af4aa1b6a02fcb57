#include "plugins/sql/settings.hpp"
#include "tests/support/catch2_any.hpp"

#include <vector>

using sql_auth::option_text;
using sql_auth::read_settings;

namespace {

const option_text sqlite{"backend", "sqlite"};
const option_text file{"database", "/var/lib/users.db"};

sql_auth::settings_reading read(std::vector<option_text> options) {
    return read_settings(options);
}

} // namespace

TEST_CASE("the SQL plugin needs a backend and a database, and has defaults for the rest") {
    const auto reading = read({sqlite, file});
    REQUIRE(reading.value);
    CHECK(reading.value->kind == sql_auth::backend::sqlite);
    CHECK(reading.value->database == "/var/lib/users.db");
    CHECK(reading.value->user_query == "SELECT password_hash FROM users WHERE username = $1");
    CHECK(reading.value->acl_query == "SELECT topic, access FROM acls WHERE username = $1");
    CHECK(reading.value->superuser_query.empty());
    CHECK(reading.value->cache_time == std::chrono::seconds(5));
    CHECK(reading.value->statement_timeout == std::chrono::milliseconds(1000));
    CHECK(reading.value->unknown == sql_auth::unknown_users::deny);

    CHECK(read({}).problem == "plugin_opt_backend must be given: sqlite or postgres");
    CHECK(read({sqlite}).problem == "plugin_opt_database must be given");
    CHECK(read({file}).problem == "plugin_opt_backend must be given: sqlite or postgres");
}

TEST_CASE("each option of the SQL plugin is read, and nothing that is out of bounds") {
    const auto reading = read({{"backend", "postgres"},
                               {"database", "host=/run/postgresql"},
                               {"user_query", "a"},
                               {"acl_query", "b"},
                               {"superuser_query", "c"},
                               {"cache_seconds", "3600"},
                               {"statement_timeout_ms", "10"},
                               {"unknown_users", "defer"}});
    REQUIRE(reading.value);
    CHECK(reading.value->kind == sql_auth::backend::postgres);
    CHECK(reading.value->user_query == "a");
    CHECK(reading.value->acl_query == "b");
    CHECK(reading.value->superuser_query == "c");
    CHECK(reading.value->cache_time == std::chrono::hours(1));
    CHECK(reading.value->statement_timeout == std::chrono::milliseconds(10));
    CHECK(reading.value->unknown == sql_auth::unknown_users::defer);

    for (const auto& wrong : std::vector<option_text>{{"cache_seconds", "3601"},
                                                      {"cache_seconds", "-1"},
                                                      {"cache_seconds", ""},
                                                      {"cache_seconds", "5s"},
                                                      {"statement_timeout_ms", "9"},
                                                      {"statement_timeout_ms", "10001"},
                                                      {"unknown_users", "allow"},
                                                      {"user_query", ""}}) {
        INFO(wrong.name << " " << wrong.value);
        const auto refused = read({sqlite, file, wrong});
        CHECK(!refused.value);
        CHECK(refused.problem.starts_with("plugin_opt_" + std::string(wrong.name) + " must be "));
    }
    const std::string long_text(sql_auth::option_bytes_max + 1, 'x');
    CHECK(!read({sqlite, {"database", long_text}}).value);
}

TEST_CASE("an option that the SQL plugin does not know, or gets twice, is a mistake") {
    CHECK(read({sqlite, file, file}).problem == "plugin_opt_database stands there twice");
    const auto unknown = read({sqlite, file, {"hush", "hush"}});
    CHECK(unknown.problem.starts_with("there is an option it does not know; it knows backend, "));
    CHECK(unknown.problem.find("hush") == std::string::npos);
}

TEST_CASE("no problem with the SQL plugin's options repeats a value") {
    for (const char* target : {"postgresql://u:hush@hush@host/d", "postgres://u:hu@sh@host"}) {
        const auto refused = read({{"backend", "postgres"}, {"database", target}});
        CHECK(refused.problem == "plugin_opt_database: an '@' in a password must be written %40");
    }
    CHECK(read({{"backend", "postgres"}, {"database", "postgresql://u:p%40@host/d"}}).value);
    CHECK(read({{"backend", "hush"}}).problem == "plugin_opt_backend must be sqlite or postgres");
}
