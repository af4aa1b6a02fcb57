#include "gateway/log_topics.hpp"
#include "gateway/logging.hpp"
#include "tests/support/catch2_any.hpp"

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

using gateway::log_topics;

// The log goes to subscribers only; posted work runs when the test says so.
class topics_on_paper {
public:
    topics_on_paper() {
        gateway::log_settings chosen;
        chosen.to_stderr = false;
        chosen.to_topic = true;
        chosen.timestamp = false;
        CHECK_FALSE(gateway::log::open(chosen));
        topics_ = std::make_unique<log_topics>(
            [this](log_topics::work work) { posted.push_back(std::move(work)); },
            [this](std::string_view topic, std::string_view line) {
                published.push_back(std::string(topic) + " " + std::string(line));
                if (chatty)
                    gateway::log::notice("published a line");
            });
    }
    ~topics_on_paper() { static_cast<void>(gateway::log::open({})); }
    topics_on_paper(const topics_on_paper&) = delete;
    topics_on_paper& operator=(const topics_on_paper&) = delete;

    void run() {
        for (auto& work : std::exchange(posted, {}))
            work();
    }
    void end() { topics_.reset(); }

    std::deque<log_topics::work> posted;
    std::vector<std::string> published;
    bool chatty = false;

private:
    std::unique_ptr<log_topics> topics_;
};

} // namespace

TEST_CASE("lines are published in their order, with one piece of work for all that wait") {
    topics_on_paper paper;
    gateway::log::notice("one");
    gateway::log::error("two");
    gateway::log::warning("three");
    gateway::log::information("four");
    CHECK(paper.published.empty());
    CHECK(paper.posted.size() == 1);
    paper.run();
    CHECK(paper.published ==
          std::vector<std::string>{"$SYS/broker/log/N one", "$SYS/broker/log/E two",
                                   "$SYS/broker/log/W three", "$SYS/broker/log/I four"});
    gateway::log::notice("five");
    paper.run();
    CHECK(paper.published.back() == "$SYS/broker/log/N five");
}

TEST_CASE("a line that the publishing of a line makes is not published") {
    topics_on_paper paper;
    paper.chatty = true;
    gateway::log::notice("one");
    paper.run();
    CHECK(paper.posted.empty());
    CHECK(paper.published.size() == 1);
    gateway::log::notice("two");
    paper.run();
    CHECK(paper.published.size() == 2);
}

TEST_CASE("lines that come too fast are dropped, and their number is told") {
    topics_on_paper paper;
    for (std::size_t i = 0; i < log_topics::lines_max + 7; ++i)
        gateway::log::notice("line {}", i);
    paper.run();
    REQUIRE(paper.published.size() == log_topics::lines_max + 1);
    CHECK(paper.published[log_topics::lines_max - 1] == "$SYS/broker/log/N line 999");
    CHECK(paper.published.back() ==
          "$SYS/broker/log/W 7 lines of the log are missing here: they came too fast.");
    gateway::log::notice("again");
    paper.run();
    CHECK(paper.published.back() == "$SYS/broker/log/N again");
}

TEST_CASE("work that is left over at the end publishes nothing") {
    topics_on_paper paper;
    gateway::log::notice("one");
    paper.end();
    gateway::log::notice("two");
    paper.run();
    CHECK(paper.published.empty());
}
