#include "rest/request_reply.hpp"

#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/reserved_topics.hpp"
#include "mqtt/types/topic.hpp"
#include "rest/accept.hpp"
#include "rest/envelope.hpp"
#include "rest/http_connection.hpp"
#include "rest/idempotency.hpp"
#include "rest/message_reply.hpp"
#include "rest/publishing.hpp"
#include "rest/reply_topic.hpp"
#include "rest/service_context.hpp"

#include <array>
#include <utility>
#include <vector>

namespace rest {
namespace {

constexpr std::size_t correlation_bytes = 16;

// Counts the question while it is open.
class open_question {
public:
    explicit open_question(service_context& context) : context_(context) { ++context_.questions; }
    ~open_question() { --context_.questions; }
    open_question(const open_question&) = delete;
    open_question& operator=(const open_question&) = delete;

private:
    service_context& context_;
};

checked<void> read_collect(const query& options, reply_options& made) {
    const auto* collect = options.find("collect");
    if (collect == nullptr)
        return {};
    made.collects = true;
    if (collect->value == "all") {
        made.wanted = replies_collected_max;
        return {};
    }
    const auto count = options.number("collect", 1, replies_collected_max);
    if (!count)
        return invalid_option("collect", collect->value, "'all', or how many: 1 to 1000");
    made.wanted = static_cast<std::size_t>(**count);
    return {};
}

// A device that knows no correlation data answers without; the topic has told enough then.
bool answers(const mqtt::message& what, const std::string& correlation) {
    const auto given = mqtt::properties_of(what).correlation;
    return given.empty() || given == correlation;
}

boost::asio::awaitable<std::vector<mqtt::message_ptr>>
collect_answers(exchange& each, live_feed& feed, const reply_options& reply,
                const std::string& correlation) {
    std::vector<mqtt::message_ptr> came; // bound: replies_collected_max
    auto& connection = each.connection;
    const auto deadline = std::chrono::steady_clock::now() + reply.time;
    message_queue::entry next;
    while (came.size() < reply.wanted && !connection.over() && !connection.context().stopping) {
        if (feed.queue.take(next)) {
            if (answers(*next.what, correlation))
                came.push_back(std::move(next.what));
            continue;
        }
        if (std::chrono::steady_clock::now() >= deadline)
            break;
        co_await connection.sleep_until(deadline);
    }
    co_return came;
}

void show_answers(exchange& each, const std::vector<mqtt::message_ptr>& came) {
    std::string body = "[";
    for (const auto& one : came) {
        body += body.size() > 1 ? ",\n" : "";
        append_envelope(body, *one, one->qos(), false, false);
    }
    each.answer.add("Cache-Control", "no-store");
    each.answer.add("Mqtt-Count", std::to_string(came.size()));
    each.answer.set_body("application/json", body + "]\n");
}

void show_answer(exchange& each, const mqtt::message& what) {
    constexpr std::array<std::string_view, 4> served{"text/plain", "application/octet-stream",
                                                     "text/html", "application/json"};
    const auto* named = each.options.find("as");
    const auto choice = preferred(each.asked.list(http_field::accept), served);
    message_form form;
    // JSON that a responder sent is what the caller of JSON wants, not an envelope around it.
    form.envelope =
        named != nullptr
            ? named->value == "json"
            : choice && *choice == 3 &&
                  !mqtt::properties_of(what).content_type.starts_with("application/json");
    show_message(each, what, false, form);
}

void refuse_outcome(exchange& each, const std::string& topic,
                    const mqtt::publish_outcome& outcome) {
    if (outcome.reason != mqtt::reason::no_matching_subscribers)
        return refuse_publish(each, outcome.reason, topic, outcome.no_room);
    refuse(each, {.id = problem_id::no_subscribers,
                  .detail = topic,
                  .hint = "Nobody is there to answer. The device subscribes to this topic, and "
                          "publishes to the Response Topic of what it gets.",
                  .try_line = "mosquitto_sub -t '" + topic + "'"});
}

} // namespace

checked<std::optional<reply_options>> read_reply_options(const exchange& each) {
    constexpr std::uint64_t day = 86'400;
    reply_options made;
    const auto seconds = each.options.number("reply", 1, day);
    if (!seconds)
        return seconds.error();
    if (!*seconds) {
        for (const auto* name : {"reply_topic", "collect"})
            if (each.options.find(name) != nullptr)
                return problem{.id = problem_id::invalid_parameter,
                               .detail = std::string(name) + " without reply",
                               .hint = "reply=5 waits five seconds for an answer."};
        return std::optional<reply_options>{};
    }
    const auto most = each.connection.context().rules.long_poll_max;
    made.time = std::min(std::chrono::seconds(**seconds), most);
    made.clamped = std::chrono::seconds(**seconds) > most;
    if (const auto* topic = each.options.find("reply_topic"); topic != nullptr) {
        if (!mqtt::is_topic_name(topic->value))
            return problem{.id = problem_id::topic_name_invalid,
                           .detail = "reply_topic is not a topic name"};
        made.topic = topic->value;
    }
    if (auto fine = read_collect(each.options, made); !fine)
        return fine.error();
    return std::optional{std::move(made)};
}

boost::asio::awaitable<void> ask_and_tell(exchange& each, std::string topic,
                                          publish_options options, reply_options reply) {
    auto& connection = each.connection;
    auto& context = connection.context();
    if (context.questions >= questions_max) {
        refuse(each, {.id = problem_id::too_many_requests_open});
        co_return;
    }
    const open_question counted(context);
    const bool own = reply.topic.empty();
    if (own)
        reply.topic = fresh_reply_topic();
    else
        co_await connection.settle(mqtt::operation::subscribe, reply.topic);
    if (options.properties.correlation.empty())
        options.properties.correlation = mqtt::random_bytes(correlation_bytes);
    options.properties.response_topic = reply.topic;
    auto* feed = connection.open_feed(replies_collected_max, feed_bytes_max);
    if (feed == nullptr) {
        refuse(each, {.id = problem_id::too_many_streams});
        co_return;
    }
    mqtt::subscribe_request there;
    there.filters = {reply.topic};
    there.qos = mqtt::qos::exactly_once;
    there.retained = mqtt::retained_delivery::none;
    there.awaits_reply = own;
    const auto subscribed = feed->subscribe(connection.client(), there);
    if (subscribed != mqtt::reason::success) {
        connection.close_feed();
        refuse(each, problem_of(subscribed));
        co_return;
    }
    mark_done(each);
    auto question = request_of(topic, each.asked.body, options);
    question.require_subscriber = true; // nobody there: the caller need not wait
    const auto outcome = co_await connection.publish(question);
    std::vector<mqtt::message_ptr> came;
    if (outcome.reason == mqtt::reason::success) {
        connection.watch_peer();
        came = co_await collect_answers(each, *feed, reply, options.properties.correlation);
        connection.unwatch_peer();
    }
    connection.close_feed();
    if (reply.clamped)
        each.answer.add("Preference-Applied", "wait=" + std::to_string(reply.time.count()));
    if (outcome.reason != mqtt::reason::success)
        refuse_outcome(each, topic, outcome);
    else if (came.empty() && context.stopping)
        refuse(each, problem_of(mqtt::reason::server_shutting_down));
    else if (came.empty())
        refuse(each, {.id = problem_id::reply_timeout,
                      .detail = topic + ", " + std::to_string(outcome.matched) + " subscribed",
                      .hint = "The device answers on the Response Topic of what it gets; one of "
                              "MQTT 3.1.1 on a topic that both know: reply_topic."});
    else if (reply.collects)
        show_answers(each, came);
    else
        show_answer(each, *came.front());
}

} // namespace rest
