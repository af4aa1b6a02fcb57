// Questions that one connection has asked of devices, and that wait for their answers: a response
// topic and correlation data for each (MQTT 5 section 4.10). thread: the connection's
#pragma once

#include "mqtt/broker/local_client.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace rest {

// Of one connection at a time.
inline constexpr std::size_t questions_max = 64;

class questions {
public:
    // With the first answer that comes, or null at the deadline.
    using answered = std::function<void(const mqtt::message_ptr&)>;

    // requires: client outlives it
    explicit questions(mqtt::local_client& client) : client_(client) {}

    bool has_room() const { return open_.size() < questions_max; }
    bool empty() const { return open_.empty(); }

    // Makes a question ready to be asked, and puts what it needs into the properties. Returns its
    // number; 0: the caller may not receive answers. requires: has_room()
    std::uint64_t open(mqtt::publish_properties& into, mqtt::steady_time deadline, answered done);
    // It was not asked after all: done is not called.
    void give_up(std::uint64_t number) { open_.erase(number); }

    // The first deadline; never when nothing is open.
    mqtt::steady_time next_deadline() const;
    // Answers those whose time is over.
    void advance(mqtt::steady_time now);
    // Tells those that have an answer.
    void tell();
    // Called when an answer has come; tell() is due then.
    void on_answer(std::function<void()> wake) { wake_ = std::move(wake); }

private:
    // The first message on its response topic with its correlation data, or with none: devices that
    // speak MQTT 3.1.1 can't send it back.
    class question final : public mqtt::message_sink {
    public:
        question(questions& owner, std::string correlation, mqtt::steady_time deadline,
                 answered done)
            : deadline(deadline), done(std::move(done)), owner_(owner),
              correlation_(std::move(correlation)) {}
        void on_message(const mqtt::message_ptr& what, mqtt::qos granted, bool retained) override;

        const mqtt::steady_time deadline;
        answered done;
        mqtt::message_ptr answer{};
        std::unique_ptr<mqtt::local_client::subscription> subscription{};

    private:
        questions& owner_;
        const std::string correlation_;
    };

    mqtt::local_client& client_;
    std::uint64_t last_ = 0;
    std::function<void()> wake_;
    std::map<std::uint64_t, std::unique_ptr<question>> open_; // at most questions_max
};

} // namespace rest
