// What operators and plugins want done with the clients that are here.
#include "mqtt/broker/broker.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mqtt {

void broker::rights_changed() {
    common_.generation.fetch_add(1, std::memory_order_release);
    registry_.for_each([&](session& each) { // one that is away is looked at when it comes back
        if (each.online() != nullptr && common_.door.is_settled(each.who().realm))
            drop_forbidden(each);
    });
    disconnect_if([this](const identity& who) { return !common_.door.still_good(who); },
                  reason::not_authorized, true);
}

void broker::disconnect_if(const std::function<bool(const identity&)>& meant, reason why,
                           bool with_will) {
    std::vector<session*> leaving; // bound: sessions
    registry_.for_each([&](session& each) {
        if (each.online() != nullptr && meant(each.who()))
            leaving.push_back(&each);
    });
    for (auto* each : leaving)
        send_away(*each, why, with_will);
}

void broker::send_away(session& who, reason why, bool with_will) {
    room_.log.connection("Client " + who.client_id() +
                         " disconnected: " + std::string(row_of(why).name) + ".");
    auto& old = *who.online();
    old.end(why);
    linger(old);
    leave(who, with_will);
}

void broker::rename(std::string_view client_id, const std::string& username) {
    auto* found = registry_.find(client_id);
    if (found == nullptr)
        return;
    found->rename(username);
    record(*found);
    know_receiver(*found);
}

void broker::publish_to(std::string_view client_id, const publication& what) {
    auto* found = registry_.find(client_id);
    if (found == nullptr)
        return;
    frames one(what, 1, room_.now, common_.ids, room_.framing, room_.blocks);
    found->deliver({one, what.qos, false, {}, false});
}

// The message is copied where somebody has to be asked first.
void broker::publish_own(const publication& what) {
    if (!common_.asks_others) {
        fanout_.publish(what, {});
        return;
    }
    const auto kept = message::make(what, common_.ids.next(), room_.now.wall);
    fanout_.when_decided(kept->topic(), [this, kept] {
        fanout_.publish({kept->topic(), kept->payload(), kept->properties(), kept->qos(),
                         kept->retain(), kept->expires_at()},
                        {});
    });
}

} // namespace mqtt
