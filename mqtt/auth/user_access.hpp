// The door of the process: who is let in, and what they may do, by the rules in force. Knows users
// of password files, bearers of tokens, clients that have proven themselves by TLS, plugins, and
// clients without a name where the operator wants them.
#pragma once

#include "mqtt/auth/check_queue.hpp"
#include "mqtt/auth/rule_book.hpp"
#include "mqtt/auth/verdict_cache.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace mqtt {

class user_access final : public access {
public:
    using clock = check_queue::clock;
    using book_ptr = std::shared_ptr<const rule_book>;

    // threads 0: somebody calls check_next() instead.
    explicit user_access(
        book_ptr rules, unsigned threads = password_check_threads,
        clock now = [] { return std::chrono::steady_clock::now(); });

    // thread: any
    void authenticate(const credentials& presented, const executor& back, decided answer) override;
    std::unique_ptr<exchange> begin(std::string_view method, std::uint16_t realm) override;
    verdict authorize(const identity& who, operation what, std::string_view topic) const override;
    void decide(std::vector<question> asked, const executor& back,
                std::function<void(std::vector<verdict>)> answer) override;
    bool limits_receiving() const override;
    bool is_settled(std::uint16_t realm) const override {
        return rules_of(realm).plugins == nullptr;
    }
    bool asks_others() const override;
    void left(const identity& who, reason why) override;
    bool inspects(std::uint16_t realm) const override;
    void inspect(const identity& who, const publication& what, const executor& back,
                 std::function<void(inspected)> answer) override;
    bool take_order(const identity& who, std::string_view topic, std::string_view payload) override;
    bool still_good(const identity& who) const override;
    explanation explain(const identity& who, operation what, std::string_view topic) const override;
    std::vector<rule_text> rules_about(const identity& who, std::size_t most) const override;
    std::uint64_t version() const override { return version_.load(std::memory_order_acquire); }

    // Other rules for everybody, from now on. thread: any
    void replace(book_ptr rules);
    // Plugins may say otherwise now than a moment ago. thread: any
    void forget_verdicts() { verdicts_.clear(); }

    // See check_queue.
    void close() { checks_.close(); }
    void stop() { checks_.stop(); }
    bool check_next() { return checks_.check_next(); }

private:
    const book_ptr& in_force() const;
    const realm_rules& rules_of(std::uint16_t realm) const;
    void look_up(const credentials& presented, const executor& back, decided answer,
                 bool plugins_asked);
    decision check_password(const password_file& users, const std::string& username,
                            const std::string& password) const;
    static decision check_token(const realm_rules& rules, const std::string& token);
    std::vector<verdict> remember(const std::vector<question>& asked,
                                  const std::vector<std::optional<bool>>& said);
    std::uint64_t mark_of(const password_hash& stored) const;

    const std::string secret_; // of this process: what it makes up for users that do not exist
    const clock now_;
    mutable std::mutex lock_; // rules_
    book_ptr rules_;
    std::atomic<std::uint64_t> version_;
    mutable verdict_cache verdicts_;
    check_queue checks_;
};

} // namespace mqtt
