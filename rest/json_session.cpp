#include "rest/json_session.hpp"

#include "rest/envelope.hpp"
#include "rest/json_text.hpp"
#include "rest/service_context.hpp"
#include "rest/topic_address.hpp"
#include "rest/websocket_frames.hpp"

#include <algorithm>
#include <utility>

namespace rest {
json_session::json_session(http_connection& connection, stream_place place)
    : place(std::move(place)), connection_(connection),
      room_(connection.context().rules.stream_queue_max, feed_bytes_max) {
    this->place->set_control(this);
}

void json_session::append(std::string_view text) {
    append_text_frame(output, text);
}

void json_session::close() {
    closed_ = true;
    questions_.reset();
    for (const auto& each : groups_)
        each->subscription.reset(); // somebody who waits may still hold the group
    groups_.clear();
}

boost::asio::awaitable<void> json_session::take(json_request what) {
    switch (what.op) {
    case json_op::sub:
        co_await subscribe(std::move(what));
        break;
    case json_op::unsub:
        unsubscribe(what);
        break;
    case json_op::pub:
        publish(std::move(what));
        break;
    case json_op::req:
        ask(std::move(what));
        break;
    case json_op::get:
        co_await get(std::move(what));
        break;
    case json_op::ack:
        acknowledge(what.id);
        break;
    case json_op::ping: {
        auto answer = begin_answer("pong", what.number);
        answer += R"(,"t":)";
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        append_number(answer,
                      static_cast<std::uint64_t>(
                          std::chrono::duration_cast<std::chrono::milliseconds>(now).count()));
        append(answer + '}');
        break;
    }
    case json_op::auth:
        refuse(what.number,
               {.id = problem_id::body_not_readable,
                .detail = "Who this connection is was said before",
                .hint = "'auth' is the first frame, or none. Open another WebSocket."});
    }
}

// --- subscriptions ---

// Filters that are there besides those.
std::size_t json_session::filters_besides(const std::vector<std::string>& others) const {
    std::size_t count = 0;
    for (const auto& each : groups_)
        for (const auto& filter : each->subscription->filters())
            count += std::find(others.begin(), others.end(), filter) == others.end() ? 1 : 0;
    return count;
}

void json_session::show_filters() {
    std::vector<std::string> all;
    for (const auto& each : groups_)
        for (const auto& filter : each->subscription->filters())
            all.push_back(filter); // bound: filters_max
    place->set_filters(std::move(all));
}

std::shared_ptr<json_session::group> json_session::make_group(const json_request& what,
                                                              mqtt::subscribe_request wanted,
                                                              std::chrono::milliseconds every,
                                                              std::vector<mqtt::reason>& verdicts) {
    auto made = std::make_shared<group>(room_, queue_rules{overflow::coalesce, every},
                                        [this] { connection_.notify(); });
    made->number = what.number;
    made->parse = what.parse;
    made->manual_ack = what.manual_ack;
    auto failure = mqtt::reason::success;
    made->queue.begin_backlog();
    made->subscription = connection_.client().subscribe(wanted, made->queue, failure);
    made->queue.end_backlog();
    if (!made->subscription) {
        verdicts.assign(wanted.filters.size(), failure);
        return nullptr;
    }
    const auto granted = made->subscription->granted();
    verdicts.assign(granted.begin(), granted.end());
    if (wanted.no_local)
        place.hush(made->subscription->number());
    groups_.push_back(made); // bound: filters_max
    return made;
}

// One subscription for the filters at these places of the request: they have the same terms.
std::shared_ptr<json_session::group> json_session::begin_group(const json_request& what,
                                                               const resume_point& from,
                                                               std::span<const std::size_t> places,
                                                               std::vector<mqtt::reason>& answer) {
    const auto& terms = what.filters[places.front()];
    mqtt::subscribe_request wanted;
    for (const auto place_of_it : places)
        wanted.filters.push_back(what.filters[place_of_it].filter); // bound: filters_max
    wanted.qos = terms.qos;
    wanted.no_local = what.no_local;
    if (what.retained == "none" || (what.retained == "new" && !from.is_named()))
        wanted.retained = mqtt::retained_delivery::none;
    if (what.retained == "new")
        wanted.retained_after = from.after.value_or(0);
    auto* past = connection_.context().past;
    const bool possible = replay(connection_, past, wanted.filters, from).is_possible();
    if (possible)
        wanted.retained = mqtt::retained_delivery::none; // history has them
    std::vector<mqtt::reason> verdicts;
    auto made = make_group(what, std::move(wanted), terms.every, verdicts);
    for (std::size_t i = 0; i < places.size(); ++i)
        answer[places[i]] = verdicts[i];
    if (made && possible) {
        const auto filters = made->subscription->filters();
        made->past.emplace(connection_, past,
                           std::vector<std::string>(filters.begin(), filters.end()), from);
    }
    return made;
}

// Filters with the same terms are one subscription, so that a message which several of them select
// comes once. A filter that is there already gets the new terms.
boost::asio::awaitable<void> json_session::subscribe(json_request what) {
    std::vector<std::string> names;
    for (const auto& each : what.filters) {
        co_await connection_.settle(mqtt::operation::subscribe, each.filter);
        names.push_back(each.filter); // bound: filters_max
    }
    if (closed_)
        co_return;
    if (filters_besides(names) + names.size() > filters_max) {
        refuse(what.number, {.id = problem_id::too_many_filters});
        co_return;
    }
    for (const auto& each : names)
        remove_filter(each);
    forget_empty_groups();
    resume_point from;
    from.text = what.after;
    from.after = what.after.empty() ? std::nullopt : mqtt::parse_public_id(what.after);
    std::vector<mqtt::reason> answer(names.size(), mqtt::reason::success);
    std::vector<bool> done(names.size());
    std::vector<std::shared_ptr<group>> made;
    for (std::size_t first = 0; first < names.size(); ++first) {
        std::vector<std::size_t> places;
        for (std::size_t i = first; i < names.size(); ++i) {
            if (done[i] || !what.filters[i].has_terms_of(what.filters[first]))
                continue;
            done[i] = true;
            places.push_back(i); // bound: filters_max
        }
        if (places.empty())
            continue;
        if (auto fresh = begin_group(what, from, places, answer))
            made.push_back(std::move(fresh)); // bound: filters_max
    }
    show_filters();
    append(reasons_answer("suback", what.number, answer));
    if (from.is_named())
        for (const auto& fresh : made)
            co_await catch_up(fresh, from);
}

// What came while the client was away. Other requests wait meanwhile.
boost::asio::awaitable<void> json_session::catch_up(std::shared_ptr<group> to,
                                                    const resume_point& from) {
    bool gap = !to->past;
    while (!gap && !connection_.over()) {
        const auto next = co_await to->past->next();
        gap = !next || next->gap;
        if (gap)
            break;
        for (const auto& each : next->messages)
            append_message(*to, {each, each->qos(), each->retain()});
        const auto frames = std::exchange(output, {});
        const bool sent = co_await connection_.send_part(frames);
        if (!sent || next->last)
            co_return;
    }
    if (connection_.over())
        co_return;
    to->past.reset();
    auto answer = begin_answer("gap", to->number);
    answer += R"(,"after":)";
    append_json_string(answer, from.text);
    append(answer + R"(,"lost":null})");
}

bool json_session::remove_filter(std::string_view filter) {
    return std::any_of(groups_.begin(), groups_.end(),
                       [&](const auto& each) { return each->subscription->remove(filter); });
}

// What waits of a subscription that has ended is not told any more.
void json_session::forget_empty_groups() {
    std::erase_if(groups_, [](const auto& each) { return each->subscription->filters().empty(); });
}

void json_session::unsubscribe(const json_request& what) {
    std::vector<mqtt::reason> reasons;
    for (const auto& each : what.filters)
        reasons.push_back(remove_filter(each.filter) // bound: filters_max
                              ? mqtt::reason::success
                              : mqtt::reason::no_subscription_existed);
    forget_empty_groups();
    show_filters();
    append(reasons_answer("unsuback", what.number, reasons));
}

// A request for /api/v1/streams. What rules of others have to say is asked first.
void json_session::change(filter_change wanted, changed done) {
    if (closed_ || connection_.over())
        return done(std::nullopt);
    settle_next(std::make_shared<filter_change>(std::move(wanted)), 0, std::move(done));
}

void json_session::settle_next(std::shared_ptr<filter_change> wanted, std::size_t number,
                               changed done) {
    if (number == wanted->add.size())
        return done(change_now(*wanted));
    const std::string_view filter = wanted->add[number];
    connection_.client().settle(
        mqtt::operation::subscribe, filter,
        [self = shared_from_this(), wanted, number, done = std::move(done)]() mutable {
            if (self->closed_)
                return done(std::nullopt);
            self->settle_next(std::move(wanted), number + 1, std::move(done));
        });
}

// One more group; filters that are there move into it.
filter_outcome json_session::change_now(const filter_change& wanted) {
    filter_outcome outcome;
    auto gone = wanted.remove;
    gone.insert(gone.end(), wanted.add.begin(), wanted.add.end());
    outcome.too_many = filters_besides(gone) + wanted.add.size() > filters_max;
    if (outcome.too_many)
        return outcome;
    for (const auto& filter : wanted.remove)
        outcome.removed.push_back(remove_filter(filter)); // bound: filters_max
    for (const auto& filter : wanted.add)
        remove_filter(filter);
    forget_empty_groups();
    if (!wanted.add.empty()) {
        mqtt::subscribe_request more;
        more.filters = wanted.add;
        make_group({}, std::move(more), {}, outcome.added);
    }
    show_filters();
    return outcome;
}

void json_session::end() {
    ordered_to_end_ = true;
    connection_.notify();
}

// --- messages ---

// Among the queues that have something to tell now, the one with the oldest message.
json_session::group* json_session::next_group(mqtt::steady_time now) {
    group* chosen = nullptr;
    std::uint64_t oldest = 0;
    for (const auto& each : groups_) {
        if (!may_send(*each) || !each->queue.is_due(now))
            continue;
        const auto id = each->queue.front()->id();
        if (chosen == nullptr || id < oldest) {
            chosen = each.get();
            oldest = id;
        }
    }
    return chosen;
}

void json_session::append_message(group& from, const message_queue::entry& what) {
    std::string text = R"({"op":"msg",)";
    append_envelope_members(text, *what.what, what.qos, what.retained, from.parse);
    if (from.number) {
        text += R"(,"sub":)";
        append_number(text, *from.number);
    }
    text += '}';
    const auto before = output.size();
    append(text);
    place->count(1, output.size() - before, 0);
    if (from.manual_ack && what.qos != mqtt::qos::at_most_once && may_send(from))
        unacknowledged_.insert(what.what->id());
}

void json_session::fill(mqtt::steady_time now) {
    std::uint64_t dropped = 0;
    for (const auto& each : groups_)
        dropped += each->queue.take_dropped();
    if (dropped > 0) {
        connection_.context().counters.add(mqtt::metric::messages_dropped,
                                           static_cast<std::int64_t>(dropped));
        place->count(0, 0, dropped);
        std::string text = R"({"op":"dropped","count":)";
        append_number(text, dropped);
        append(text + '}');
    }
    message_queue::entry next;
    while (output.size() < json_output_bytes_max) {
        auto* from = next_group(now);
        if (from == nullptr || !from->queue.take(next))
            break;
        if (!from->past || !from->past->has_told(next.what->id()))
            append_message(*from, next);
        if (from->queue.empty())
            from->queue.rest(now);
    }
    if (questions_) {
        questions_->tell();
        questions_->advance(now);
    }
}

mqtt::steady_time json_session::next_moment() const {
    auto next = questions_ ? questions_->next_deadline() : mqtt::never;
    for (const auto& each : groups_)
        if (may_send(*each))
            next = std::min(next, each->queue.due_at());
    return next;
}

void json_session::acknowledge(const std::string& id) {
    if (const auto number = mqtt::parse_public_id(id))
        unacknowledged_.erase(*number); // twice is once
}

} // namespace rest
