// Shared objects, and the thread that they live on. The case waits for answers, never for time.
#include "plugin/host.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/plugin/recording_broker.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

using namespace plugin;
namespace fs = std::filesystem;

namespace {

const std::string plugins = SLUICE_TEST_PLUGINS;

// A folder of this case, with what the probe plugin has recorded.
struct recorded {
    recorded() {
        std::string pattern = (fs::temp_directory_path() / "probe-XXXXXX").string();
        REQUIRE(::mkdtemp(pattern.data()) != nullptr);
        folder = pattern;
    }
    ~recorded() { fs::remove_all(folder); }

    std::string file() const { return (folder / "record").string(); }
    description probe(std::vector<std::pair<std::string, std::string>> options = {}) const {
        options.insert(options.begin(), {"record", file()});
        return {plugins + "probe_plugin.so", std::move(options)};
    }
    // The words of the lines that begin with this one, without ticks.
    std::vector<std::string> lines(const std::string& event = "") const {
        std::vector<std::string> found;
        std::ifstream from(file());
        for (std::string line; std::getline(from, line);)
            if (line.starts_with(event) && (!event.empty() || !line.starts_with("tick")))
                found.push_back(line);
        return found;
    }

    fs::path folder;
};

std::unique_ptr<host> loaded(const std::vector<description>& what, recording_broker& broker) {
    auto loading = host::load(what, broker);
    INFO((loading.problems.empty() ? "" : loading.problems.front()));
    REQUIRE(loading.loaded != nullptr);
    return std::move(loading.loaded);
}

std::string problem_of(const std::string& path) {
    recording_broker broker;
    const auto loading = host::load({{path}}, broker);
    CHECK(loading.loaded == nullptr);
    REQUIRE(loading.problems.size() == 1);
    return loading.problems.front();
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
}

// The answer to one request.
template <class Answer>
struct awaited {
    std::promise<Answer> given;

    std::function<void(Answer)> taker() {
        return [this](Answer answer) { given.set_value(std::move(answer)); };
    }
    Answer get() { return given.get_future().get(); }
};

auth_answer asked(host& plugins_of, const mqtt::credentials& presented) {
    awaited<auth_answer> answer;
    plugins_of.basic_auth(presented, answer.taker());
    return answer.get();
}

// Keeps the plugins' thread in the answer to a request until it is released.
class held_thread {
public:
    explicit held_thread(host& of) {
        of.psk_key({"", "nobody", {}}, [this](psk_answer) {
            held_.set_value();
            released_.get_future().wait();
        });
        held_.get_future().wait();
    }
    void release() { released_.set_value(); }

private:
    std::promise<void> held_;
    std::promise<void> released_;
};

plugin::message message_of(std::string topic, std::string payload) {
    plugin::message made;
    made.from = identity_of("c", "ada");
    made.topic = std::move(topic);
    made.payload = std::move(payload);
    return made;
}

} // namespace

TEST_CASE("what is no plugin of version 5 is refused with a sentence") {
    CHECK(contains(problem_of("/nowhere/x.so"), "plugin /nowhere/x.so: it can't be loaded: "));
    CHECK(contains(problem_of(plugins + "CMakeFiles"), "it can't be loaded: "));
    recorded with;
    std::ofstream(with.file()) << "no shared object";
    CHECK(contains(problem_of(with.file()), "it can't be loaded: "));
    CHECK(contains(problem_of(plugins + "wrong_empty.so"),
                   "it is no plugin: it has no function mosquitto_plugin_version"));
    CHECK(contains(problem_of(plugins + "wrong_import.so"), "mosquitto_function_of_the_future"));
    CHECK(contains(problem_of(plugins + "wrong_init.so"),
                   "it does not start: mosquitto_plugin_init answered 11 (The authentication "
                   "failed.)"));
    CHECK(contains(problem_of(plugins + "wrong_old.so"),
                   "it is written for version 4 of the old interface for authentication plugins; "
                   "Sluice serves version 5"));
    CHECK(contains(problem_of(plugins + "wrong_version.so"),
                   "it wants version 3 of the plugin interface; Sluice serves version 5"));
    CHECK(contains(problem_of(plugins + "wrong_refusing.so"),
                   "it does not work with the plugin interface that is offered"));
}

