// The sessions of one shard by client id. thread: the shard's.
#pragma once

#include "mqtt/broker/subscriber_slots.hpp"
#include "mqtt/session/session.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mqtt {

class session_registry {
public:
    session_registry(turn& room, subscriber_slots& slots) : room_(room), slots_(slots) {}

    session* find(std::string_view client_id) const {
        const auto found = by_client_id_.find(client_id);
        return found == by_client_id_.end() ? nullptr : found->second.get();
    }

    // requires: find(who.client_id) == nullptr
    session& make(const identity& who) {
        const auto id = slots_.reserve();
        auto made = std::make_unique<session>(room_, who, id);
        auto& ref = *made;
        slots_.seat(id, ref);
        by_client_id_.emplace(who.client_id, std::move(made));
        return ref;
    }

    // requires: its subscriptions are out of the index
    void erase(session& ended) {
        slots_.release(ended.id());
        const std::string client_id =
            ended.client_id(); // outlives the session, which holds the original
        by_client_id_.erase(client_id);
    }

    std::size_t size() const { return by_client_id_.size(); }

    template <class Visitor>
    void for_each(Visitor visit) {
        for (auto& entry : by_client_id_)
            visit(*entry.second);
    }

private:
    turn& room_;
    subscriber_slots& slots_;
    boost::unordered_flat_map<std::string, std::unique_ptr<session>, string_hash, std::equal_to<>>
        by_client_id_;
};

} // namespace mqtt
