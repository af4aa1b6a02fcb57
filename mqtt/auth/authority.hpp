// Somebody outside who knows clients or their rights: plugins. Takes the time that it takes, and
// answers on whatever thread it likes.
#pragma once

#include "mqtt/auth/access.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace mqtt {

class authority {
public:
    virtual ~authority() = default;

    // Whether it wants to be asked at all. May change while the process runs. thread: any
    virtual bool knows_clients() const = 0;
    virtual bool knows_rights() const = 0;

    // Each answers exactly once. Nothing: it leaves the decision to others. thread: any
    virtual void authenticate(const credentials& presented,
                              std::function<void(std::optional<decision>)> answer) = 0;
    virtual void authorize(std::vector<question> asked,
                           std::function<void(std::vector<std::optional<bool>>)> answer) = 0;

    // A client that it was asked about is gone.
    virtual void left(const identity& who, reason why) = 0;

    // Messages, before anybody gets them.
    virtual bool inspects() const = 0;
    virtual void inspect(const identity& who, const publication& what,
                         std::function<void(inspected)> answer) = 0;

    // Orders to the server, published below $CONTROL/. done: it has been carried out, or refused.
    virtual bool takes_order(std::string_view topic) const = 0;
    virtual void order(const identity& who, std::string_view topic, std::string_view payload,
                       std::function<void()> done) = 0;
};

} // namespace mqtt
