// Plugins that are functions of a test, in the hands of a dispatcher, without a shared object and
// without a thread.
#pragma once

#include "plugin/dispatcher.hpp"
#include "tests/support/catch2_any.hpp"
#include "tests/unit/plugin/recording_broker.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using reaction = std::function<int(void*)>;

inline int react(int, void* argument, void* userdata) {
    return (*static_cast<reaction*>(userdata))(argument);
}

inline int react_second(int, void* argument, void* userdata) {
    return (*static_cast<reaction*>(userdata))(argument);
}

// Two plugins, asked in this order, and what asks them.
struct staged_plugins {
    staged_plugins() {
        first.registry = second.registry = &registry;
        first.path = "first.so";
        second.path = "second.so";
    }
    void on(int event, reaction does, const char* topic = nullptr) {
        add(first, event, react, std::move(does), topic);
    }
    void on_second(int event, reaction does) {
        add(second, event, react_second, std::move(does), nullptr);
    }

    recording_broker broker;
    plugin::callbacks registry;
    mosquitto_plugin_id_t first;
    mosquitto_plugin_id_t second;
    std::vector<std::unique_ptr<reaction>> reactions;
    plugin::dispatcher stage{broker, registry};

private:
    void add(mosquitto_plugin_id_t& owner, int event, MOSQ_FUNC_generic_callback function,
             reaction does, const char* topic) {
        reactions.push_back(std::make_unique<reaction>(std::move(does)));
        REQUIRE(mosquitto_callback_register(&owner, event, function, topic,
                                            reactions.back().get()) == MOSQ_ERR_SUCCESS);
    }
};

inline reaction answering(int answer) {
    return [answer](void*) { return answer; };
}

inline int throws(void*) {
    throw std::runtime_error("secret");
}

inline plugin::message message_of(std::string topic, std::string payload) {
    plugin::message made;
    made.from = identity_of("meter-1", "ada");
    made.topic = std::move(topic);
    made.payload = std::move(payload);
    return made;
}