TEST_CASE("one plugin that can't be loaded keeps the others from running, and all are named") {
    recorded with;
    recording_broker broker;
    const auto loading =
        host::load({with.probe(), {"/nowhere/x.so"}, {plugins + "wrong_old.so"}}, broker);
    CHECK(loading.loaded == nullptr);
    CHECK(loading.problems.size() == 2);
    CHECK(with.lines("init").size() == 1);
    CHECK(with.lines("cleanup").size() == 1);
}

TEST_CASE("a plugin is asked on one thread, told its options, and cleaned up once") {
    recorded with;
    recording_broker broker;
    auto running = loaded({with.probe({{"deny_username", "eve"}})}, broker);
    CHECK(running->asks(event::basic_auth));
    CHECK(running->asks(event::acl_check));
    CHECK_FALSE(running->asks(event::extended_auth));
    CHECK_FALSE(running->asks(event::basic_auth, 1));
    CHECK(running->handles_control("$CONTROL/probe"));
    CHECK_FALSE(running->handles_control("$CONTROL/other"));
    CHECK(asked(*running, credentials_of("c", "ada", "pw")).verdict == verdict::granted);
    CHECK(asked(*running, credentials_of("c", "eve", "pw")).verdict == verdict::denied);
    running->disconnected(identity_of("c", "ada"), mqtt::reason::keep_alive_timeout);
    awaited<std::string> reloaded;
    running->reload({with.probe({{"deny_username", "eve"}, {"more", "x y"}})}, reloaded.taker());
    CHECK(reloaded.get().empty());
    running->stop();
    running->stop();
    running.reset();

    const auto lines = with.lines();
    REQUIRE(lines.size() == 6);
    CHECK(contains(lines[0], "deny_username=eve"));
    CHECK(contains(lines[1], "address=203.0.113.7"));
    CHECK(contains(lines[3], "reason=141"));
    CHECK(contains(lines[4], "more=x%20y"));
    CHECK(lines[5].starts_with("cleanup"));
    const auto thread_of = [](const std::string& line) {
        const auto at = line.find("thread=");
        return line.substr(at, line.find(' ', at) - at);
    };
    for (const auto& line : lines)
        CHECK(thread_of(line) == thread_of(lines[0]));
}

TEST_CASE("a plugin that takes its time does not keep who asks, and the answers keep their order") {
    recorded with;
    recording_broker broker;
    auto running = loaded({with.probe()}, broker);
    held_thread held(*running);
    std::vector<int> answered;
    std::promise<void> all;
    for (int number = 0; number < 5; ++number)
        running->basic_auth(credentials_of("c", std::to_string(number), "pw"),
                            [&, number](auth_answer) {
                                answered.push_back(number);
                                if (number == 4)
                                    all.set_value();
                            });
    CHECK(with.lines("basic_auth").empty());
    held.release();
    all.get_future().wait();
    CHECK(answered == std::vector{0, 1, 2, 3, 4});
    CHECK(with.lines("basic_auth").size() == 5);
}

TEST_CASE("a message is rewritten, a command carried out, and what it publishes is handed on") {
    recorded with;
    recording_broker broker;
    auto running =
        loaded({with.probe({{"rewrite_topic", "a"}, {"rewrite_payload", "other"}})}, broker);
    awaited<message_answer> rewritten;
    running->message(message_of("a", "this"), rewritten.taker());
    CHECK(rewritten.get().message.payload == "other");
    awaited<control_answer> done;
    running->control(message_of("$CONTROL/probe", "publish b hello"), done.taker());
    CHECK(done.get().reason == mqtt::reason::success);
    running->stop();
    REQUIRE(broker.published.size() == 2);
    CHECK(broker.published[0].topic == "b");
    CHECK(broker.published[0].payload == "hello");
    CHECK(broker.published[1].client_id == "c");
}

