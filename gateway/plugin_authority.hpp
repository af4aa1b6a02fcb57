// The plugins of one realm, as the door asks them. Turns the door's questions into the host's and
// back; decides nothing.
#pragma once

#include "mqtt/auth/authority.hpp"
#include "plugin/host.hpp"

namespace gateway {

class plugin_authority final : public mqtt::authority {
public:
    // realm: of the plugins, which may speak for clients of several listeners. requires: asked
    // outlives it
    plugin_authority(plugin::host& asked, std::uint16_t realm) : asked_(asked), realm_(realm) {}

    bool knows_clients() const override;
    bool knows_rights() const override;
    void authenticate(const mqtt::credentials& presented,
                      std::function<void(std::optional<mqtt::decision>)> answer) override;
    void authorize(std::vector<mqtt::question> asked,
                   std::function<void(std::vector<std::optional<bool>>)> answer) override;
    bool inspects() const override;
    void inspect(const mqtt::identity& who, const mqtt::publication& what,
                 std::function<void(mqtt::inspected)> answer) override;
    bool takes_order(std::string_view topic) const override;
    void order(const mqtt::identity& who, std::string_view topic, std::string_view payload,
               std::function<void()> done) override;
    void left(const mqtt::identity& who, mqtt::reason why) override;

private:
    mqtt::identity as_ours(mqtt::identity who) const {
        who.realm = realm_;
        return who;
    }

    plugin::host& asked_;
    std::uint16_t realm_;
};

} // namespace gateway
