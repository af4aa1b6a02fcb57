#include "rest/webhooks/desk.hpp"

#include "mqtt/broker/documents.hpp"
#include "mqtt/broker/shard_calls.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace rest::webhooks {
namespace {

// What somebody waits for who is answered on another thread. It belongs to who waits: what is left
// of the question when the process ends holds nothing of ours.
template <class T>
struct awaited {
    explicit awaited(boost::asio::io_context& io) : bell(io, mqtt::never) {}
    std::optional<T> came;
    boost::asio::steady_timer bell;
};

// Waits for what ask(answer) answers, on whatever thread.
template <class T, class Ask>
boost::asio::awaitable<T> answer_from(boost::asio::io_context& io, Ask ask) {
    const auto mine = std::make_shared<awaited<T>>(io);
    ask([held = std::weak_ptr(mine), &io](T answer) {
        boost::asio::post(io, [held, answer = std::move(answer)]() mutable {
            if (const auto waiting = held.lock()) {
                waiting->came.emplace(std::move(answer));
                waiting->bell.cancel();
            }
        });
    });
    while (!mine->came) {
        boost::system::error_code woken;
        co_await mine->bell.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, woken));
    }
    co_return std::move(*mine->came);
}

desk_answer no_such_webhook(const std::string& name) {
    return {.refused = problem{.id = problem_id::no_such_webhook, .detail = name}};
}

desk_answer refusal(problem why) {
    desk_answer made;
    made.refused = std::move(why);
    return made;
}

desk_answer refusal(problem_id why) {
    problem made;
    made.id = why;
    return refusal(std::move(made));
}

desk_answer said(std::string body, bool made = false) {
    desk_answer answer;
    answer.body = std::move(body);
    answer.made = made;
    return answer;
}

problem owned_by_another(const std::string& name) {
    return {.id = problem_id::not_authorized,
            .detail = name + " belongs to another user",
            .hint = "DELETE it first: a webhook has the rights of who made it."};
}

problem not_allowed(const definition& what) {
    problem made{.id = problem_id::target_not_allowed,
                 .hint = "The operator can allow it: webhook_allow <address>[/<bits>]"};
    if (const auto where = parse_target(what.url))
        made.detail = where->shown;
    return made;
}

problem busy_with(const std::string& name) {
    problem made{.id = problem_id::server_busy, .detail = name + " is being changed"};
    made.fields.emplace_back("Retry-After", "1");
    return made;
}

problem problem_of_open(const definition& what, const mqtt::pull_opened& opened) {
    using mqtt::pull_outcome;
    switch (opened.outcome) {
    case pull_outcome::not_authorized:
        return {.id = problem_id::not_authorized,
                .detail = "Subscribing to " + opened.refused_filter,
                .hint = "A webhook gets what its maker may subscribe to by the rules of the "
                        "configuration."};
    case pull_outcome::no_room:
        return {.id = problem_id::storage_full};
    case pull_outcome::too_many_sessions:
        return {.id = problem_id::too_many_sessions};
    case pull_outcome::owned_by_another:
        return owned_by_another(what.name);
    default:
        return {.id = problem_id::server_busy, .detail = "Its session can't be opened"};
    }
}

mqtt::stored_document document_of(const definition& what) {
    mqtt::stored_document made;
    made.kind = document_kind;
    made.name = what.name;
    made.value = stored_text(what);
    return made;
}

} // namespace

desk::desk(const webhook_settings& rules, std::function<void(const std::string& line)> log)
    : io_(std::make_unique<boost::asio::io_context>(1)), open_(io_->get_executor()),
      client_(*io_, rules), shop_{*io_, client_, std::move(log)} {}

desk::~desk() {
    stop();
}

void desk::start(mqtt::broker& hub, mqtt::access& door) {
    shop_.hub = &hub;
    shop_.door = &door;
    for (const auto& each : mqtt::documents_of(hub).all(document_kind)) {
        auto terms = from_stored_text(each.name, each.value);
        if (!terms || hooks_.size() >= webhooks_max)
            continue;
        const auto made = std::make_shared<hook>(shop_, std::move(*terms));
        hooks_.emplace(each.name, made);
        boost::asio::post(*io_, [made] { made->start(); });
    }
    thread_ = std::thread([this] { io_->run(); });
}

