#include "rest/running_stream.hpp"

#include "rest/service_context.hpp"
#include "rest/topic_address.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace rest {

using clock = std::chrono::steady_clock;

mqtt::steady_time steady_end_of(const mqtt::identity& who) {
    if (who.good_until == mqtt::wall_time::max())
        return mqtt::never;
    const auto left = who.good_until - std::chrono::system_clock::now();
    return clock::now() + std::min<clock::duration>(left, std::chrono::hours(24 * 365));
}

namespace {

// Memory of a stream that has nothing to say.
constexpr std::size_t stream_part_kept_bytes = 256;

// Filters that are there after the change.
std::size_t would_have(const mqtt::local_client::subscription& now, const filter_change& wanted) {
    const auto has = [](const auto& list, const std::string& filter) {
        return std::find(list.begin(), list.end(), filter) != list.end();
    };
    const auto filters = now.filters();
    const auto stay = std::count_if(filters.begin(), filters.end(), [&](const auto& each) {
        return !has(wanted.remove, each) && !has(wanted.add, each);
    });
    return static_cast<std::size_t>(stay) + wanted.add.size();
}

} // namespace

running_stream::running_stream(exchange& each, const stream_options& options, live_feed& feed,
                               stream_place place, mqtt::subscribe_request wanted)
    : feed(feed), place(std::move(place)), each_(each), options_(options),
      wanted_(std::move(wanted)),
      left_(options.max.value_or(std::numeric_limits<std::uint64_t>::max())),
      token_end_(steady_end_of(connection().client().who())), last_message_(clock::now()) {
    this->place->set_control(this);
}

running_stream::ending running_stream::end_now(mqtt::steady_time now) const {
    if (left_ == 0)
        return ending::enough;
    if (ordered_to_end_)
        return ending::ordered;
    if (connection().context().stopping)
        return ending::stopping;
    if (now >= token_end_)
        return ending::token;
    if (feed.queue.has_overflown() && feed.queue.empty())
        return ending::overflow;
    if (options_.until_idle && now >= last_message_ + *options_.until_idle && feed.queue.empty())
        return ending::idle;
    return ending::none;
}

mqtt::steady_time running_stream::next_moment() const {
    auto next = std::min(token_end_, feed.queue.due_at());
    if (options_.until_idle && feed.queue.empty())
        next = std::min(next, last_message_ + *options_.until_idle);
    return next;
}

void running_stream::fill(mqtt::steady_time now) {
    auto& context = connection().context();
    const auto dropped = feed.queue.take_dropped();
    if (dropped > 0) {
        append_dropped(part, format(), dropped);
        place->count(0, 0, dropped);
    }
    if (!feed.queue.is_due(now))
        return;
    message_queue::entry next;
    while (left_ > 0 && part.size() < stream_part_bytes_max && feed.queue.take(next)) {
        if (past && past->has_told(next.what->id()))
            continue;
        context.formatted.append(part, format(), next);
        last_message_ = now;
        --left_;
        ++told_;
    }
    if (feed.queue.empty())
        feed.queue.rest(now);
}

void running_stream::append_replayed(const std::vector<mqtt::message_ptr>& messages) {
    auto& formatted = connection().context().formatted;
    for (const auto& each : messages) {
        if (left_ == 0)
            return;
        const auto qos = mqtt::lesser(each->qos(), options_.qos);
        formatted.append(part, format(), {each, qos, each->retain()});
        last_message_ = clock::now();
        --left_;
        ++told_;
    }
}

void running_stream::forget_waiting() {
    message_queue::entry waiting;
    while (feed.queue.take(waiting)) {
    }
    feed.queue.take_dropped();
}

void running_stream::begin_anew() {
    append_gap(part, format(), options_.resume.text);
    past.reset();
    if (wanted_.retained == mqtt::retained_delivery::none)
        return;
    forget_waiting();
    const auto filters = feed.subscription->filters(); // they were granted before
    wanted_.filters.assign(filters.begin(), filters.end());
    feed.subscription.reset();
    feed.subscribe(connection().client(), wanted_);
    if (feed.subscription && options_.no_local)
        place.hush(feed.subscription->number());
}

boost::asio::awaitable<bool> running_stream::send() {
    place->count(std::exchange(told_, 0), part.size(), 0);
    const bool sent = co_await connection().send_part(part);
    part.clear();
    if (part.capacity() > stream_part_kept_bytes)
        part.shrink_to_fit();
    co_return sent;
}

// What rules of others have to say about the filters is asked first, one after the other. Whoever
// answers late finds the stream by its place: it may have ended.
void running_stream::change(filter_change wanted, changed done) {
    if (over())
        return done(std::nullopt);
    settle_next(std::make_shared<filter_change>(std::move(wanted)), 0, std::move(done));
}

void running_stream::settle_next(std::shared_ptr<filter_change> wanted, std::size_t number,
                                 changed done) {
    if (number == wanted->add.size())
        return done(change_now(*wanted));
    const std::string_view filter = wanted->add[number];
    connection().client().settle(
        mqtt::operation::subscribe, filter,
        [self = place->shared_from_this(), wanted, number, done = std::move(done)]() mutable {
            auto* still = static_cast<running_stream*>(self->control());
            if (still == nullptr)
                return done(std::nullopt);
            still->settle_next(std::move(wanted), number + 1, std::move(done));
        });
}

filter_outcome running_stream::change_now(const filter_change& wanted) {
    filter_outcome outcome;
    if (!feed.subscription) { // it is about to end
        outcome.added.assign(wanted.add.size(), mqtt::reason::unspecified_error);
        outcome.removed.assign(wanted.remove.size(), false);
        return outcome;
    }
    if (would_have(*feed.subscription, wanted) > filters_max) {
        outcome.too_many = true;
        return outcome;
    }
    for (const auto& filter : wanted.remove)
        outcome.removed.push_back(feed.subscription->remove(filter)); // bound: filters_max
    auto more = wanted_;
    more.filters = wanted.add;
    if (!wanted.add.empty())
        outcome.added = feed.add(more);
    const auto filters = feed.subscription->filters();
    place->set_filters({filters.begin(), filters.end()});
    return outcome;
}

void running_stream::end() {
    ordered_to_end_ = true;
    connection().notify();
}

} // namespace rest
