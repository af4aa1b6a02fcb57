// History for those who are made before the store is open: HTTP's doors are, as they need rights
// that the process gives up first. Nobody asks before it is open.
#pragma once

#include "mqtt/store/history.hpp"

#include <utility>

namespace mqtt {

class late_history final : public history {
public:
    explicit late_history(std::vector<history_rule> rules) : rules_(std::move(rules)) {}

    // requires: nobody has asked yet; opened outlives all who ask
    void open(history& opened) { opened_ = &opened; }

    void find_topics(history_topics_query what, executor back,
                     answer<history_topics> then) override {
        opened_->find_topics(std::move(what), std::move(back), std::move(then));
    }
    void find_messages(history_query what, executor back, answer<history_page> then) override {
        opened_->find_messages(std::move(what), std::move(back), std::move(then));
    }
    void find_series(series_query what, executor back, answer<series> then) override {
        opened_->find_series(std::move(what), std::move(back), std::move(then));
    }
    std::span<const history_rule> rules() const override { return rules_; }

private:
    const std::vector<history_rule> rules_;
    history* opened_ = nullptr;
};

} // namespace mqtt
