// A connection's way to whoever owns its socket.
#pragma once

namespace mqtt {

class link {
public:
    virtual ~link() = default;
    // Input that waited for the broker (authentication) can be read on.
    virtual void resume() = 0;
    // The connection is not worth waiting for any longer: what is unsent is lost.
    virtual void abandon() = 0;
};

} // namespace mqtt
