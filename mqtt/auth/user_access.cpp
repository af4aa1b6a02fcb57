#include "mqtt/auth/user_access.hpp"

#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/reserved_topics.hpp"
#include "mqtt/auth/scram.hpp"
#include "mqtt/types/ensure.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

namespace mqtt {
namespace {

constexpr std::size_t secret_bytes = 32;

// No two sets of rules of a process have the same number, whosever they are.
std::uint64_t next_version() {
    static std::atomic<std::uint64_t> last{0};
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

decision let_in(std::string username, evidence by) {
    decision said(reason::success);
    said.username = std::move(username);
    said.by = by;
    return said;
}

// Whatever is wrong, the answer is the same, and the one that mosquitto's users know: return code 5
// of 3.1.1, 0x87 of 5.0. Which of name and password was wrong is the operator's business only.
decision refused(std::string_view why) {
    return {reason::not_authorized, why};
}

acl_access access_of(token_right::kind what) {
    switch (what) {
    case token_right::kind::read:
        return acl_access::read;
    case token_right::kind::write:
        return acl_access::write;
    case token_right::kind::readwrite:
        return acl_access::readwrite;
    case token_right::kind::deny:
        break;
    }
    return acl_access::deny;
}

std::vector<acl_grant> grants_of(const std::vector<token_right>& rights) {
    std::vector<acl_grant> grants;
    for (const auto& each : rights) // bound: token_rights_max
        grants.push_back({access_of(each.what), each.filter});
    return grants;
}

} // namespace

user_access::user_access(book_ptr rules, unsigned threads, clock now)
    : secret_(random_bytes(secret_bytes)), now_(std::move(now)), rules_(std::move(rules)),
      version_(next_version()), checks_(threads, now_) {
    ensure(rules_ != nullptr && !rules_->empty(), "there are no rules");
}

// Each thread has its own hold on the rules, so that a message takes no lock. The reference is good
// until the thread asks again.
const user_access::book_ptr& user_access::in_force() const {
    struct held {
        std::uint64_t version = 0;
        book_ptr rules;
    };
    thread_local held mine;
    if (mine.version != version()) {
        const std::scoped_lock hold(lock_);
        mine = {version_.load(std::memory_order_relaxed), rules_};
    }
    return mine.rules;
}

const realm_rules& user_access::rules_of(std::uint16_t realm) const {
    const auto& book = *in_force();
    ensure(realm < book.size(), "a client came by rules that there are none of");
    return book[realm];
}

void user_access::replace(book_ptr rules) {
    const std::scoped_lock hold(lock_);
    ensure(rules != nullptr && rules->size() == rules_->size(), "a realm appeared or went away");
    rules_ = std::move(rules);
    version_.store(next_version(), std::memory_order_release);
    verdicts_.clear();
}

void user_access::authenticate(const credentials& presented, const executor& back, decided answer) {
    const auto& rules = rules_of(presented.from.realm);
    if (presented.from.proof_required) {
        if (!presented.from.proven_username)
            return answer(refused("TLS has shown no user name"));
        return answer(let_in(*presented.from.proven_username, evidence::tls));
    }
    if (rules.plugins == nullptr || !rules.plugins->knows_clients())
        return look_up(presented, back, std::move(answer), false);
    // What the answer holds belongs to the thread behind `back`, and has to end there.
    rules.plugins->authenticate(
        presented, [this, presented, back, answer](std::optional<decision> said) mutable {
            const auto way = back;
            way([this, presented, back = std::move(back), answer = std::move(answer),
                 said = std::move(said)] {
                if (said)
                    return answer(*said);
                look_up(presented, back, answer, true);
            });
        });
}

// What we know ourselves.
void user_access::look_up(const credentials& presented, const executor& back, decided answer,
                          bool plugins_asked) {
    const auto book = in_force();
    const auto& rules = (*book)[presented.from.realm];
    const bool is_token = presented.bearer || (rules.token_keys != nullptr && presented.password &&
                                               looks_like_token(*presented.password));
    if (is_token) {
        if (rules.token_keys == nullptr)
            return answer(refused("tokens are not taken here"));
        return checks_.put(
            presented.from.address,
            [book, &rules, token = *presented.password] { return check_token(rules, token); }, back,
            std::move(answer));
    }
    const bool names_count = rules.users != nullptr || rules.token_keys != nullptr || plugins_asked;
    if (!presented.username || !names_count) {
        if (!rules.allow_anonymous)
            return answer(
                refused(presented.username ? "there are no users" : "no user name was given"));
        return answer(let_in(presented.username.value_or(""), evidence::nothing));
    }
    if (rules.users == nullptr || rules.users->size() == 0)
        return answer(refused("nobody knows this user name"));
    if (!presented.password || presented.username->size() > username_bytes_max ||
        presented.password->size() > password_bytes_max)
        return answer(refused(presented.password ? "the user name or the password is too long"
                                                 : "no password was given"));
    checks_.put(
        presented.from.address,
        [this, users = rules.users, username = *presented.username,
         password = *presented.password] { return check_password(*users, username, password); },
        back, std::move(answer));
}

decision user_access::check_password(const password_file& users, const std::string& username,
                                     const std::string& password) const {
    const auto* known = users.find(username);
    // A user that does not exist costs what some user costs, always the same one.
    const auto* compared = known != nullptr ? known : users.any(keyed_number(secret_, username));
    const bool same = compared->matches(password);
    if (known == nullptr)
        return refused("there is no such user");
    if (!same)
        return refused("the password is wrong");
    auto said = let_in(username, evidence::password);
    said.mark = mark_of(*known);
    return said;
}

decision user_access::check_token(const realm_rules& rules, const std::string& token) {
    const auto checked =
        verify_token(token, *rules.token_keys, rules.tokens, std::chrono::system_clock::now());
    if (!checked.facts)
        return refused(checked.why);
    auto said = let_in(checked.facts->username, evidence::token);
    said.good_until = checked.facts->good_until;
    if (checked.facts->has_rights) {
        said.granted = acl_rules::of(grants_of(checked.facts->rights));
        if (said.granted == nullptr)
            return refused("the token grants something that is no topic filter");
    }
    return said;
}

std::uint64_t user_access::mark_of(const password_hash& stored) const {
    return keyed_number(secret_, stored.text()) | 1U; // 0 stands for unknown
}

std::unique_ptr<exchange> user_access::begin(std::string_view method, std::uint16_t realm) {
    const auto& users = rules_of(realm).users;
    if (method != scram_method || users == nullptr)
        return nullptr;
    return std::make_unique<scram_exchange>(users, secret_);
}

verdict user_access::authorize(const identity& who, operation what, std::string_view topic) const {
    const auto yes_or_no = [](bool allowed) {
        return allowed ? verdict::allowed : verdict::denied;
    };
    if (!respects_reserved_topics(what, topic) || !is_within(who, what, topic))
        return verdict::denied;
    if (is_reply(topic))
        return verdict::allowed;
    if (who.granted != nullptr)
        return yes_or_no(who.granted->allows(who, what, topic));
    const auto& rules = rules_of(who.realm);
    const bool asks = rules.plugins != nullptr && rules.plugins->knows_rights();
    if (asks) {
        const auto known = verdicts_.find(who, what, topic, now_());
        if (!known)
            return verdict::undecided;
        if (*known != verdict_cache::kept::left_to_others)
            return yes_or_no(*known == verdict_cache::kept::allowed);
    }
    if (rules.rights != nullptr)
        return yes_or_no(rules.rights->allows(who, what, topic));
    // Plugins that all leave it to others mean no, as with mosquitto.
    return yes_or_no(!asks && rules.is_open(what, topic));
}

namespace {

// Answers that come in one by one, realm by realm.
struct open_decision {
    std::mutex lock;
    std::vector<verdict> verdicts;
    std::size_t left = 0;
    access::executor back;
    std::function<void(std::vector<verdict>)> answer;

