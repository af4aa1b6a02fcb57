// Who is told what became of each message of a batch.
#pragma once

#include "mqtt/broker/local_client.hpp"
#include "rest/batch_message.hpp"

#include <cstdint>
#include <string_view>

namespace rest {

class batch_report {
public:
    virtual ~batch_report() = default;
    // index: the message's place in the batch, from 0 on. They may come in another order.
    virtual void published(std::uint64_t index, const mqtt::publish_request& what,
                           const mqtt::publish_outcome& outcome) = 0;
    // topic: empty where it is not known
    virtual void failed(std::uint64_t index, std::string_view topic, const batch_fault& why) = 0;
};

} // namespace rest