void desk::stop() {
    if (!thread_.joinable())
        return;
    io_->stop();
    thread_.join();
    for (auto& [name, each] : hooks_)
        each->stop();
    hooks_.clear();
    client_.close();
    open_.reset();
    io_.reset(); // and with it the requests that wait for us, while their shards are there
}

desk::hook_ptr desk::find_hook(const std::string& name) const {
    const auto found = hooks_.find(name);
    return found == hooks_.end() ? nullptr : found->second;
}

void desk::answer_with(boost::asio::awaitable<desk_answer> work, desk_reply then) {
    boost::asio::co_spawn(
        *io_, std::move(work),
        [then = std::move(then)](const std::exception_ptr& fault, desk_answer answer) {
            if (fault)
                answer.refused = problem{.id = problem_id::internal_fault};
            then(std::move(answer));
        });
}

// Runs work(hook) on the desk's thread, where there is such a webhook.
template <class Work>
void desk::work_on(std::string name, desk_reply then, Work work) {
    boost::asio::post(*io_, [this, name = std::move(name), then = std::move(then),
                             work = std::move(work)]() mutable {
        const auto found = find_hook(name);
        then(found ? work(*found) : no_such_webhook(name));
    });
}

void desk::put(definition what, desk_reply then) {
    answer_with(put_now(std::move(what)), std::move(then));
}

boost::asio::awaitable<bool> desk::keep(mqtt::stored_document what) {
    const auto ask = [this, &what](std::function<void(bool)> done) {
        mqtt::call_shard(*shop_.hub, 0, [what, done = std::move(done)](mqtt::broker& there) {
            mqtt::keep_document(there, what, done);
        });
    };
    const bool kept = co_await answer_from<bool>(*io_, ask);
    co_return kept;
}

boost::asio::awaitable<desk_answer> desk::put_now(definition what) {
    const auto name = what.name;
    const auto before = find_hook(name);
    if (before && (before->work().terms().username != what.username ||
                   before->work().terms().realm != what.realm))
        co_return refusal(owned_by_another(name));
    if (!before && hooks_.size() + changing_.size() >= webhooks_max)
        co_return refusal(problem_id::too_many_sessions);
    if (!changing_.insert(name).second)
        co_return refusal(busy_with(name));
    const std::shared_ptr<void> turn(nullptr, [this, name](void*) { changing_.erase(name); });

    // An address that may not be called is told now, where it is known; it is looked at again with
    // every call.
    const auto where = parse_target(what.url);
    const auto known = co_await client_.resolve(*where);
    if (known.any && known.allowed.empty())
        co_return refusal(not_allowed(what));
    const mqtt::pull_session session(*shop_.hub, identity_of(what), true);
    const auto open = [&session, &what](std::function<void(mqtt::pull_opened)> done) {
        session.open(session_terms(what), session_filters(what), std::move(done));
    };
    const auto opened = co_await answer_from<mqtt::pull_opened>(*io_, open);
    if (opened.outcome != mqtt::pull_outcome::success)
        co_return refusal(problem_of_open(what, opened));
    const bool kept = co_await keep(document_of(what));
    if (!kept)
        co_return refusal(problem_id::storage_full);
    auto now_there = find_hook(name);
    if (now_there) {
        now_there->change(std::move(what));
    } else {
        now_there = std::make_shared<hook>(shop_, std::move(what));
        hooks_.emplace(name, now_there); // bound: webhooks_max
        now_there->start();
    }
    auto body = co_await described(now_there);
    co_return said(std::move(body), before == nullptr);
}

void desk::remove(std::string name, desk_reply then) {
    answer_with(remove_now(std::move(name)), std::move(then));
}

boost::asio::awaitable<desk_answer> desk::remove_now(std::string name) {
    const auto found = find_hook(name);
    if (!found)
        co_return no_such_webhook(name);
    if (!changing_.insert(name).second)
        co_return refusal(busy_with(name));
    const std::shared_ptr<void> turn(nullptr, [this, name](void*) { changing_.erase(name); });
    found->stop();
    hooks_.erase(name);
    auto gone = document_of(found->work().terms());
    gone.gone = true;
    co_await keep(std::move(gone));
    const auto end = [&found](std::function<void(mqtt::pull_outcome)> done) {
        found->session().end(std::move(done));
    };
    co_await answer_from<mqtt::pull_outcome>(*io_, end);
    co_return said({});
}

