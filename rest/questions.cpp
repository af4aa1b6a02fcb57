#include "rest/questions.hpp"

#include "rest/reply_topic.hpp"

#include <algorithm>
#include <utility>

namespace rest {

std::uint64_t questions::open(mqtt::publish_properties& into, mqtt::steady_time deadline,
                              answered done) {
    const auto number = ++last_;
    into.response_topic = fresh_reply_topic();
    into.correlation = std::to_string(number);
    auto made = std::make_unique<question>(*this, into.correlation, deadline, std::move(done));
    auto failure = mqtt::reason::success;
    mqtt::subscribe_request wanted{.filters = {into.response_topic}};
    wanted.retained = mqtt::retained_delivery::none;
    wanted.awaits_reply = true;
    made->subscription = client_.subscribe(wanted, *made, failure);
    if (!made->subscription)
        return 0;
    open_.emplace(number, std::move(made)); // bound: questions_max
    return number;
}

void questions::question::on_message(const mqtt::message_ptr& what, mqtt::qos, bool) {
    const auto correlation = mqtt::properties_of(*what).correlation;
    if (answer || (!correlation.empty() && correlation != correlation_))
        return;
    answer = what;
    owner_.wake_();
}

mqtt::steady_time questions::next_deadline() const {
    auto next = mqtt::never;
    for (const auto& [number, each] : open_)
        next = std::min(next, each->deadline);
    return next;
}

void questions::advance(mqtt::steady_time now) {
    for (auto at = open_.begin(); at != open_.end();) {
        if (at->second->deadline > now) {
            ++at;
            continue;
        }
        const auto over = std::move(at->second);
        at = open_.erase(at);
        over->done(over->answer);
    }
}

void questions::tell() {
    for (auto at = open_.begin(); at != open_.end();) {
        if (!at->second->answer) {
            ++at;
            continue;
        }
        const auto told = std::move(at->second);
        at = open_.erase(at);
        told->done(told->answer);
    }
}

} // namespace rest
