// A broker that writes down what plugins ask of it. Its lists are read when the plugins' thread is
// known to be through.
#pragma once

#include "plugin/broker_side.hpp"

#include <mutex>
#include <string>
#include <utility>
#include <vector>

struct recording_broker final : plugin::broker_side {
    void publish(plugin::publish_order what) override {
        const std::scoped_lock hold(lock);
        published.push_back(std::move(what));
    }
    void kick(plugin::kick_order whom) override { kicked.push_back(std::move(whom)); }
    void write_log(plugin::log_level level, std::string_view line) override {
        const std::scoped_lock hold(lock);
        logged.emplace_back(level, line);
    }
    void set_username(const mqtt::identity& who, std::optional<std::string> username) override {
        renamed.emplace_back(who.client_id, std::move(username));
    }
    int subscription_count(const mqtt::identity&) override { return subscriptions; }

    bool has_logged(std::string_view part) {
        const std::scoped_lock hold(lock);
        for (const auto& [level, line] : logged)
            if (line.find(part) != line.npos)
                return true;
        return false;
    }

    std::mutex lock;
    std::vector<plugin::publish_order> published;
    std::vector<plugin::kick_order> kicked;
    std::vector<std::pair<plugin::log_level, std::string>> logged;
    std::vector<std::pair<std::string, std::optional<std::string>>> renamed;
    int subscriptions = 0;
};

inline mqtt::credentials credentials_of(std::string client_id, std::string username,
                                        std::string password) {
    mqtt::credentials made{};
    made.client_id = std::move(client_id);
    made.username = std::move(username);
    made.password = std::move(password);
    made.from.address = "203.0.113.7:51234";
    return made;
}

inline mqtt::identity identity_of(std::string client_id, std::string username) {
    mqtt::identity made{};
    made.client_id = std::move(client_id);
    made.username = std::move(username);
    made.address = "203.0.113.7:51234";
    return made;
}
