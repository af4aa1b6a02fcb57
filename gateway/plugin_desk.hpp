// The plugins of the process: loaded from the settings, asked through their authorities, and heard
// when they want something of the broker.
#pragma once

#include "gateway/settings.hpp"
#include "gateway/tls_context.hpp"
#include "mqtt/auth/authority.hpp"
#include "mqtt/driver/shard.hpp"
#include "plugin/host.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gateway {

class plugin_desk final : public plugin::broker_side {
public:
    // Loads what the settings name; with none, there is nothing. Throws std::runtime_error with all
    // that is wrong.
    explicit plugin_desk(const settings& all);
    ~plugin_desk() override;

    // By realm; null where no plugin speaks for it.
    const std::vector<std::shared_ptr<mqtt::authority>>& authorities() const {
        return authorities_;
    }
    // By listener; empty functions where no plugin speaks for its clients.
    const std::vector<tls_context::psk_asker>& psk_askers() const { return psk_askers_; }
    // What plugins want of the broker before that waits. requires: shards outlive the desk's use;
    // called once, before they run
    void serve(std::vector<mqtt::shard*> shards);

    // Gives plugins their options anew. answer: what was wrong, or nothing; on any thread.
    void reload(const settings& all, std::function<void(std::string problem)> answer);
    void close();
    void stop();

    void publish(plugin::publish_order what) override;
    void kick(plugin::kick_order whom) override;
    void write_log(plugin::log_level level, std::string_view line) override;
    void set_username(const mqtt::identity& who, std::optional<std::string> username) override;
    int subscription_count(const mqtt::identity& who) override;

private:
    void ask_for_key(plugin::psk_question asked, std::uint16_t realm,
                     tls_context::psk_answer answer);
    static std::vector<plugin::description> descriptions_of(const settings& all);
    static std::uint16_t plugin_realm(const settings& all, std::size_t listener_number);

    std::vector<mqtt::shard*> shards_;
    std::atomic<bool> serving_{false};   // shards_ is there; plugins have a thread of their own
    std::unique_ptr<plugin::host> host_; // null: there are no plugins
    std::vector<std::shared_ptr<mqtt::authority>> authorities_;
    std::vector<tls_context::psk_asker> psk_askers_;
};

} // namespace gateway
