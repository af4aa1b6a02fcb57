#include "plugin/shared_object.hpp"

#include "mqtt/types/utf8.hpp"

#include <dlfcn.h>
#include <utility>

namespace plugin {
namespace {

using version_function = int (*)(int, const int*);
using old_version_function = int (*)();
using init_function = int (*)(mosquitto_plugin_id_t*, void**, mosquitto_opt*, int);
using cleanup_function = int (*)(void*, mosquitto_opt*, int);

template <class Function>
Function symbol(void* handle, const char* name) {
    return reinterpret_cast<Function>(::dlsym(handle, name));
}

// Calls into a plugin. One that throws has failed, whatever it threw: its text may hold a secret.
template <class Call>
int guarded(const Call& call) {
    try {
        return call();
    } catch (...) {
        return MOSQ_ERR_UNKNOWN;
    }
}

} // namespace

std::string printable(std::string_view text, std::size_t most) {
    std::string line(text.substr(0, most));
    for (auto& each : line)
        if (static_cast<unsigned char>(each) < 0x20 || each == 0x7F)
            each = '?';
    // A cut may have left the beginning of a character.
    while (text.size() > most && !line.empty() && !mqtt::is_utf8(line) &&
           static_cast<unsigned char>(line.back()) >= 0x80)
        line.pop_back();
    return line;
}

option_list::option_list(const description& from) {
    texts_.reserve(from.options.size() * 2); // the rows point into it
    for (const auto& [name, value] : from.options) {
        auto& key = texts_.emplace_back(name);
        rows_.push_back({key.data(), texts_.emplace_back(value).data()}); // bound: the file's lines
    }
}

shared_object::shared_object(const description& from, callbacks& registry) : first_options_(from) {
    identifier_.registry = &registry;
    identifier_.path = from.path;
    identifier_.realm = from.realm;
    identifier_.deny_special_characters = from.deny_special_characters;
}

shared_object::opening shared_object::open(const description& from, callbacks& registry) {
    std::unique_ptr<shared_object> made(new shared_object(from, registry));
    if (auto problem = made->start(); !problem.empty())
        return {nullptr, "plugin " + printable(from.path, problem_bytes_max) + ": " + problem};
    return {std::move(made), {}};
}

std::string shared_object::start() {
    // Stays in memory to the end: libraries that it brings in (libpq's) leave handlers of threads
    // and pointers to memory behind, which must not lose their ground.
    handle_ = ::dlopen(identifier_.path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (handle_ == nullptr) {
        const char* why = ::dlerror();
        return "it can't be loaded: " +
               printable(why == nullptr ? "no reason given" : why, problem_bytes_max);
    }
    if (auto problem = check_version(); !problem.empty())
        return problem;
    const auto init = symbol<init_function>(handle_, "mosquitto_plugin_init");
    if (init == nullptr)
        return "it has no function mosquitto_plugin_init";
    if (symbol<cleanup_function>(handle_, "mosquitto_plugin_cleanup") == nullptr)
        return "it has no function mosquitto_plugin_cleanup";
    const int answer = guarded([&] {
        return init(&identifier_, &userdata_, first_options_.first(), first_options_.size());
    });
    if (answer != MOSQ_ERR_SUCCESS)
        return "it does not start: mosquitto_plugin_init answered " + std::to_string(answer) +
               " (" + mosquitto_strerror(answer) + ")";
    initialised_ = true;
    return {};
}

std::string shared_object::check_version() {
    const std::string served = "; Sluice serves version " + std::to_string(interface_version) +
                               " (mosquitto 2.0 and newer)";
    if (const auto version = symbol<version_function>(handle_, "mosquitto_plugin_version")) {
        const int wanted = guarded([&] { return version(1, &interface_version); });
        if (wanted == interface_version)
            return {};
        if (wanted < 0)
            return "it does not work with the plugin interface that is offered" + served;
        return "it wants version " + std::to_string(wanted) + " of the plugin interface" + served;
    }
    if (const auto version =
            symbol<old_version_function>(handle_, "mosquitto_auth_plugin_version")) {
        const int old = guarded([&] { return version(); });
        return "it is written for version " + std::to_string(old) +
               " of the old interface for authentication plugins" + served;
    }
    return "it is no plugin: it has no function mosquitto_plugin_version";
}

option_list& shared_object::replace_options(const description& from) {
    return later_options_.emplace(from);
}

shared_object::~shared_object() {
    if (initialised_) {
        const auto cleanup = symbol<cleanup_function>(handle_, "mosquitto_plugin_cleanup");
        auto& options = later_options_ ? *later_options_ : first_options_;
        guarded([&] { return cleanup(userdata_, options.first(), options.size()); });
    }
    // Nothing of it may be called once it is out of memory.
    identifier_.registry->remove_all(&identifier_);
    if (handle_ != nullptr)
        ::dlclose(handle_);
}

} // namespace plugin
