#include "gateway/listener_tls.hpp"

#include <utility>

namespace gateway {

tls_context::psk_source keys_of(const security_settings& security) {
    return [keys = security.keys](std::string_view identity) -> std::optional<std::string> {
        if (keys == nullptr)
            return std::nullopt;
        const auto found = keys->find(identity);
        return found ? std::optional(std::string(*found)) : std::nullopt;
    };
}

std::vector<std::shared_ptr<const tls_context>>
make_tls(const settings& all, const std::vector<tls_context::psk_asker>& askers,
         std::vector<finding>& problems) {
    std::vector<std::shared_ptr<const tls_context>> made;
    for (std::size_t number = 0; number < all.listeners.size(); ++number) {
        const auto& rules = all.listeners[number];
        std::vector<std::string> sentences;
        made.push_back(nullptr); // bound: listeners
        if (rules.tls.any())
            made.back() = tls_context::make(
                rules.tls, rules.protocol, keys_of(all.security_of(rules)),
                number < askers.size() ? askers[number] : tls_context::psk_asker(), sentences);
        for (auto& each : sentences)
            problems.push_back({rules.configured_at, "listener", std::move(each)});
    }
    return made;
}

} // namespace gateway
