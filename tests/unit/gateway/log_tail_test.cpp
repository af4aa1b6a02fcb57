// The log for those who watch it from afar.
#include "gateway/log_tail.hpp"
#include "gateway/logging.hpp"
#include "tests/support/catch2_any.hpp"

#include <string>
#include <vector>

TEST_CASE("a line that is written is shown, where its type is", "[log]") {
    gateway::log_tail tail;
    std::vector<std::string> shown;
    const auto token = tail.lines().listen([&](const mqtt::event_ptr& what) {
        shown.push_back(std::get<std::string>(what->members[0].second) + ": " +
                        std::get<std::string>(what->members[2].second));
    });
    gateway::log_settings quiet;
    quiet.to_stderr = false;
    quiet.to_topic = true; // whom nobody takes them from
    REQUIRE_FALSE(gateway::log::open(quiet));
    gateway::log::notice("{} and {}", "one", 2);
    gateway::log::debug("not wanted");
    CHECK(shown == std::vector<std::string>{"notice: one and 2"});
    REQUIRE_FALSE(gateway::log::open({}));
}

TEST_CASE("while nobody watches the log nothing is made of its lines", "[log]") {
    gateway::log_tail tail;
    gateway::log_settings quiet;
    quiet.to_stderr = false;
    quiet.to_topic = true; // whom nobody takes them from
    REQUIRE_FALSE(gateway::log::open(quiet));
    gateway::log::notice("nobody hears");
    CHECK_FALSE(tail.lines().has_listeners());
    REQUIRE_FALSE(gateway::log::open({}));
}
