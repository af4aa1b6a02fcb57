// The events of the broker: who comes and goes, what is subscribed to, what is retained. Each looks
// once whether anybody watches, and costs no more than that when nobody does.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/broker/events.hpp"
#include "mqtt/types/message.hpp"
#include "mqtt/types/qos.hpp"

#include <string_view>

namespace mqtt {

class connection;
struct shared_state;

void tell_connected(shared_state& common, const connection& from, const identity& who);
// how: "disconnected" by the client's own word, "lost", or "taken over"
void tell_disconnected(shared_state& common, const connection& from, const identity& who,
                       std::string_view how);
void tell_subscribed(shared_state& common, const identity& who, std::string_view filter, qos level);
void tell_unsubscribed(shared_state& common, const identity& who, std::string_view filter);
// now: the value from now on; empty: it is cleared. before: what stood there, or null.
void tell_retained(shared_state& common, const message_ptr& now, const message_ptr& before);
void tell_expired(shared_state& common, const message_ptr& gone);
// Nothing for refusals that are not about who somebody is.
void tell_refused(shared_state& common, const entry& by, std::string_view client_id,
                  const decision& said);

} // namespace mqtt
