// What survives. The broker hands over what it must not lose and is told, by a rising number, how
// far that is safe. The memory store is always caught up, so that an acknowledgement takes the same
// path with any store.
#pragma once

#include "mqtt/types/message.hpp"

#include <cstdint>
#include <string_view>

namespace mqtt {

// Position of a record in the order of writing; 0: nothing to wait for.
using store_position = std::uint64_t;

class store {
public:
    virtual ~store() = default;

    // A retained value was set or, with an empty payload, cleared.
    virtual store_position keep_retained(const message_ptr& what) = 0;
    // A message of QoS 1 or 2 waits for this client.
    virtual store_position keep_queued(std::string_view client_id, const message_ptr& what) = 0;

    // Everything up to this position is safe.
    virtual store_position safe() const = 0;
};

class memory_store final : public store {
public:
    store_position keep_retained(const message_ptr&) override { return 0; }
    store_position keep_queued(std::string_view, const message_ptr&) override { return 0; }
    store_position safe() const override { return UINT64_MAX; }
};

} // namespace mqtt
