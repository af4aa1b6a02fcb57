#include "mqtt/auth/user_access.hpp"

#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/reserved_topics.hpp"
#include "mqtt/auth/scram.hpp"
#include "mqtt/types/ensure.hpp"
#include "mqtt/types/limits.hpp"

#include <utility>

namespace mqtt {
namespace {

constexpr std::size_t secret_bytes = 32;

// "203.0.113.7:51234" without the port: what one client can't have many of.
std::string host_of(const std::string& address) {
    return address.substr(0, address.rfind(':'));
}

} // namespace

user_access::user_access(bool allow_anonymous, std::shared_ptr<const password_file> users,
                         unsigned threads, clock now)
    : allow_anonymous_(allow_anonymous),
      secret_(users != nullptr ? random_bytes(secret_bytes) : std::string()), now_(std::move(now)),
      users_(std::move(users)) {
    for (unsigned number = 0; users_ != nullptr && number < threads; ++number)
        threads_.emplace_back([this] { work(); });
}

user_access::~user_access() {
    stop();
}

// Whatever is wrong, the answer is the same, and the one that mosquitto's users know: return code 5
// of 3.1.1, 0x87 of 5.0. Which of name and password was wrong is nobody's business.
void user_access::authenticate(const credentials& presented, const executor& back, decided answer) {
    const auto users = in_force();
    if (users == nullptr || !presented.username)
        return answer(allow_anonymous_ ? reason::success : reason::not_authorized);
    if (!presented.password || presented.username->size() > username_bytes_max ||
        presented.password->size() > password_bytes_max || users->size() == 0)
        return answer(reason::not_authorized);
    queue(host_of(presented.from.address),
          {users, *presented.username, *presented.password, now_(), back, std::move(answer)});
}

std::shared_ptr<const password_file> user_access::in_force() const {
    const std::scoped_lock hold(lock_);
    return users_;
}

// On the thread of whoever asked, so that a check without a place is answered at once.
void user_access::queue(const std::string& address, check asked) {
    std::unique_lock hold(lock_);
    if (closed_) {
        hold.unlock();
        return asked.answer(reason::server_shutting_down);
    }
    auto displaced = waiting_.put(address, std::move(asked));
    hold.unlock();
    due_.notify_one();
    if (displaced)
        tell(std::move(*displaced), reason::server_busy);
}

std::unique_ptr<exchange> user_access::begin(std::string_view method) {
    if (method != scram_method)
        return nullptr;
    auto users = in_force();
    if (users == nullptr)
        return nullptr;
    return std::make_unique<scram_exchange>(std::move(users), secret_);
}

bool user_access::authorize(const identity&, operation what, std::string_view topic) const {
    return respects_reserved_topics(what, topic);
}

void user_access::replace(std::shared_ptr<const password_file> users) {
    const std::scoped_lock hold(lock_);
    ensure(users != nullptr && users_ != nullptr, "a password file appeared or went away");
    users_.swap(users);
}

void user_access::close() {
    std::unique_lock hold(lock_);
    closed_ = true;
    auto waiting = std::exchange(waiting_, fair_queue<check>(password_checks_max));
    hold.unlock();
    due_.notify_all();
    while (auto each = waiting.take())
        tell(std::move(*each), reason::server_shutting_down);
}

void user_access::stop() {
    {
        const std::scoped_lock hold(lock_);
        closed_ = stopping_ = true;
    }
    due_.notify_all();
    for (auto& thread : threads_)
        thread.join();
    threads_.clear();
    std::unique_lock hold(lock_);
    const auto forgotten = std::exchange(waiting_, fair_queue<check>(password_checks_max));
    hold.unlock();
}

void user_access::work() {
    for (;;) {
        {
            std::unique_lock hold(lock_);
            due_.wait(hold, [this] { return closed_ || !waiting_.empty(); });
            if (closed_)
                return;
        }
        check_next();
    }
}

bool user_access::check_next() {
    std::unique_lock hold(lock_);
    auto asked = waiting_.take();
    hold.unlock();
    if (!asked)
        return false;
    const auto verdict = verdict_of(*asked);
    hold.lock();
    const bool stopping = stopping_;
    hold.unlock();
    if (!stopping)
        tell(std::move(*asked), verdict);
    return true;
}

reason user_access::verdict_of(const check& asked) const {
    if (now_() - asked.asked_at > connect_deadline)
        return reason::server_busy; // nobody waits for it any more
    const auto* known = asked.users->find(asked.username);
    // A user that does not exist costs what some user costs, always the same one.
    const auto* compared =
        known != nullptr ? known : asked.users->any(keyed_number(secret_, asked.username));
    const bool same = compared->matches(asked.password);
    return same && known != nullptr ? reason::success : reason::not_authorized;
}

// Nothing of the check may end on this thread: what the answer holds belongs to the one behind
// `back`.
void user_access::tell(check asked, reason verdict) {
    const auto back = std::move(asked.back);
    back([answer = std::move(asked.answer), verdict] { answer(verdict); });
}

} // namespace mqtt
