// The rules in force, whole: who may come, and what they may do. Never changes after it was made; a
// reload makes another one.
#pragma once

#include "mqtt/auth/acl_file.hpp"
#include "mqtt/auth/authority.hpp"
#include "mqtt/auth/jwk_set.hpp"
#include "mqtt/auth/jwt.hpp"
#include "mqtt/auth/password_file.hpp"
#include "mqtt/auth/reserved_topics.hpp"

#include <memory>
#include <vector>

namespace mqtt {

// Asked in this order: plugins, tokens, users; of rights: a token's own, plugins, the file.
struct realm_rules {
    bool allow_anonymous = false;
    std::shared_ptr<const password_file> users{}; // null: names are not looked at
    std::shared_ptr<const acl_rules> rights{};    // null: everything is allowed but $CONTROL
    bool all_administer = false; // without rights, $CONTROL too: nobody else can come here
    std::shared_ptr<const jwk_set> token_keys{}; // null: tokens are not taken
    jwt_rules tokens{};
    std::shared_ptr<authority> plugins{}; // null: none

    // What is allowed where no rights say anything. requires: respects_reserved_topics
    bool is_open(operation what, std::string_view topic) const {
        return all_administer || is_open_to_all(what, topic);
    }
};

// By realm: 0, or with per_listener_settings the listener's number. Never empty.
using rule_book = std::vector<realm_rules>;

} // namespace mqtt
