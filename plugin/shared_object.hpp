// One plugin in memory: opened, initialised, cleaned up once and closed. Of this room only.
// thread: of the plugins
#pragma once

#include "plugin/callbacks.hpp"
#include "plugin/events.hpp"
#include "plugin/interface.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace plugin {

// The version of mosquitto's interface that is served here.
inline constexpr int interface_version = 5;
// Of a problem's text that the system or a plugin gives.
inline constexpr std::size_t problem_bytes_max = 500;

// Options as a plugin is handed them; it may keep the pointers.
class option_list {
public:
    explicit option_list(const description& from);

    mosquitto_opt* first() { return rows_.empty() ? nullptr : rows_.data(); }
    int size() const { return static_cast<int>(rows_.size()); }

private:
    std::vector<std::string> texts_;
    std::vector<mosquitto_opt> rows_;
};

class shared_object {
public:
    struct opening;

    // What has no answer in `problem` is loaded, and its init function has run.
    static opening open(const description& from, callbacks& registry);

    ~shared_object();
    shared_object(const shared_object&) = delete;
    shared_object& operator=(const shared_object&) = delete;

    const std::string& path() const { return identifier_.path; }
    std::uint16_t realm() const { return identifier_.realm; }
    const mosquitto_plugin_id_t* identifier() const { return &identifier_; }

    // Other options from now on; those of the beginning stay valid, as a plugin may have kept them.
    option_list& replace_options(const description& from);

private:
    shared_object(const description& from, callbacks& registry);
    // What is wrong; empty: nothing.
    std::string start();
    std::string check_version();

    void* handle_ = nullptr;
    mosquitto_plugin_id_t identifier_;
    option_list first_options_;
    std::optional<option_list> later_options_;
    void* userdata_ = nullptr;
    bool initialised_ = false;
};

struct shared_object::opening {
    std::unique_ptr<shared_object> opened{}; // null: there is a problem
    std::string problem{};
};

// Control characters become '?', and what is longer than `most` is cut.
std::string printable(std::string_view text, std::size_t most);

} // namespace plugin
