// Lets in who a password file knows, and clients without a name where the operator wants it. The
// dear work of checking a password is done on threads of its own, never on the caller's.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/auth/fair_queue.hpp"
#include "mqtt/auth/password_file.hpp"
#include "mqtt/types/clock.hpp"

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace mqtt {

// Checks that wait. A client may give up, and its check stays: so they are few, each address has
// its turn, and one that is older than connect_deadline is not carried out any more.
inline constexpr std::size_t password_checks_max = 1024;
inline constexpr unsigned password_check_threads = 2;

class user_access final : public access {
public:
    using clock = std::function<steady_time()>;

    // users null: there is no password file. Then a user name is not looked at, and allow_anonymous
    // decides for everybody. threads 0: somebody calls check_next() instead.
    user_access(
        bool allow_anonymous, std::shared_ptr<const password_file> users,
        unsigned threads = password_check_threads,
        clock now = [] { return std::chrono::steady_clock::now(); });
    ~user_access() override;
    user_access(const user_access&) = delete;
    user_access& operator=(const user_access&) = delete;

    // thread: any
    void authenticate(const credentials& presented, const executor& back, decided answer) override;
    std::unique_ptr<exchange> begin(std::string_view method) override;
    bool authorize(const identity& who, operation what, std::string_view topic) const override;

    // Other users for everybody who comes from now on. requires: not null, and there were some
    // before. thread: any
    void replace(std::shared_ptr<const password_file> users);

    // The end begins: checks that wait are answered without being made, and no others are taken.
    // thread: any
    void close();
    // Waits for the checks that are being made, and forgets the others; from then on nobody is let
    // in or called back. thread: any, while nobody's executor runs
    void stop();

    // Carries out one check; false: none is waiting.
    bool check_next();

private:
    struct check {
        std::shared_ptr<const password_file> users;
        std::string username;
        std::string password;
        steady_time asked_at;
        executor back;
        decided answer;
    };

    std::shared_ptr<const password_file> in_force() const;
    void queue(const std::string& address, check asked);
    void work();
    reason verdict_of(const check& asked) const;
    static void tell(check asked, reason verdict);

    const bool allow_anonymous_;
    const std::string secret_; // of this process: what it makes up for users that do not exist
    const clock now_;
    mutable std::mutex lock_; // users_, waiting_, closed_, stopping_
    std::condition_variable due_;
    std::shared_ptr<const password_file> users_;
    fair_queue<check> waiting_{password_checks_max};
    bool closed_ = false;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace mqtt
