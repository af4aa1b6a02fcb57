#include "rest/webhooks/hook.hpp"

#include "mqtt/broker/documents.hpp"
#include "mqtt/broker/events.hpp"
#include "mqtt/broker/local_client.hpp"
#include "mqtt/broker/shard_calls.hpp"
#include "rest/webhooks/call_body.hpp"
#include "rest/webhooks/signature.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace rest::webhooks {
namespace {

constexpr std::chrono::seconds session_pause{5};
// To its session a webhook is a stream: what it was given stays its own for as long as it says in
// time that it is there, and comes again after a restart.
constexpr std::uint64_t stream_holder = 1;
constexpr std::chrono::seconds hold_period{20};

// What one finished delivery publishes, one after the other, before it counts as done.
struct publishing : std::enable_shared_from_this<publishing> {
    publishing(mqtt::broker& hub, mqtt::access& door, mqtt::identity who)
        : client(hub, door, std::move(who)) {}

    void next() {
        if (at == letters.size())
            return done();
        const auto& letter = letters[at++];
        mqtt::publish_request what;
        what.topic = letter.topic;
        what.payload = letter.payload;
        what.qos = letter.qos;
        what.properties = letter.properties;
        client.publish(what, [self = shared_from_this()](const mqtt::publish_outcome& outcome) {
            if (mqtt::is_error(outcome.reason))
                self->failed(self->letters[self->at - 1].topic, outcome.reason);
            self->next();
        });
    }

    mqtt::local_client client;
    std::vector<outgoing> letters; // at most batch_max
    std::size_t at = 0;
    std::function<void()> done;
    std::function<void(const std::string& topic, mqtt::reason)> failed;
};

} // namespace

moment now() {
    return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
}

mqtt::identity identity_of(const definition& terms) {
    mqtt::identity who;
    who.username = terms.username;
    who.client_id = "$webhook/" + terms.name;
    who.address = "webhook";
    who.realm = terms.realm;
    return who;
}

mqtt::pull_terms session_terms(const definition& terms) {
    mqtt::pull_terms made;
    made.expiry = mqtt::pull_never_expires;
    made.max_queued = static_cast<std::uint32_t>(terms.max_queued);
    return made;
}

// Retained messages were there before the webhook was: an endpoint is called for what happens.
std::vector<mqtt::pull_subscription> session_filters(const definition& terms) {
    constexpr std::uint8_t none_at_subscribe = 2;
    std::vector<mqtt::pull_subscription> made;
    for (const auto& filter : terms.filters)
        made.push_back({filter, terms.qos, none_at_subscribe, true, false}); // bound: the filters
    return made;
}

call_request request_of(const definition& terms, const delivery& what, mqtt::wall_time at) {
    auto said = body_of(terms, what.messages);
    const auto id = terms.name + "-" + what.id;
    const auto timestamp = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    call_request made;
    if (auto where = parse_target(terms.url))
        made.where = std::move(*where);
    made.content_type = std::move(said.content_type);
    made.fields = std::move(said.fields);
    made.fields.emplace_back("webhook-id", id);
    made.fields.emplace_back("webhook-timestamp", std::to_string(timestamp));
    if (!terms.secrets.empty())
        made.fields.emplace_back("webhook-signature",
                                 signature_of(terms.secrets, id, timestamp, said.body));
    made.body = std::move(said.body);
    made.timeout = terms.timeout;
    return made;
}

// A function that may be called on any thread, and has the hook do this on its own.
template <class... Argument>
auto hook::back(void (hook::*then)(Argument...)) {
    return [then, held = weak_from_this(), &io = shop_.io](Argument... said) {
        boost::asio::post(io, [then, held, ... said = std::move(said)]() mutable {
            if (const auto self = held.lock(); self && !self->stopped_)
                ((*self).*then)(std::move(said)...);
        });
    };
}

hook::hook(workshop& shop, definition terms)
    : shop_(shop), session_(*shop.hub, identity_of(terms), true), work_(std::move(terms), *this),
      timer_(shop.io), patience_(shop.io), holding_(shop.io) {}

void hook::start() {
    begin();
    hold_on();
    work_.advance(now());
    rearm();
}

void hook::begin() {
    session_.begin_stream(stream_holder, nullptr, back(&hook::begun));
}

void hook::begun(mqtt::pull_outcome outcome) {
    if (outcome != mqtt::pull_outcome::success)
        return open_again();
    begun_ = true;
    if (wanted_ != 0)
        take(wanted_);
}

void hook::hold_on() {
    holding_.expires_after(hold_period);
    holding_.async_wait([held = weak_from_this()](boost::system::error_code called_off) {
        const auto self = held.lock();
        if (called_off || !self || self->stopped_)
            return;
        self->session_.keep_stream(stream_holder);
        self->hold_on();
    });
}

void hook::change(definition terms) {
    work_.change(std::move(terms), now());
    rearm();
}

void hook::stop() {
    stopped_ = true;
    watch_.reset();
    timer_.cancel();
    patience_.cancel();
    holding_.cancel();
}

