// From settings to the rules of the door.
#pragma once

#include "gateway/settings.hpp"
#include "mqtt/auth/rule_book.hpp"

#include <memory>
#include <vector>

namespace gateway {

// The realm of a client is the number of its listener; most listeners have the same rules. plugins:
// by realm, or empty where there are none.
std::shared_ptr<const mqtt::rule_book>
make_rules(const settings& all, const std::vector<std::shared_ptr<mqtt::authority>>& plugins);

} // namespace gateway
