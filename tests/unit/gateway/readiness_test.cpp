#include "gateway/readiness.hpp"
#include "tests/support/catch2_any.hpp"

#include <cstdlib>

using gateway::readiness;
using gateway::watchdog_from;

TEST_CASE("the watchdog is for the process that it names") {
    CHECK(watchdog_from("30000000", "17", 17) == std::chrono::seconds(30));
    CHECK(watchdog_from("30000000", nullptr, 17) == std::chrono::seconds(30));
    CHECK_FALSE(watchdog_from("30000000", "18", 17));
    CHECK_FALSE(watchdog_from("30000000", "", 17));
    CHECK_FALSE(watchdog_from(nullptr, "17", 17));
    for (const auto* text : {"", "0", "-1", "soon", "1 ", "99999999999999999999"})
        CHECK_FALSE(watchdog_from(text, nullptr, 17));
}

TEST_CASE("without a service manager, or with a name that can't be one, nobody is told") {
    for (const auto& socket :
         {std::string(), std::string("/"), std::string("notify"), std::string("vsock:1:2"),
          "/" + std::string(200, 'x'), std::string("/nowhere/at/all")}) {
        const readiness told(socket);
        CHECK_FALSE(told.is_heard());
        told.ready("here");
        told.alive();
    }
}

TEST_CASE("what is said to us by the service manager is not handed on") {
    ::setenv("NOTIFY_SOCKET", "/run/notify", 1);
    ::setenv("WATCHDOG_USEC", "5", 1);
    ::setenv("WATCHDOG_PID", "1", 1);
    CHECK(readiness::socket_of_environment() == "/run/notify");
    CHECK_FALSE(readiness::watchdog_of_environment());
    CHECK(std::getenv("NOTIFY_SOCKET") == nullptr);
    CHECK(std::getenv("WATCHDOG_USEC") == nullptr);
    CHECK(std::getenv("WATCHDOG_PID") == nullptr);
    CHECK(readiness::socket_of_environment().empty());
}