boost::asio::awaitable<std::string> desk::described(hook_ptr which) {
    const auto ask = [&which](std::function<void(mqtt::pull_description)> done) {
        which->session().describe(std::move(done));
    };
    const auto queue = co_await answer_from<mqtt::pull_description>(*io_, ask);
    co_return describe(which->work(), queue.pending, which->trouble(), now());
}

void desk::show(std::string name, desk_reply then) {
    answer_with(show_now(std::move(name)), std::move(then));
}

boost::asio::awaitable<desk_answer> desk::show_now(std::string name) {
    const auto found = find_hook(name);
    if (!found)
        co_return no_such_webhook(name);
    auto body = co_await described(found);
    co_return said(std::move(body));
}

void desk::list(desk_reply then) {
    answer_with(list_now(), std::move(then));
}

boost::asio::awaitable<desk_answer> desk::list_now() {
    std::vector<hook_ptr> all; // they may change while we wait
    for (const auto& [name, each] : hooks_)
        all.push_back(each); // bound: webhooks_max
    std::string body = "{\"data\":[";
    for (const auto& each : all) {
        const auto one = co_await described(each);
        body.append(body.ends_with('[') ? "\n" : ",\n").append(one);
    }
    co_return said(body + "]}");
}

void desk::deliveries(std::string name, std::optional<delivery_state> only, std::size_t limit,
                      desk_reply then) {
    work_on(std::move(name), std::move(then), [only, limit](hook& found) {
        return desk_answer{.body = describe_deliveries(found.work(), only, limit, now())};
    });
}

void desk::retry(std::string name, std::string id, desk_reply then) {
    work_on(std::move(name), std::move(then), [id = std::move(id)](hook& found) {
        desk_answer answer;
        if (found.retry(id))
            answer.body = nlohmann::json{{"id", id}, {"state", "pending"}}.dump();
        else
            answer.refused = problem{.id = problem_id::no_such_delivery,
                                     .detail = id,
                                     .hint = "GET .../deliveries?state=failed lists those that can "
                                             "be tried again."};
        return answer;
    });
}

void desk::replay(std::string name, std::vector<queued_message> messages, desk_reply then) {
    work_on(std::move(name), std::move(then),
            [messages = std::move(messages)](hook& found) mutable {
                if (found.work().extras() + messages.size() > extras_max) {
                    problem full{.id = problem_id::quota_exceeded,
                                 .detail = "10000 replayed messages may wait at a time"};
                    full.fields.emplace_back("Retry-After", "60");
                    return desk_answer{.refused = std::move(full)};
                }
                found.replay(std::move(messages));
                return desk_answer{};
            });
}

void desk::test(std::string name, desk_reply then) {
    answer_with(test_now(std::move(name)), std::move(then));
}

boost::asio::awaitable<desk_answer> desk::test_now(std::string name) {
    const auto found = find_hook(name);
    if (!found)
        co_return no_such_webhook(name);
    const auto at = now();
    mqtt::publication what;
    what.topic = "webhook/test";
    what.payload = R"({"test":true})";
    delivery one;
    const auto number = at.wall.time_since_epoch().count(); // another one with each test
    queued_message message;
    message.what = mqtt::message::make(what, static_cast<std::uint64_t>(number), at.wall);
    one.messages.push_back(std::move(message));
    one.id = "test-" + std::to_string(number);
    auto request = request_of(found->work().terms(), one, at.wall);
    const auto outcome = co_await client_.call(std::move(request));
    nlohmann::json body{{"delivered", outcome.is_success()}, {"took_ms", outcome.took.count()}};
    if (outcome.status != 0)
        body["status"] = outcome.status;
    if (!outcome.is_success())
        body["error"] = reason_of(outcome);
    co_return said(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void desk::find(std::string name, std::function<void(std::optional<definition>)> then) {
    boost::asio::post(*io_, [this, name = std::move(name), then = std::move(then)] {
        const auto found = find_hook(name);
        then(found ? std::optional(found->work().terms()) : std::nullopt);
    });
}

} // namespace rest::webhooks
