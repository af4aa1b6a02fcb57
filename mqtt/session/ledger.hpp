// Where a session tells what of it has to survive the process, as it happens; null in a turn where
// nothing does. The broker hands it on to the store.
#pragma once

#include "mqtt/codec/packet_table.hpp"
#include "mqtt/session/subscriber.hpp"

#include <cstdint>

namespace mqtt {

struct outbound_message;

class ledger {
public:
    virtual ~ledger() = default;

    // A message of QoS 1 or 2 is on its way to a session. packet_id: 0 while it waits. Returns the
    // number that it has from now on, never 0.
    virtual std::uint64_t added(std::uint64_t session, const outbound_message& what,
                                std::uint16_t packet_id) = 0;
    virtual void sent(std::uint64_t entry, std::uint16_t packet_id) = 0;
    virtual void released(std::uint64_t entry) = 0;
    virtual void gone(std::uint64_t entry) = 0;

    // A QoS 2 message of the client is open towards us, and no longer.
    virtual void opened(std::uint64_t session, std::uint16_t packet_id) = 0;
    virtual void closed(std::uint64_t session, std::uint16_t packet_id) = 0;

    // True: the packet may go out when all that was told so far is safe, and the session will be
    // called then (session::on_safe). False: it may go at once.
    virtual bool hold(subscriber_id whose, packet_type what, std::uint16_t packet_id) = 0;
};

} // namespace mqtt
