// Topic aliases of one direction of one connection, MQTT 5 section 3.3.2.3.4.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

// What the client's aliases towards us stand for. Memory is taken when the first one is set.
class received_aliases {
public:
    void allow(std::uint16_t maximum) { maximum_ = maximum; }

    // Within what CONNACK allowed. [MQTT-3.2.2-18] [MQTT-3.3.2-8]
    bool allows(std::uint16_t alias) const { return alias != 0 && alias <= maximum_; }

    // requires: allows(alias)
    void set(std::uint16_t alias, std::string_view topic) {
        if (topics_.size() < alias)
            topics_.resize(alias); // bound: maximum_
        topics_[alias - 1].assign(topic);
    }

    // Empty when nothing was set.
    std::string_view find(std::uint16_t alias) const {
        return alias == 0 || alias > topics_.size() ? std::string_view{} : topics_[alias - 1];
    }

private:
    std::uint16_t maximum_ = 0;
    std::vector<std::string> topics_;
};

// How one PUBLISH to a client uses an alias. 0: not at all.
struct sent_alias {
    std::uint16_t alias = 0;
    bool known = false; // the client knows what it stands for: the topic can be left out
};

// Aliases that we use towards a client: the first topics that are sent get one each, for as long as
// the connection lasts.
class sent_aliases {
public:
    void allow(std::uint16_t maximum) { maximum_ = maximum; } // [MQTT-3.1.2-26] [MQTT-3.1.2-27]

    // requires: the answer is used for the next PUBLISH with this topic, or forgotten with
    // forget_last
    sent_alias use(std::string_view topic) {
        for (std::size_t i = 0; i < topics_.size(); ++i)
            if (topics_[i] == topic)
                return {static_cast<std::uint16_t>(i + 1), true};
        if (topics_.size() >= maximum_)
            return {};
        topics_.emplace_back(topic); // bound: maximum_
        return {static_cast<std::uint16_t>(topics_.size()), false};
    }
    // The PUBLISH that would have introduced the alias was not sent.
    void forget_last() { topics_.pop_back(); }

private:
    std::uint16_t maximum_ = 0;
    std::vector<std::string> topics_;
};

} // namespace mqtt
