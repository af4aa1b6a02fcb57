// Who reads a session's queue while no connection does: by looking, and acknowledging, instead of
// being sent to. It says how long the queue may get, and hears that there is something in it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mqtt {

class puller {
public:
    virtual ~puller() = default;

    // Messages that may wait; 0: no limit but the operator's.
    virtual std::uint32_t queue_max() const = 0;
    // At the limit the oldest message makes room for a new one; else the new one is dropped.
    virtual bool drops_oldest() const = 0;

    // None of these may call back. Something waits that did not before.
    virtual void arrived() = 0;
    // So many old messages were dropped for a new one; a new one was dropped.
    virtual void made_room(std::size_t dropped) = 0;
    virtual void refused() = 0;
};

} // namespace mqtt
