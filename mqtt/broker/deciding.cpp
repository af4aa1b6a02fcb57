// What somebody else has to decide before the broker can act (plugins), and what follows when the
// rules change. What waits holds up nobody but the client that it comes from.
#include "mqtt/auth/reserved_topics.hpp"
#include "mqtt/broker/broker.hpp"
#include "mqtt/types/topic.hpp"

#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace mqtt {
namespace {

// Retained messages that one SUBSCRIBE may ask about; what lies beyond is not delivered.
constexpr std::size_t questions_max = 10'000;

} // namespace

// Work that comes back from elsewhere is a turn of its own.
access::executor broker::back() {
    return [this](std::function<void()> work) {
        if (host_ == nullptr)
            return work();
        host_->later([this, work = std::move(work)] {
            enter();
            work();
        });
    };
}

void broker::add_question(const identity& who, operation what, std::string_view topic,
                          std::vector<question>& into) const {
    if (into.size() < questions_max &&
        common_.door.authorize(who, what, topic) == verdict::undecided)
        into.push_back({who, what, std::string(topic)});
}

// requires: common_.lock is not held
void broker::add_questions_of_filter(const identity& who, std::string_view filter,
                                     std::vector<question>& into) {
    const auto parts = parse_shared_filter(filter);
    const auto plain = parts ? parts->filter : filter;
    if (!is_topic_filter(plain))
        return;
    add_question(who, operation::subscribe, plain, into);
    if (parts) // no retained messages for a shared one
        return;
    const std::shared_lock hold(common_.lock);
    common_.retained.for_each_match(plain, {}, [&](const message_ptr& found) {
        add_question(who, operation::receive, found->topic(), into);
        return into.size() < questions_max;
    });
}

// True: the packet that was read is to be read again when there is an answer.
bool broker::postpone(connection& from, const action& asked) {
    if (!common_.asks_others || from.take_decided())
        return false;
    const auto& who = from.owner()->who();
    std::vector<question> open;
    const bool is_message = asked.kind == action_kind::publish && !is_control(asked.publish.topic);
    const bool inspects = is_message && common_.door.inspects(who.realm);
    if (asked.kind == action_kind::publish) {
        add_question(who, operation::publish, asked.publish.topic, open);
        if (!inspects)
            fanout_.add_questions(asked.publish.topic, open);
    } else {
        for (const auto& request : asked.subscribe.requests)
            add_questions_of_filter(who, request.filter, open);
    }
    if (open.empty() && !inspects)
        return false;
    if (++last_hold_ == 0)
        last_hold_ = 1;
    from.hold(last_hold_);
    const held_packet held{from.owner()->id(), last_hold_};
    if (!inspects) {
        common_.door.decide(std::move(open), back(),
                            [this, held](const std::vector<verdict>&) { let_go(held); });
        return true;
    }
    const auto& packet = asked.publish;
    const auto copy = std::make_shared<inspected>(
        inspected{reason::success, std::string(packet.topic), std::string(packet.payload),
                  std::string(packet.forwarded), packet.qos, packet.retain});
    if (open.empty())
        show(held, who, *copy);
    else
        common_.door.decide(
            std::move(open), back(),
            [this, held, who, copy](const std::vector<verdict>&) { show(held, who, *copy); });
    return true;
}

// Who wants to see the message before others do sees it, if its sender may publish it.
void broker::show(const held_packet& held, const identity& who, const inspected& what) {
    if (!common_.door.allows(who, operation::publish, what.topic))
        return let_go(held);
    const publication shown{what.topic, what.payload, what.properties, what.qos, what.retain};
    common_.door.inspect(who, shown, back(), [this, held](inspected left) {
        auto* owner = find_held(held);
        if (owner == nullptr)
            return;
        const auto topic = left.topic;
        owner->replace_message(std::make_unique<inspected>(std::move(left)));
        fanout_.when_decided(topic, [this, held] { let_go(held); });
    });
}

// Null: the client did not wait.
connection* broker::find_held(const held_packet& held) const {
    const auto* owner = dynamic_cast<const session*>(slots_.find(held.whose));
    auto* found = owner == nullptr ? nullptr : owner->online();
    return found != nullptr && found->held_as() == held.number ? found : nullptr;
}

void broker::let_go(const held_packet& held) {
    if (auto* found = find_held(held)) {
        found->decided();
        found->where().resume();
    }
}

void broker::settle(const identity& who, operation what, std::string_view topic_or_filter,
                    std::function<void()> then) {
    std::vector<question> open;
    if (common_.asks_others) {
        if (what == operation::subscribe)
            add_questions_of_filter(who, topic_or_filter, open);
        else
            add_question(who, what, topic_or_filter, open);
        if (what == operation::publish)
            fanout_.add_questions(topic_or_filter, open);
    }
    if (open.empty())
        return then();
    common_.door.decide(std::move(open), back(),
                        [then = std::move(then)](const std::vector<verdict>&) { then(); });
}

// The client is back. What was told of its session before is on disk first: what it was sent then
// has its identifier for good.
void broker::resume(session& owner) {
    if (!owner.is_kept() || !common_.kept.holds())
        return resume_now(owner);
    owner.pause_sending(true);
    held_answer one{held_answer::kind::resume};
    one.whose = owner.id();
    held_.add(std::move(one));
}

// What waited for it goes out, as far as it may still have it. [MQTT-4.4.0-1]
void broker::resume_now(session& owner) {
    owner.pause_sending(false);
    if (!common_.limits_receiving)
        return owner.resume();
    std::vector<question> open;
    if (!common_.door.is_settled(owner.who().realm))
        owner.for_each_waiting([&](const message& waiting) {
            add_question(owner.who(), operation::receive, waiting.topic(), open);
        });
    if (open.empty()) {
        drop_forbidden(owner);
        return owner.resume();
    }
    owner.pause_sending(true);
    common_.door.decide(std::move(open), back(),
                        [this, whose = owner.id()](const std::vector<verdict>&) {
                            auto* found = dynamic_cast<session*>(slots_.find(whose));
                            if (found == nullptr || found->online() == nullptr)
                                return;
                            found->pause_sending(false);
                            drop_forbidden(*found);
                            found->resume();
                        });
}

// Whoever the session belongs to now; nobody gets what waits by what another one may.
void broker::drop_forbidden(session& owner) {
    owner.drop_waiting_if([&](const message& waiting) {
        return !common_.door.allows(owner.who(), operation::receive, waiting.topic());
    });
}

void broker::know_receiver(const session& owner) {
    if (!common_.limits_receiving)
        return;
    const auto& who = owner.who();
    const std::unique_lock hold(common_.lock);
    const auto before = common_.receivers.find(owner.id());
    common_.receivers.set(owner.id(), std::make_shared<const identity>(who));
    const bool same = before != nullptr && before->username == who.username &&
                      before->realm == who.realm && before->granted == who.granted;
    if (!same && !owner.subscriptions.empty()) // routes have been made for who it was
        common_.generation.fetch_add(1, std::memory_order_release);
}

} // namespace mqtt
