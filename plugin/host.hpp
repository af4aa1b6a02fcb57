// Loads shared objects that are written for mosquitto's plugin interface, version 5, and asks them.
// They live on one thread of their own: a slow one delays who waits for its answer, and nobody
// else. Whatever goes wrong with a plugin, the answer is no.
#pragma once

#include "plugin/broker_side.hpp"
#include "plugin/events.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace plugin {

// Requests that wait for the plugins. Each address has its turn; who asks for most gives way.
inline constexpr std::size_t requests_max = 4096;
// How often MOSQ_EVT_TICK comes, at least.
inline constexpr std::chrono::milliseconds tick_every{100};

class host {
public:
    struct loading;

    // Loads all, in this order, or none. Blocks until their init functions are through.
    static loading load(std::vector<description> what, broker_side& broker);

    ~host();
    host(const host&) = delete;
    host& operator=(const host&) = delete;

    // Whether a plugin of the realm has registered for it; that may change while they run. What
    // nobody asks for needs no request. thread: any
    bool asks(event what, std::uint16_t realm = 0) const;
    // thread: any
    bool handles_control(std::string_view topic, std::uint16_t realm = 0) const;

    // Requests. Each is answered exactly once, in the order of asking for one address, on the
    // plugins' thread; or at once, on the thread of somebody who asks, when there is no place
    // (server_busy) or the end has begun (server_shutting_down). thread: any

    // Unless denied, they are remembered until disconnected(), for what a plugin wants to know of
    // the client later. Not asked for again once connect_deadline is over: server_busy.
    void basic_auth(mqtt::credentials presented, std::function<void(auth_answer)> answer);
    void extended_auth(auth_step step, std::function<void(auth_step_answer)> answer);
    // A verdict for each question. requires: not empty
    void check(std::vector<question> asked, std::function<void(std::vector<verdict>)> answer);
    void psk_key(psk_question asked, std::function<void(psk_answer)> answer);
    // A PUBLISH that is let in already; plugins may change or refuse it.
    void message(plugin::message published, std::function<void(message_answer)> answer);
    // requires: handles_control(topic), and the client may publish there
    void control(plugin::message ordered, std::function<void(control_answer)> answer);
    void disconnected(mqtt::identity who, mqtt::reason why);
    // Gives the plugins their options anew; the plugins stay the same. Answers with what was wrong,
    // or with nothing.
    void reload(std::vector<description> what, std::function<void(std::string problem)> answer);

    // The end begins: who waits is refused, and so is who comes. thread: any
    void close();
    // Closes, waits for what a plugin is in the middle of, and cleans them up. Nobody is called
    // back afterwards. thread: any but the plugins'
    void stop();

private:
    class engine;
    explicit host(std::unique_ptr<engine> made);

    std::unique_ptr<engine> engine_;
};

struct host::loading {
    std::unique_ptr<host> loaded{};      // null: there are problems
    std::vector<std::string> problems{}; // sentences
};

} // namespace plugin
