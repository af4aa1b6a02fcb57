#include "plugin/dispatcher.hpp"

#include "plugin/exports.hpp"
#include "plugin/interface.hpp"

#include <utility>

namespace plugin {
namespace {

thread_local dispatcher* dispatcher_of_thread = nullptr;

bool has_nul(const std::string& text) {
    return text.find('\0') != text.npos;
}

} // namespace

dispatcher::dispatcher(broker_side& broker, callbacks& registry)
    : broker_(broker), registry_(registry), outer_(std::exchange(dispatcher_of_thread, this)) {}

dispatcher::~dispatcher() {
    plugins_.clear(); // they may call back while they are cleaned up
    dispatcher_of_thread = outer_;
}

dispatcher* dispatcher::current() {
    return dispatcher_of_thread;
}

void dispatcher::log(log_level level, std::string_view text) {
    broker_.write_log(level, printable(text, log_line_bytes_max));
}

std::vector<std::string> dispatcher::load(const std::vector<description>& what) {
    std::vector<std::string> problems;
    if (const auto missing = missing_export(); !missing.empty())
        return {"this program does not offer " + missing + " to plugins: it was linked wrongly"};
    for (const auto& each : what) {
        auto [opened, problem] = shared_object::open(each, registry_);
        if (opened != nullptr)
            plugins_.push_back(std::move(opened));
        else
            problems.push_back(std::move(problem)); // bound: as plugins_
    }
    if (!problems.empty())
        plugins_.clear();
    return problems;
}

int dispatcher::call(const callback& which, int event, void* argument) {
    if (which.gone)
        return MOSQ_ERR_PLUGIN_DEFER;
    try {
        return which.function(event, argument, which.userdata);
    } catch (...) { // its text may hold a secret
        log(log_level::error, "plugin " + which.owner->path + " has thrown an exception");
        return MOSQ_ERR_UNKNOWN;
    }
}

// The answer of the first that does not defer.
int dispatcher::first_answer(const callback_list& list, int event, void* argument) {
    for (const auto& each : list)
        if (const int answer = call(*each, event, argument); answer != MOSQ_ERR_PLUGIN_DEFER)
            return answer;
    return MOSQ_ERR_PLUGIN_DEFER;
}

auth_answer dispatcher::basic_auth(const mqtt::credentials& presented) {
    const auto list = registry_.of(event::basic_auth, presented.from.realm);
    auto client = client_of(presented);
    // A plugin sees a text up to its first U+0000: it would compare another password.
    if (has_nul(client.username.value_or("")) || has_nul(presented.password.value_or("")))
        return {};
    auto username = client.username.value_or("");
    auto password = presented.password.value_or("");
    mosquitto_evt_basic_auth asked{};
    asked.client = &client;
    asked.username = client.username ? username.data() : nullptr;
    asked.password = presented.password ? password.data() : nullptr;
    const int answer = first_answer(list, MOSQ_EVT_BASIC_AUTH, &asked);
    wipe(password);
    if (answer != MOSQ_ERR_SUCCESS && answer != MOSQ_ERR_PLUGIN_DEFER)
        return {};
    auth_answer verdict;
    verdict.verdict = answer == MOSQ_ERR_SUCCESS ? verdict::granted : verdict::deferred;
    verdict.reason = mqtt::reason::success;
    verdict.username = client.username;
    client.who.username = client.username.value_or("");
    clients_.remember(std::move(client));
    return verdict;
}

auth_step_answer dispatcher::extended_auth(const auth_step& step) {
    const auto what = step.first ? event::extended_auth : event::extended_auth_further;
    const auto list = registry_.of(what, step.presented.from.realm);
    if (has_nul(step.method) || step.received.size() > UINT16_MAX)
        return {};
    auto client = client_of(step.presented);
    mosquitto_evt_extended_auth asked{};
    asked.client = &client;
    asked.auth_method = step.method.c_str();
    asked.data_in = step.received.empty() ? nullptr : step.received.data();
    asked.data_in_len = static_cast<std::uint16_t>(step.received.size());
    const int answer = first_answer(list, number_of(what), &asked);
    auth_step_answer said;
    if (asked.data_out != nullptr)
        said.answer.assign(static_cast<const char*>(asked.data_out), asked.data_out_len);
    mosquitto_free(asked.data_out);
    said.username = client.username;
    if (answer == MOSQ_ERR_SUCCESS) {
        said.reason = mqtt::reason::success;
        client.who.username = client.username.value_or("");
        clients_.remember(std::move(client));
    } else if (answer == MOSQ_ERR_AUTH_CONTINUE) {
        said.reason = mqtt::reason::continue_authentication;
    } else if (answer == MOSQ_ERR_PLUGIN_DEFER || answer == MOSQ_ERR_NOT_SUPPORTED) {
        said.reason = mqtt::reason::bad_authentication_method; // [MQTT-4.12.0-1]
    }
    return said;
}

void dispatcher::disconnected(const mqtt::identity& who, mqtt::reason why) {
    for (const auto& each : registry_.of(event::disconnect, who.realm)) {
        mosquitto_evt_disconnect told{};
        told.client = &clients_.find(who);
        told.reason = static_cast<int>(why);
        call(*each, MOSQ_EVT_DISCONNECT, &told);
    }
    clients_.forget(who);
}

// What keeps these lines from being those of the plugins that run; empty: nothing.
std::string dispatcher::difference(const std::vector<description>& what) const {
    bool same = what.size() == plugins_.size();
    for (std::size_t at = 0; same && at < what.size(); ++at)
        same = what[at].path == plugins_[at]->path() && what[at].realm == plugins_[at]->realm();
    return same ? std::string() : "other plugins than those that run need a restart";
}

std::string dispatcher::reload(const std::vector<description>& what) {
    auto problem = difference(what);
    if (!problem.empty())
        return problem;
    for (std::size_t at = 0; at < what.size(); ++at) {
        auto& options = plugins_[at]->replace_options(what[at]);
        for (const auto& each : registry_.of(plugins_[at]->identifier(), event::reload)) {
            mosquitto_evt_reload told{};
            told.options = options.first();
            told.option_count = options.size();
            const int answer = call(*each, MOSQ_EVT_RELOAD, &told);
            if (answer != MOSQ_ERR_SUCCESS && answer != MOSQ_ERR_PLUGIN_DEFER && problem.empty())
                problem = "plugin " + printable(what[at].path, problem_bytes_max) +
                          ": it could not reload: " + mosquitto_strerror(answer);
        }
    }
    return problem;
}

void dispatcher::tick() {
    for (const auto& each : registry_.of_every_realm(event::tick)) {
        timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        mosquitto_evt_tick told{};
        told.now_s = now.tv_sec;
        told.now_ns = now.tv_nsec;
        call(*each, MOSQ_EVT_TICK, &told);
    }
}

} // namespace plugin
