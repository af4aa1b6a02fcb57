#include "mqtt/broker/recorder.hpp"

#include "mqtt/broker/shared_group.hpp"
#include "mqtt/session/outbound.hpp"

#include <string>
#include <utility>

namespace mqtt {
namespace {

// So many message ids may go by before the store hears of them.
constexpr std::uint64_t untold_ids_max = 100'000;

std::unique_ptr<stored_entry::extras> extras_of(const outbound_message& what) {
    if (what.subscription_ids.empty() && !what.group)
        return nullptr;
    auto made = std::make_unique<stored_entry::extras>();
    made->identifiers = what.subscription_ids;
    if (what.group)
        made->shared = "$share/" + what.group->name() + "/" + what.group->filter();
    return made;
}

} // namespace

std::uint64_t recorder::added(std::uint64_t session, const outbound_message& what,
                              std::uint16_t packet_id) {
    stored_entry entry;
    entry.key = into_.next_entry();
    entry.session = session;
    entry.what = what.what;
    entry.more = extras_of(what);
    entry.packet_id = packet_id;
    entry.qos = what.qos;
    entry.retain = what.retain;
    entry.snapshot = what.snapshot;
    const auto key = entry.key;
    changes_.emplace_back(std::move(entry));
    return key;
}

void recorder::sent(std::uint64_t entry, std::uint16_t packet_id) {
    changes_.emplace_back(entry_sent{entry, packet_id});
}

void recorder::released(std::uint64_t entry) {
    changes_.emplace_back(entry_released{entry});
}

void recorder::gone(std::uint64_t entry) {
    changes_.emplace_back(entry_gone{entry});
}

void recorder::opened(std::uint64_t session, std::uint16_t packet_id) {
    changes_.emplace_back(incoming_opened{session, packet_id});
}

void recorder::closed(std::uint64_t session, std::uint16_t packet_id) {
    changes_.emplace_back(incoming_closed{session, packet_id});
}

bool recorder::hold(subscriber_id whose, packet_type what, std::uint16_t packet_id) {
    if (!into_.holds())
        return false;
    held_answer one{held_answer::kind::packet};
    one.whose = whose;
    one.packet = what;
    one.packet_id = packet_id;
    held_.add(std::move(one));
    return true;
}

void recorder::keep(const session& owner, std::optional<wall_time> ends_at,
                    std::optional<wall_time> will_at) {
    auto kept = std::make_unique<stored_session>();
    const auto& who = owner.who();
    kept->key = owner.key();
    kept->client_id = who.client_id;
    kept->username = who.username;
    kept->realm = who.realm;
    kept->by_token = who.granted != nullptr || who.rights_later;
    kept->expiry = owner.expiry();
    kept->ends_at = ends_at;
    kept->will_at = will_at;
    if (owner.will() != nullptr)
        kept->will = *owner.will();
    changes_.emplace_back(std::move(kept));
}

void recorder::forget(const session& owner) {
    changes_.emplace_back(session_gone{owner.key()});
}

void recorder::subscribed(const session& owner, std::string_view filter,
                          const subscription_options& options) {
    changes_.emplace_back(std::make_unique<stored_subscription>(
        stored_subscription{owner.key(), std::string(filter), options.qos, options.no_local,
                            options.retain_as_published, options.identifier}));
}

void recorder::unsubscribed(const session& owner, std::string_view filter) {
    changes_.emplace_back(
        std::make_unique<mqtt::unsubscribed>(mqtt::unsubscribed{owner.key(), std::string(filter)}));
}

void recorder::keep(stored_document what) {
    changes_.emplace_back(std::make_unique<stored_document>(std::move(what)));
}

void recorder::hand_over() {
    const auto newest = ids_.newest();
    if (changes_.empty() && joint_.empty() && !held_.has_unplaced() &&
        newest - told_newest_ < untold_ids_max)
        return;
    told_newest_ = newest;
    held_.place(into_.put(changes_, joint_, shard_, newest));
}

} // namespace mqtt
