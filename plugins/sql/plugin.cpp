// The three functions of mosquitto's plugin interface 5, and the callbacks behind them. Turns the
// broker's structures into questions to the authority, and lets no exception out.
#include "plugins/sql/authority.hpp"

#include <array>
#include <chrono>
#include <exception>
#include <memory>
#include <mosquitto.h>
#include <mosquitto_broker.h>
#include <mosquitto_plugin.h>
#include <string>
#include <utility>
#include <vector>

#define SQL_AUTH_EXPORT __attribute__((visibility("default")))

namespace {

using sql_auth::authority;
using sql_auth::operation;
using sql_auth::verdict;

int mosquitto_level(sql_auth::log_level level) {
    switch (level) {
    case sql_auth::log_level::notice:
        return MOSQ_LOG_NOTICE;
    case sql_auth::log_level::warning:
        return MOSQ_LOG_WARNING;
    case sql_auth::log_level::error:
        break;
    }
    return MOSQ_LOG_ERR;
}

void log_line(sql_auth::log_level level, const std::string& text) {
    mosquitto_log_printf(mosquitto_level(level), "%s", text.c_str());
}

int answer_of(verdict decided, int denial) {
    switch (decided) {
    case verdict::allowed:
        return MOSQ_ERR_SUCCESS;
    case verdict::not_mine:
        return MOSQ_ERR_PLUGIN_DEFER;
    case verdict::denied:
        break;
    }
    return denial;
}

// An exception that crossed the broker's C frames would end it; out of memory is no reason to let
// anybody in.
template <class Decide>
int guarded(int denial, Decide decide) {
    try {
        return decide();
    } catch (const std::exception&) {
        return denial;
    }
}

int on_basic_auth(int, void* event, void* self) {
    const auto* asked = static_cast<const mosquitto_evt_basic_auth*>(event);
    if (asked->username == nullptr)
        return MOSQ_ERR_PLUGIN_DEFER; // allow_anonymous decides
    if (asked->password == nullptr)
        return MOSQ_ERR_AUTH;
    return guarded(MOSQ_ERR_AUTH, [&] {
        auto& decider = *static_cast<authority*>(self);
        return answer_of(decider.check_password(asked->username, asked->password), MOSQ_ERR_AUTH);
    });
}

std::optional<operation> operation_of(int access) {
    switch (access) {
    case MOSQ_ACL_READ:
        return operation::read;
    case MOSQ_ACL_WRITE:
        return operation::write;
    case MOSQ_ACL_SUBSCRIBE:
        return operation::subscribe;
    default:
        return std::nullopt;
    }
}

std::string_view text_of(const char* text) {
    return text == nullptr ? std::string_view() : text;
}

int on_acl_check(int, void* event, void* self) {
    const auto* asked = static_cast<const mosquitto_evt_acl_check*>(event);
    const char* username = mosquitto_client_username(asked->client);
    if (username == nullptr)
        return MOSQ_ERR_PLUGIN_DEFER;
    if (asked->access == MOSQ_ACL_UNSUBSCRIBE)
        return MOSQ_ERR_SUCCESS; // nobody gets more by it
    const auto what = operation_of(asked->access);
    if (!what || asked->topic == nullptr)
        return MOSQ_ERR_ACL_DENIED;
    return guarded(MOSQ_ERR_ACL_DENIED, [&] {
        auto& decider = *static_cast<authority*>(self);
        const sql_auth::asker who{username, text_of(mosquitto_client_id(asked->client))};
        return answer_of(decider.check_access(who, *what, asked->topic), MOSQ_ERR_ACL_DENIED);
    });
}

int on_reload(int, void*, void* self) {
    return guarded(MOSQ_ERR_UNKNOWN, [&] {
        static_cast<authority*>(self)->reload();
        return MOSQ_ERR_SUCCESS;
    });
}

struct callback_row {
    int event;
    MOSQ_FUNC_generic_callback call;
};

constexpr std::array callbacks{
    callback_row{MOSQ_EVT_BASIC_AUTH, on_basic_auth},
    callback_row{MOSQ_EVT_ACL_CHECK, on_acl_check},
    callback_row{MOSQ_EVT_RELOAD, on_reload},
};

// What the broker hands back at the end.
struct loaded_plugin {
    mosquitto_plugin_id_t* identifier = nullptr;
    std::unique_ptr<authority> decider;
};

std::unique_ptr<authority> make_authority(const mosquitto_opt* options, int count) {
    std::vector<sql_auth::option_text> given; // bound: the lines of a file of the operator's
    for (int number = 0; number < count; ++number)
        given.push_back({text_of(options[number].key), text_of(options[number].value)});
    const auto reading = sql_auth::read_settings(given);
    if (!reading.value) {
        log_line(sql_auth::log_level::error, "sql_auth: " + reading.problem);
        return nullptr;
    }
    auto source = reading.value->kind == sql_auth::backend::sqlite
                      ? sql_auth::make_sqlite_database(*reading.value)
                      : sql_auth::make_postgres_database(*reading.value);
    if (source == nullptr) {
        log_line(sql_auth::log_level::error,
                 "sql_auth: plugin_opt_database is no connection string that libpq can read");
        return nullptr;
    }
    return std::make_unique<authority>(*reading.value, std::move(source),
                                       std::chrono::steady_clock::now, log_line);
}

void unregister(const loaded_plugin& plugin) {
    for (const auto& each : callbacks)
        mosquitto_callback_unregister(plugin.identifier, each.event, each.call, nullptr);
}

int start(mosquitto_plugin_id_t* identifier, void** self, const mosquitto_opt* options, int count) {
    auto plugin = std::make_unique<loaded_plugin>();
    plugin->identifier = identifier;
    plugin->decider = make_authority(options, count);
    if (plugin->decider == nullptr)
        return MOSQ_ERR_INVAL;
    for (const auto& each : callbacks) {
        const int done = mosquitto_callback_register(identifier, each.event, each.call, nullptr,
                                                     plugin->decider.get());
        if (done != MOSQ_ERR_SUCCESS) {
            unregister(*plugin);
            return done;
        }
    }
    plugin->decider->start();
    *self = plugin.release();
    return MOSQ_ERR_SUCCESS;
}

} // namespace

extern "C" SQL_AUTH_EXPORT int mosquitto_plugin_version(int count, const int* versions) {
    for (int number = 0; number < count; ++number)
        if (versions[number] == MOSQ_PLUGIN_VERSION)
            return MOSQ_PLUGIN_VERSION;
    return -1;
}

extern "C" SQL_AUTH_EXPORT int mosquitto_plugin_init(mosquitto_plugin_id_t* identifier, void** self,
                                                     mosquitto_opt* options, int count) {
    return guarded(MOSQ_ERR_NOMEM, [&] { return start(identifier, self, options, count); });
}

extern "C" SQL_AUTH_EXPORT int mosquitto_plugin_cleanup(void* self, mosquitto_opt*, int) {
    const std::unique_ptr<loaded_plugin> plugin(static_cast<loaded_plugin*>(self));
    if (plugin != nullptr)
        unregister(*plugin);
    return MOSQ_ERR_SUCCESS;
}
