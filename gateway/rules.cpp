#include "gateway/rules.hpp"

namespace gateway {

std::shared_ptr<const mqtt::rule_book>
make_rules(const settings& all, const std::vector<std::shared_ptr<mqtt::authority>>& plugins) {
    auto book = std::make_shared<mqtt::rule_book>();
    for (std::size_t realm = 0; realm < all.listeners.size(); ++realm) {
        const auto& said = all.security_of(all.listeners[realm]);
        mqtt::realm_rules rules;
        rules.allow_anonymous = all.anonymous_allowed(all.listeners[realm]);
        rules.users = said.users;
        rules.rights = said.rights;
        rules.token_keys = said.token_keys;
        rules.tokens = said.tokens;
        // Loopback, and no users: the one who has started it is the one who asks.
        rules.all_administer = all.local_only && rules.allow_anonymous && rules.users == nullptr;
        if (realm < plugins.size())
            rules.plugins = plugins[realm];
        book->push_back(std::move(rules)); // bound: listeners
    }
    return book;
}

} // namespace gateway
