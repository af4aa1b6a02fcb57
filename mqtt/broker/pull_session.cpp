#include "mqtt/broker/pull_session.hpp"

#include "mqtt/broker/broker.hpp"
#include "mqtt/broker/shard_calls.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

namespace mqtt {

// Runs work(desk, key) where the session lives.
template <class Work>
void pull_session::call(Work work) const {
    call_shard(hub_, home_of(hub_, who_.client_id),
               [key = pull_key{who_, reserved_}, work = std::move(work)](broker& home) {
                   work(home.pulls(), key);
               });
}

void pull_session::open(pull_terms terms, std::optional<std::vector<pull_subscription>> filters,
                        std::function<void(pull_opened)> done) const {
    call([terms = std::move(terms), filters = std::move(filters), done = std::move(done)](
             pull_desk& at, const pull_key& key) { at.open(key, terms, filters, done); });
}

void pull_session::describe(std::function<void(pull_description)> done) const {
    call([done = std::move(done)](pull_desk& at, const pull_key& key) { at.describe(key, done); });
}

void pull_session::end(std::function<void(pull_outcome)> done) const {
    call([done = std::move(done)](pull_desk& at, const pull_key& key) { at.end(key, done); });
}

void pull_session::subscribe(std::vector<pull_subscription> filters,
                             std::function<void(pull_granted)> done) const {
    call([filters = std::move(filters), done = std::move(done)](
             pull_desk& at, const pull_key& key) { at.subscribe(key, filters, done); });
}

void pull_session::unsubscribe(std::vector<std::string> filters,
                               std::function<void(pull_granted)> done) const {
    call([filters = std::move(filters), done = std::move(done)](
             pull_desk& at, const pull_key& key) { at.unsubscribe(key, filters, done); });
}

void pull_session::peek(std::size_t max, std::function<void(pull_batch)> done) const {
    call([max, done = std::move(done)](pull_desk& at, const pull_key& key) {
        at.read(key, {max, false}, done);
    });
}

void pull_session::lease(std::size_t max, std::optional<std::chrono::seconds> term,
                         std::uint64_t holder, std::function<void(pull_batch)> done) const {
    call([max, term, holder, done = std::move(done)](pull_desk& at, const pull_key& key) {
        at.read(key, {max, true, term, holder}, done);
    });
}

void pull_session::acknowledge(std::vector<std::uint64_t> ids,
                               std::function<void(pull_count)> done) const {
    call([ids = std::move(ids), done = std::move(done)](pull_desk& at, const pull_key& key) {
        at.count(
            key, false, [&](auto& of, steady_time) { return of.acknowledge(ids); }, done);
    });
}

void pull_session::acknowledge_up_to(std::uint64_t id, bool by_stream,
                                     std::function<void(pull_count)> done) const {
    call([id, by_stream, done = std::move(done)](pull_desk& at, const pull_key& key) {
        const auto change = [&](auto& of, steady_time now) {
            return of.acknowledge_up_to(id, by_stream, now);
        };
        at.count(key, false, change, done);
    });
}

void pull_session::give_back(std::vector<std::uint64_t> ids, std::chrono::seconds delay,
                             std::function<void(pull_count)> done) const {
    call([ids = std::move(ids), delay, done = std::move(done)](pull_desk& at, const pull_key& key) {
        const auto change = [&](auto& of, steady_time now) {
            return of.give_back(ids, now, now + delay);
        };
        at.count(key, true, change, done);
    });
}

void pull_session::extend(std::vector<std::uint64_t> ids, std::optional<std::chrono::seconds> term,
                          std::function<void(pull_count)> done) const {
    call([ids = std::move(ids), term, done = std::move(done)](pull_desk& at, const pull_key& key) {
        const auto change = [&](auto& of, steady_time now) {
            const auto lasts = term.value_or(std::chrono::seconds(of.terms().lease));
            return of.extend(ids, now, now + lasts);
        };
        at.count(key, true, change, done);
    });
}

void pull_session::begin_stream(std::uint64_t holder, pull_watch replaced,
                                std::function<void(pull_outcome)> done) const {
    call([holder, replaced = std::move(replaced), done = std::move(done)](
             pull_desk& at, const pull_key& key) { at.begin_stream(key, holder, replaced, done); });
}

void pull_session::keep_stream(std::uint64_t holder) const {
    call([holder](pull_desk& at, const pull_key& key) { at.keep_stream(key, holder); });
}

void pull_session::end_stream(std::uint64_t holder) const {
    call([holder](pull_desk& at, const pull_key& key) { at.end_stream(key, holder); });
}

void pull_session::watch(pull_watch told) const {
    call([told = std::weak_ptr(told)](pull_desk& at, const pull_key& key) {
        if (const auto still = told.lock())
            at.watch(key, still);
    });
}

std::string dead_letter_topic(const pull_terms& terms, const std::string& id) {
    constexpr std::string_view mark = "{id}";
    auto topic = terms.dead_letter;
    for (auto at = topic.find(mark); at != std::string::npos; at = topic.find(mark, at + id.size()))
        topic.replace(at, mark.size(), id);
    return topic;
}

void list_pull_sessions(const broker& hub, identity who,
                        std::function<void(std::vector<pull_description>)> done) {
    struct gathering {
        std::mutex lock; // held for a few instructions
        std::size_t open;
        std::vector<pull_description> found; // bound: pull_sessions_per_user_max
    };
    const auto all = std::make_shared<gathering>();
    all->open = shards_of(hub);
    for (std::size_t shard = 0; shard < shards_of(hub); ++shard)
        call_shard(hub, static_cast<std::uint8_t>(shard), [all, who, done](broker& there) {
            auto some = there.pulls().list(who);
            {
                const std::lock_guard hold(all->lock);
                std::move(some.begin(), some.end(), std::back_inserter(all->found));
                if (--all->open != 0)
                    return;
            }
            auto& found = all->found; // nobody else comes any more
            std::sort(found.begin(), found.end(),
                      [](const auto& left, const auto& right) { return left.id < right.id; });
            done(std::move(found));
        });
}

} // namespace mqtt