void hook::replay(std::vector<queued_message> messages) {
    work_.replay(std::move(messages), now());
    rearm();
}

bool hook::retry(std::string_view id) {
    const bool found = work_.retry(id, now());
    rearm();
    return found;
}

void hook::rearm() {
    const auto due = work_.next_due();
    if (due == mqtt::never || stopped_) {
        timer_.cancel();
        return;
    }
    timer_.expires_at(due);
    timer_.async_wait([held = weak_from_this()](boost::system::error_code called_off) {
        const auto self = held.lock();
        if (called_off || !self || self->stopped_)
            return;
        self->work_.advance(now());
        self->rearm();
    });
}

void hook::take(std::size_t max) {
    wanted_ = max;
    if (!begun_)
        return; // then
    session_.lease(max, std::nullopt, stream_holder, back(&hook::taken));
}

void hook::taken(mqtt::pull_batch batch) {
    if (batch.outcome != mqtt::pull_outcome::success)
        return open_again();
    trouble_.clear();
    if (batch.messages.empty())
        return watch();
    std::vector<queued_message> messages;
    for (auto& each : batch.messages)
        messages.push_back({std::move(each.what), each.qos, each.retain}); // bound: take_max
    work_.came(std::move(messages), now());
    rearm();
}

void hook::watch() {
    watch_ = std::make_shared<const std::function<void(mqtt::pull_event)>>(back(&hook::noticed));
    session_.watch(watch_);
}

// Whatever it was, the next look tells.
void hook::noticed(mqtt::pull_event) {
    take(wanted_);
}

// The session has gone, or its owner may not have it any more; the rules may change again.
void hook::open_again() {
    begun_ = false;
    session_.open(session_terms(work_.terms()), session_filters(work_.terms()),
                  [self = weak_from_this(), &io = shop_.io](const mqtt::pull_opened& opened) {
                      boost::asio::post(io, [self, outcome = opened.outcome] {
                          const auto there = self.lock();
                          if (!there || there->stopped_)
                              return;
                          if (outcome == mqtt::pull_outcome::success)
                              return there->begin();
                          there->trouble_ = outcome == mqtt::pull_outcome::not_authorized
                                                ? "its owner may not subscribe to its filters"
                                                : "its session can't be read";
                          there->take_later();
                      });
                  });
}

void hook::take_later() {
    patience_.expires_after(session_pause);
    patience_.async_wait([held = weak_from_this()](boost::system::error_code called_off) {
        const auto self = held.lock();
        if (!called_off && self && !self->stopped_)
            self->open_again();
    });
}

void hook::finish(std::vector<std::uint64_t> ids, std::vector<outgoing> first) {
    const auto acknowledge = [session = session_, ids = std::move(ids)] {
        if (!ids.empty())
            session.acknowledge(ids, [](const mqtt::pull_count&) {});
    };
    if (first.empty())
        return acknowledge();
    const auto home = mqtt::home_of(*shop_.hub, session_.who().client_id);
    mqtt::call_shard(
        *shop_.hub, home,
        [door = shop_.door, who = session_.who(), first = std::move(first), acknowledge,
         self = weak_from_this(), &io = shop_.io](mqtt::broker& there) mutable {
            const auto all = std::make_shared<publishing>(there, *door, std::move(who));
            all->letters = std::move(first);
            all->done = acknowledge;
            all->failed = [self, &io](const std::string& topic, mqtt::reason why) {
                boost::asio::post(io, [self, topic, why] {
                    if (const auto here = self.lock())
                        here->tell("Webhook " + here->work_.terms().name +
                                   " could not publish to its dead letter or response topic: " +
                                   std::string(mqtt::row_of(why).name) + ".");
                });
            };
            all->next();
        });
}

void hook::call(const definition& terms, const delivery& what) {
    auto request = request_of(terms, what, std::chrono::system_clock::now());
    boost::asio::co_spawn(shop_.io, shop_.client.call(std::move(request)),
                          [held = weak_from_this(), number = what.number](
                              const std::exception_ptr& fault, call_outcome outcome) {
                              const auto self = held.lock();
                              if (!self || self->stopped_)
                                  return;
                              if (fault)
                                  outcome = {.error = "the call could not be made"};
                              self->work_.answered(number, outcome, now());
                              self->rearm();
                          });
}

void hook::disable() {
    mqtt::stored_document kept;
    kept.kind = document_kind;
    kept.name = work_.terms().name;
    kept.value = stored_text(work_.terms());
    mqtt::call_shard(*shop_.hub, 0, [kept = std::move(kept)](mqtt::broker& there) {
        mqtt::keep_document(there, kept);
    });
}

void hook::tell_failure(const std::string& delivery_id, const std::string& error) {
    mqtt::tell_event(
        *shop_.hub, "webhook.failed",
        {{"webhook", work_.terms().name}, {"delivery", delivery_id}, {"error", error}});
}

double hook::dice() {
    return std::uniform_real_distribution<double>(-1.0, 1.0)(shop_.random);
}

} // namespace rest::webhooks
