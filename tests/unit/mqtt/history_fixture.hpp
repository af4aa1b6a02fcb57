// A database in memory with history in it, written and asked by the test itself.
#pragma once

#include "mqtt/store/history_search.hpp"
#include "mqtt/store/history_table.hpp"
#include "mqtt/store/schema.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace history_test {

inline mqtt::wall_time at(std::int64_t milliseconds) {
    return mqtt::wall_time(std::chrono::milliseconds(milliseconds));
}

inline mqtt::message_ptr message(std::string_view topic, std::string_view payload, std::uint64_t id,
                                 std::int64_t arrived) {
    mqtt::publication what;
    what.topic = topic;
    what.payload = payload;
    what.qos = mqtt::qos::at_least_once;
    return mqtt::message::make(what, id, at(arrived));
}

class kept_history {
public:
    explicit kept_history(std::vector<mqtt::history_rule> rules)
        : in_(":memory:", mqtt::database::how::create) {
        mqtt::prepare_schema(in_);
        open(std::move(rules));
    }

    // As after a restart, with these rules.
    void open(std::vector<mqtt::history_rule> rules) {
        table_ = std::make_unique<mqtt::history_table>(in_, std::move(rules));
    }

    void add(std::string_view topic, std::string_view payload, std::uint64_t id,
             std::int64_t arrived) {
        mqtt::transaction all(in_);
        table_->add(*message(topic, payload, id, arrived));
        table_->before_commit();
        all.commit();
    }

    // Until nothing is left to do.
    void trim(std::int64_t now) {
        for (bool more = true; more;) {
            mqtt::transaction all(in_);
            more = table_->trim(at(now));
            table_->before_commit();
            all.commit();
        }
    }

    mqtt::database& in() { return in_; }
    mqtt::history_table& table() { return *table_; }

    mqtt::history_topics topics(std::vector<std::string> filters) {
        return mqtt::history_search(in_).find_topics({std::move(filters), {}, 1000});
    }

    // The ids of what is found, in the order in which it is found.
    std::vector<std::uint64_t> ids(const mqtt::history_query& what) {
        std::vector<std::uint64_t> found;
        for (const auto& each : page(what).messages)
            found.push_back(each->id());
        return found;
    }
    mqtt::history_page page(const mqtt::history_query& what) {
        return mqtt::history_search(in_).find_messages(what, {}).value();
    }
    mqtt::series series(const mqtt::series_query& what) {
        return mqtt::history_search(in_).find_series(what).value();
    }

private:
    mqtt::database in_;
    std::unique_ptr<mqtt::history_table> table_;
};

inline std::vector<mqtt::history_rule> everything(std::uint64_t messages_max = 1'000'000) {
    return {{"#", std::chrono::hours(24 * 365 * 100), messages_max}};
}

} // namespace history_test
