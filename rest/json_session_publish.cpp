// The part of a JSON WebSocket's session that reads values, publishes and asks.
#include "rest/envelope.hpp"
#include "rest/json_session.hpp"
#include "rest/json_text.hpp"
#include "rest/service_context.hpp"

#include <utility>

namespace rest {
namespace {

// Values of one answer to get.
constexpr std::size_t get_bytes_max = 1'048'576;

} // namespace

// What the views of a publish_request show, until the broker is done with it.
struct json_session::open_publish {
    json_request what;
    mqtt::publish_request asked{};
    std::vector<std::uint64_t> unheard_by{};
    std::uint64_t question = 0; // 0: none

    std::size_t bytes() const { return what.payload.size() + what.topic.size(); }
};

boost::asio::awaitable<void> json_session::get(json_request what) {
    const auto& filter = what.filters.front().filter;
    co_await connection_.settle(mqtt::operation::subscribe, filter);
    if (closed_)
        co_return;
    if (!connection_.client().authorized(mqtt::operation::subscribe, filter)) {
        refuse(what.number, problem_of(mqtt::reason::not_authorized));
        co_return;
    }
    auto page = connection_.client().retained_matching(filter, what.limit, what.cursor, false);
    auto text = begin_answer("res", what.number);
    text += R"(,"messages":[)";
    std::string last;
    for (const auto& each : page.messages) {
        if (text.size() >= get_bytes_max) {
            page.truncated = true;
            break;
        }
        text += last.empty() ? "" : ",";
        append_envelope(text, *each, each->qos(), true, what.parse);
        last = each->topic();
    }
    text += ']';
    if (page.truncated) {
        text += R"(,"next":)";
        append_json_string(text, last);
    }
    append(text + '}');
}

void json_session::publish(json_request what) {
    auto one = std::make_shared<open_publish>();
    one->what = std::move(what);
    ++publishes_;
    publish_bytes_ += one->bytes();
    connection_.client().settle(mqtt::operation::publish, one->what.topic,
                                [self = shared_from_this(), one] { self->publish_settled(one); });
}

void json_session::publish_settled(std::shared_ptr<open_publish> one) {
    if (closed_)
        return;
    auto& asked = one->asked;
    asked.topic = one->what.topic;
    asked.payload = one->what.payload;
    asked.qos = one->what.qos;
    asked.retain = one->what.retain;
    asked.properties = one->what.properties;
    asked.expiry = one->what.expiry;
    asked.require_subscriber = one->what.require_subscriber;
    one->unheard_by = connection_.context().streams->hushed_for(connection_.client().who());
    asked.unheard_by = one->unheard_by;
    connection_.client().publish(
        asked, [self = shared_from_this(), one](const mqtt::publish_outcome& outcome) {
            --self->publishes_;
            self->publish_bytes_ -= one->bytes();
            if (self->closed_)
                return;
            const bool failed = mqtt::is_error(outcome.reason);
            const bool nobody = outcome.reason == mqtt::reason::no_matching_subscribers;
            if (one->question != 0 && (failed || nobody))
                self->questions_->give_up(one->question);
            if (one->question == 0 || failed || nobody)
                self->tell_published(one->what, outcome);
            self->connection_.notify();
        });
}

void json_session::tell_published(const json_request& what, const mqtt::publish_outcome& outcome) {
    if (outcome.no_room)
        return refuse(what.number, {.id = problem_id::storage_full, .detail = what.topic});
    if (mqtt::is_error(outcome.reason)) {
        auto told = problem_of(outcome.reason);
        if (outcome.reason == mqtt::reason::not_authorized)
            told.detail = "Publishing to " + what.topic;
        return refuse(what.number, told);
    }
    if (what.require_subscriber && outcome.reason == mqtt::reason::no_matching_subscribers)
        return refuse(what.number, {.id = problem_id::no_subscribers, .detail = what.topic});
    if (what.qos == mqtt::qos::at_most_once && !what.number)
        return; // nobody waits for it
    auto answer = begin_answer("puback", what.number);
    answer += R"(,"rc":)";
    append_number(answer, mqtt::to_byte(outcome.reason));
    answer += R"(,"matched":)";
    append_number(answer, outcome.matched);
    answer += R"(,"id":)";
    append_json_string(answer, mqtt::public_id(outcome.id));
    append(answer + '}');
}

void json_session::ask(json_request what) {
    if (!questions_) {
        questions_ = std::make_unique<questions>(connection_.client());
        questions_->on_answer([this] { connection_.notify(); });
    }
    if (!questions_->has_room())
        return refuse(what.number, {.id = problem_id::too_many_requests_open});
    auto one = std::make_shared<open_publish>();
    one->what = std::move(what);
    one->what.retain = false;
    one->what.require_subscriber = true;
    const auto told = [this, number = one->what.number,
                       parse = one->what.parse](const mqtt::message_ptr& answer) {
        if (!answer)
            return refuse(number, {.id = problem_id::reply_timeout});
        auto text = begin_answer("res", number) + ',';
        append_envelope_members(text, *answer, answer->qos(), false, parse);
        append(text + '}');
    };
    one->question = questions_->open(one->what.properties,
                                     std::chrono::steady_clock::now() + one->what.timeout, told);
    if (one->question == 0)
        return refuse(one->what.number, problem_of(mqtt::reason::not_authorized));
    ++publishes_;
    publish_bytes_ += one->bytes();
    connection_.client().settle(mqtt::operation::publish, one->what.topic,
                                [self = shared_from_this(), one] { self->publish_settled(one); });
}

} // namespace rest