TEST_CASE("a plugin may run for each realm, but a command topic belongs to one plugin of a realm") {
    recorded first;
    recorded second;
    recording_broker broker;
    auto described = second.probe({{"deny_topic", "secret"}});
    CHECK(contains(host::load({first.probe(), described}, broker).problems.front(),
                   "mosquitto_plugin_init answered 31"));
    described.realm = 1;
    auto running = loaded({first.probe(), described}, broker);
    auto elsewhere = identity_of("c", "ada");
    elsewhere.realm = 1;
    awaited<std::vector<verdict>> verdicts;
    running->check({{elsewhere, mqtt::operation::receive, "secret", {}, false, {}},
                    {identity_of("c", "ada"), mqtt::operation::receive, "secret", {}, false, {}}},
                   verdicts.taker());
    CHECK(verdicts.get() == std::vector{verdict::denied, verdict::granted});
    CHECK(first.lines("acl_check").size() == 1);
    CHECK(second.lines("acl_check").size() == 1);
    awaited<std::string> other;
    running->reload({first.probe()}, other.taker());
    CHECK(other.get() == "other plugins than those that run need a restart");
    CHECK(first.lines("reload").empty());
}

TEST_CASE("ticks come without anybody asking") {
    recorded with;
    recording_broker broker;
    auto running = loaded({with.probe()}, broker);
    const auto began = std::chrono::steady_clock::now();
    while (with.lines("tick").size() < 2 &&
           std::chrono::steady_clock::now() - began < std::chrono::seconds(10))
        std::this_thread::yield();
    CHECK(with.lines("tick").size() >= 2);
}

TEST_CASE("where too many wait the one who asks most is refused, and the log says it once") {
    recorded with;
    recording_broker broker;
    auto running = loaded({with.probe()}, broker);
    held_thread held(*running);
    std::vector<mqtt::reason> refused; // on this thread, as the other is held
    std::size_t answered = 0;
    const auto asking = std::this_thread::get_id();
    for (std::size_t number = 0; number < requests_max + 3; ++number)
        running->message(message_of("a", ""), [&](message_answer answer) {
            if (std::this_thread::get_id() == asking)
                refused.push_back(answer.reason);
            else
                ++answered;
        });
    CHECK(refused == std::vector(3, mqtt::reason::server_busy));
    awaited<psk_answer> elsewhere; // another address takes the place of one of them
    mqtt::entry other{};
    other.address = "203.0.113.8:1";
    running->psk_key({"", "nobody", other}, elsewhere.taker());
    CHECK(refused.size() == 4);
    held.release();
    CHECK(elsewhere.get().key == std::nullopt);
    running->close();
    running->stop();
    CHECK(std::count_if(broker.logged.begin(), broker.logged.end(), [](const auto& each) {
              return contains(each.second, "others are refused");
          }) == 1);
    CHECK(answered + refused.size() == requests_max + 3);
}

TEST_CASE("once the end has begun everybody is refused") {
    recorded with;
    recording_broker broker;
    auto running = loaded({with.probe()}, broker);
    running->stop();
    const auto refused = asked(*running, credentials_of("c", "ada", "pw"));
    CHECK(refused.verdict == verdict::denied);
    CHECK(refused.reason == mqtt::reason::server_shutting_down);
    awaited<std::vector<verdict>> verdicts;
    running->check({{identity_of("c", "ada"), mqtt::operation::receive, "a", {}, false, {}}},
                   verdicts.taker());
    CHECK(verdicts.get() == std::vector{verdict::denied});
    awaited<message_answer> message;
    running->message(message_of("a", "b"), message.taker());
    CHECK(message.get().reason == mqtt::reason::server_shutting_down);
    awaited<psk_answer> key;
    running->psk_key({"", "nobody", {}}, key.taker());
    CHECK(key.get().key == std::nullopt);
}
