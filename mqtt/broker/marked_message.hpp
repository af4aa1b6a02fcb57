// A message with another user property: how other rooms mark what passes through them.
#pragma once

#include "mqtt/types/message.hpp"

#include <string>
#include <string_view>

namespace mqtt {

// The same message with this user property in the place of all of that name. id and times stay.
message_ptr with_user_property(const message& what, std::string_view name, std::string value);

} // namespace mqtt