    void put(const std::vector<std::size_t>& places, const std::vector<verdict>& said) {
        std::unique_lock hold(lock);
        for (std::size_t i = 0; i < places.size(); ++i)
            verdicts[places[i]] = said[i];
        left -= places.size();
        const bool complete = left == 0;
        hold.unlock();
        if (complete)
            back([answer = std::move(answer), verdicts = verdicts] { answer(verdicts); });
    }
};

} // namespace

void user_access::decide(std::vector<question> asked, const executor& back,
                         std::function<void(std::vector<verdict>)> answer) {
    const auto open = std::make_shared<open_decision>();
    open->verdicts.resize(asked.size(), verdict::denied);
    open->left = asked.size();
    open->back = back;
    open->answer = std::move(answer);
    std::map<std::uint16_t, std::vector<std::size_t>> by_realm; // bound: the questions
    for (std::size_t i = 0; i < asked.size(); ++i)
        by_realm[asked[i].who.realm].push_back(i);
    const auto book = in_force();
    for (const auto& [realm, places] : by_realm) {
        std::vector<question> some;
        for (const auto place : places)
            some.push_back(std::move(asked[place]));
        const auto& plugins = (*book)[realm].plugins;
        if (plugins == nullptr) {
            open->put(places, std::vector(places.size(), verdict::denied));
            continue;
        }
        auto copy = some;
        plugins->authorize(std::move(copy), [this, open, places = places,
                                             some](const std::vector<std::optional<bool>>& said) {
            open->put(places, remember(some, said));
        });
    }
}

std::vector<verdict> user_access::remember(const std::vector<question>& asked,
                                           const std::vector<std::optional<bool>>& said) {
    std::vector<verdict> verdicts;
    for (std::size_t i = 0; i < asked.size(); ++i) { // as many as were asked
        const auto one = i < said.size() ? said[i] : std::optional(false);
        verdicts_.put(asked[i],
                      !one   ? verdict_cache::kept::left_to_others
                      : *one ? verdict_cache::kept::allowed
                             : verdict_cache::kept::denied,
                      now_());
        const auto& rights = rules_of(asked[i].who.realm).rights;
        const bool allowed = one.value_or(
            rights != nullptr && rights->allows(asked[i].who, asked[i].what, asked[i].topic));
        verdicts.push_back(allowed ? verdict::allowed : verdict::denied);
    }
    return verdicts;
}

bool user_access::limits_receiving() const {
    const auto& book = *in_force();
    return std::any_of(book.begin(), book.end(), [](const auto& rules) {
        return rules.rights != nullptr || rules.token_keys != nullptr || rules.plugins != nullptr;
    });
}

bool user_access::asks_others() const {
    const auto& book = *in_force();
    return std::any_of(book.begin(), book.end(),
                       [](const auto& rules) { return rules.plugins != nullptr; });
}

void user_access::left(const identity& who, reason why) {
    if (const auto& plugins = rules_of(who.realm).plugins)
        plugins->left(who, why);
}

bool user_access::inspects(std::uint16_t realm) const {
    const auto& plugins = rules_of(realm).plugins;
    return plugins != nullptr && plugins->inspects();
}

void user_access::inspect(const identity& who, const publication& what, const executor& back,
                          std::function<void(inspected)> answer) {
    rules_of(who.realm).plugins->inspect(
        who, what, [back, answer = std::move(answer)](inspected left) mutable {
            back([answer = std::move(answer), left = std::move(left)] { answer(left); });
        });
}

bool user_access::take_order(const identity& who, std::string_view topic,
                             std::string_view payload) {
    const auto& plugins = rules_of(who.realm).plugins;
    if (plugins == nullptr || !plugins->takes_order(topic))
        return false;
    // What it changes may be anybody's rights.
    plugins->order(who, topic, payload, [this] { forget_verdicts(); });
    return true;
}

bool user_access::still_good(const identity& who) const {
    const auto& rules = rules_of(who.realm);
    switch (who.by) {
    case evidence::nothing:
        return rules.allow_anonymous && (who.anonymous() || rules.users == nullptr);
    case evidence::password: {
        const auto* known = rules.users == nullptr ? nullptr : rules.users->find(who.username);
        return known != nullptr && (who.mark == 0 || who.mark == mark_of(*known));
    }
    case evidence::token:
        return rules.token_keys != nullptr;
    case evidence::tls:
    case evidence::plugin:
        return true;
    }
    return false;
}

} // namespace mqtt
