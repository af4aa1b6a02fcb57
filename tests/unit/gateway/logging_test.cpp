#include "gateway/logging.hpp"
#include "tests/support/catch2_any.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

// A log file of its own for each test; the log goes back to stderr behind it.
class log_to_file {
public:
    explicit log_to_file(gateway::log_settings chosen) {
        const int file = ::mkstemp(path_.data());
        REQUIRE(file >= 0);
        ::close(file);
        chosen.to_stderr = false;
        chosen.file = path_;
        CHECK_FALSE(gateway::log::open(chosen));
    }
    ~log_to_file() {
        static_cast<void>(gateway::log::open({}));
        std::remove(path_.c_str());
    }
    log_to_file(const log_to_file&) = delete;
    log_to_file& operator=(const log_to_file&) = delete;

    std::string written() const {
        std::ostringstream text;
        text << std::ifstream(path_).rdbuf();
        return text.str();
    }
    const std::string& path() const { return path_; }

private:
    std::string path_ = "/tmp/sluice-log-XXXXXX";
};

gateway::log_settings without_time() {
    gateway::log_settings chosen;
    chosen.timestamp = false;
    return chosen;
}

} // namespace

TEST_CASE("only the chosen types are written") {
    auto chosen = without_time();
    chosen.types.add(gateway::log_type::subscribe);
    const log_to_file file(chosen);
    gateway::log::error("an error of {}", 5);
    gateway::log::debug("a packet");
    gateway::log::notice("a client {}", gateway::log::quoted("a\nb"));
    gateway::log::line(gateway::log_type::subscribe, "a filter");
    gateway::log::line(gateway::log_type::unsubscribe, "no filter");
    CHECK(file.written() == "an error of 5\na client 'a\\x0ab'\na filter\n");
    CHECK_FALSE(gateway::log::wanted(gateway::log_type::debug));
}

TEST_CASE("text with braces and percent signs is no format") {
    const log_to_file file(without_time());
    gateway::log::write(gateway::log_type::notice, "{} %s %v {0}");
    CHECK(file.written() == "{} %s %v {0}\n");
}

TEST_CASE("lines about clients that come and go can be turned off") {
    auto chosen = without_time();
    chosen.connection_messages = false;
    const log_to_file file(chosen);
    gateway::log::connection("{} connected", "a");
    gateway::log::notice("started");
    CHECK(file.written() == "started\n");
}

TEST_CASE("a line begins with the seconds since 1970, or with the time as asked for") {
    {
        const log_to_file file({});
        gateway::log::notice("started");
        const auto text = file.written();
        CHECK(text.find(": started\n") == text.find_first_not_of("0123456789"));
        CHECK(std::stoll(text) > 1'700'000'000);
    }
    gateway::log_settings chosen;
    chosen.timestamp_format = "%Y|%F|100%%";
    const log_to_file file(chosen);
    gateway::log::notice("started");
    const auto text = file.written();
    CHECK(text.substr(0, 4) == text.substr(5, 4));
    CHECK(text.substr(4, 1) == "|");
    CHECK(text.ends_with("|100%: started\n"));
}

TEST_CASE("nothing is wanted where there is no destination") {
    auto chosen = without_time();
    chosen.to_stderr = false;
    CHECK_FALSE(gateway::log::open(chosen));
    CHECK_FALSE(gateway::log::wanted(gateway::log_type::error));
    gateway::log::error("unheard");
    CHECK_FALSE(gateway::log::open({}));
}

TEST_CASE("a log file that was moved away is written anew after reopening") {
    const log_to_file file(without_time());
    gateway::log::notice("before");
    const auto moved = file.path() + ".1";
    REQUIRE(std::rename(file.path().c_str(), moved.c_str()) == 0);
    gateway::log::notice("still the old one");
    CHECK_FALSE(gateway::log::reopen());
    gateway::log::notice("after");
    CHECK(file.written() == "after\n");
    std::remove(moved.c_str());
}

TEST_CASE("a log file that cannot be opened is told, and the log stays as it was") {
    gateway::log_settings chosen;
    chosen.file = "/nowhere/at/all.log";
    const auto complaint = gateway::log::open(chosen);
    REQUIRE(complaint);
    CHECK(*complaint ==
          "the log file '/nowhere/at/all.log' cannot be opened: No such file or directory");
    CHECK(gateway::log::wanted(gateway::log_type::error));
}

TEST_CASE(
    "each line for subscribers comes once, with the time that all lines have, and no packets") {
    auto chosen = without_time();
    chosen.types.add_all();
    chosen.to_topic = true;
    const log_to_file file(chosen);
    std::vector<std::pair<gateway::log_type, std::string>> told;
    gateway::log::set_topic_sink([&](gateway::log_type type, std::string line) {
        told.emplace_back(type, std::move(line));
    });
    gateway::log::notice("started");
    gateway::log::debug("a packet");
    gateway::log::line(gateway::log_type::unsubscribe, "a filter");
    gateway::log::set_topic_sink({});
    gateway::log::notice("to nobody");
    CHECK(file.written() == "started\na packet\na filter\nto nobody\n");
    REQUIRE(told.size() == 2);
    CHECK(told[0] == std::pair(gateway::log_type::notice, std::string("started")));
    CHECK(told[1] == std::pair(gateway::log_type::unsubscribe, std::string("a filter")));
}

TEST_CASE("packet lines are not even wanted where only subscribers would read them") {
    auto chosen = without_time();
    chosen.to_stderr = false;
    chosen.to_topic = true;
    chosen.types.add_all();
    CHECK_FALSE(gateway::log::open(chosen));
    CHECK(gateway::log::wanted(gateway::log_type::error));
    CHECK(gateway::log::wanted(gateway::log_type::subscribe));
    CHECK_FALSE(gateway::log::wanted(gateway::log_type::debug));
    CHECK_FALSE(gateway::log::open({}));
}

TEST_CASE("a log that is opened anew takes other types, another form and another file") {
    const log_to_file before(without_time());
    gateway::log::notice("one");
    {
        auto chosen = without_time();
        chosen.types.clear();
        chosen.types.add(gateway::log_type::debug);
        chosen.connection_messages = false;
        const log_to_file after(chosen);
        gateway::log::notice("two");
        gateway::log::connection("a client");
        gateway::log::debug("three");
        CHECK(after.written() == "three\n");
    }
    CHECK(before.written() == "one\n");
}

TEST_CASE("every type of line has a name, and a topic that no other has") {
    for (const auto& row : gateway::log_type_table) {
        CHECK(&gateway::row_of(row.type) == &row);
        for (const auto& other : gateway::log_type_table)
            CHECK((&other == &row || row.topic.empty() || other.topic != row.topic));
    }
    CHECK(gateway::row_of(gateway::log_type::debug).topic.empty());
}
