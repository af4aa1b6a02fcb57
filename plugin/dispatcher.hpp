// Asks the plugins, one after the other, and makes sense of what they answer. Knows no queue: all
// of it runs on the plugins' thread, where it is made and destroyed. Of this room only.
#pragma once

#include "plugin/broker_side.hpp"
#include "plugin/callbacks.hpp"
#include "plugin/client.hpp"
#include "plugin/events.hpp"
#include "plugin/shared_object.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace plugin {

class dispatcher {
public:
    dispatcher(broker_side& broker, callbacks& registry);
    ~dispatcher();
    dispatcher(const dispatcher&) = delete;
    dispatcher& operator=(const dispatcher&) = delete;

    // The one of this thread, for the functions that plugins import; null: a thread that a plugin
    // has made itself, which those functions don't serve.
    static dispatcher* current();

    // What is wrong; then none is loaded.
    std::vector<std::string> load(const std::vector<description>& what);

    auth_answer basic_auth(const mqtt::credentials& presented);
    auth_step_answer extended_auth(const auth_step& step);
    std::vector<verdict> check(const std::vector<question>& asked);
    psk_answer psk_key(const psk_question& asked);
    message_answer message(plugin::message published);
    control_answer control(const plugin::message& ordered);
    void disconnected(const mqtt::identity& who, mqtt::reason why);
    std::string reload(const std::vector<description>& what);
    void tick();

    broker_side& broker() { return broker_; }
    void log(log_level level, std::string_view text);

private:
    // MOSQ_ERR_...; what a plugin throws ends here, as MOSQ_ERR_UNKNOWN.
    int call(const callback& which, int event, void* argument);
    int first_answer(const callback_list& list, int event, void* argument);
    verdict check_one(const question& asked);
    verdict ask_access(const question& asked, const callback_list& list);
    std::string difference(const std::vector<description>& what) const;

    broker_side& broker_;
    callbacks& registry_;
    std::vector<std::unique_ptr<shared_object>> plugins_; // bound: the file's lines
    client_table clients_;
    dispatcher* outer_; // of this thread before; tests have several
};

} // namespace plugin
