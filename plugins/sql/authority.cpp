#include "plugins/sql/authority.hpp"

#include "mqtt/auth/digest.hpp"
#include "mqtt/types/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sql_auth {
namespace {

constexpr std::size_t secret_bytes = 32;

bool is_askable(std::string_view username) {
    return username.size() <= mqtt::username_bytes_max && mqtt::is_utf8_string(username);
}

// One line, whatever the library or the server put into it.
std::string printable(const std::string& sentence) {
    std::string made = sentence.substr(0, log_line_bytes_max);
    while (!made.empty() && (made.back() == '\n' || made.back() == ' '))
        made.pop_back();
    for (char& each : made) {
        if (each == '\n' || each == '\t')
            each = ' ';
        else if (each < ' ' || each > '~')
            each = '?';
    }
    return made;
}

} // namespace

authority::authority(const settings& settings, std::unique_ptr<database> source, clock now,
                     log_sink log)
    : settings_(settings), source_(std::move(source)), now_(std::move(now)), log_(std::move(log)),
      secret_(mqtt::random_bytes(secret_bytes)), retry_at_(now_()) {
    // Until the database has shown a hash: what sluice passwd makes.
    decoys_.push_back(
        mqtt::password_hash::make(mqtt::password_scheme::sha512_pbkdf2, mqtt::to_base64(secret_)));
}

void authority::start() {
    is_open(now_() + settings_.statement_timeout);
}

void authority::reload() {
    cache_.clear();
    source_->close();
    open_ = false;
    back_off_ = back_off_min;
    retry_at_ = now_();
    complained_at_.reset();
    start();
}

// --- the database ---

bool authority::is_open(time_point until) {
    if (open_)
        return true;
    if (now_() < retry_at_)
        return false;
    const auto why = source_->open(until);
    open_ = why.empty();
    if (!open_)
        fail(why);
    else if (std::exchange(down_, false))
        tell(log_level::notice, "the database answers again");
    return open_;
}

void authority::fail(const std::string& why) {
    source_->close();
    open_ = false;
    retry_at_ = now_() + back_off_;
    back_off_ = std::min(back_off_ * 2, back_off_max);
    if (!std::exchange(down_, true))
        tell(log_level::error, "the database does not answer, so everybody is refused: " + why);
}

// Nothing: the answer is no, and why stands in the log.
std::optional<authority::rows> authority::ask(statement which, std::string_view username,
                                              time_point until) {
    // A connection that broke while nobody used it shows that only now, so there is a second try.
    for (bool again : {true, false}) {
        if (!is_open(until))
            return std::nullopt;
        auto given = source_->ask(which, username, until);
        if (given.state == answer_state::lost) {
            source_->close();
            open_ = false;
            if (again && now_() < until)
                continue;
            fail(given.why);
            return std::nullopt;
        }
        back_off_ = back_off_min;
        if (given.state == answer_state::answered)
            return std::move(given.rows);
        complain(given.state == answer_state::refused
                     ? given.why
                     : std::string(name_of(which)) + " gave more than there may be");
        break;
    }
    return std::nullopt;
}

// --- passwords ---

verdict authority::check_password(std::string_view username, std::string_view password) {
    if (!is_askable(username))
        return refuse_as_wrong(username, password);
    const auto found = ask(statement::user, username, now_() + settings_.statement_timeout);
    if (!found)
        return verdict::denied; // all are, so this tells nothing about the user
    if (found->empty() && settings_.unknown == unknown_users::defer)
        return verdict::not_mine;
    const auto* hash = hash_in(*found);
    if (hash == nullptr)
        return refuse_as_wrong(username, password);
    remember_decoy(*hash);
    return hash->matches(password) ? verdict::allowed : verdict::denied;
}

// Nothing where there is no password that could be right.
const mqtt::password_hash* authority::hash_in(const rows& found) {
    if (found.empty())
        return nullptr;
    if (found.size() > 1) {
        complain("user_query gave several rows for one user");
        return nullptr;
    }
    if (!found.front().first)
        return nullptr; // NULL: a user without a password, who comes in another way or not at all
    auto reading = mqtt::password_hash::read(*found.front().first);
    if (!reading.hash)
        complain("a row of user_query can't be used: " + reading.problem);
    hash_ = std::move(reading.hash);
    return hash_ ? &*hash_ : nullptr;
}

// As long as a wrong password takes, so that the time does not tell whom the database knows.
verdict authority::refuse_as_wrong(std::string_view username, std::string_view password) {
    const auto which = mqtt::keyed_number(secret_, username) % decoys_.size();
    [[maybe_unused]] const bool same = decoys_[which].matches(password);
    return verdict::denied;
}

// One of each kind that users were seen to have, as kinds take differently long.
void authority::remember_decoy(const mqtt::password_hash& seen) {
    const auto same_kind = [&](const auto& each) {
        return each.scheme() == seen.scheme() && each.iterations() == seen.iterations();
    };
    if (std::exchange(guessing_, false))
        decoys_.front() = seen;
    else if (decoys_.size() < decoys_max && std::none_of(decoys_.begin(), decoys_.end(), same_kind))
        decoys_.push_back(seen);
}

// --- rights ---

verdict authority::check_access(const asker& who, operation what, std::string_view topic) {
    if (!is_askable(who.username))
        return verdict::denied;
    const auto* known = cache_.find(who.username, now_());
    if (known == nullptr) {
        auto fresh = read_rights(who.username, now_() + settings_.statement_timeout);
        if (!open_)
            return verdict::denied; // not remembered: it may be back any moment
        const auto good = fresh.kind == standing::unclear ? failure_hold : settings_.cache_time;
        known = &cache_.put(who.username, std::move(fresh), now_() + good);
    }
    switch (known->kind) {
    case standing::superuser:
        return verdict::allowed;
    case standing::foreign:
        return verdict::not_mine;
    case standing::ruled:
        return known->rules.permits(who, what, topic) ? verdict::allowed : verdict::denied;
    case standing::unclear:
        break;
    }
    return verdict::denied;
}

rights authority::read_rights(std::string_view username, time_point until) {
    rights made;
    if (!settings_.superuser_query.empty()) {
        const auto found = ask(statement::superuser, username, until);
        if (!found)
            return made;
        if (is_superuser(*found)) {
            made.kind = standing::superuser;
            return made;
        }
    }
    const auto found = ask(statement::acl, username, until);
    if (!found)
        return made;
    for (const auto& each : *found) {
        if (!each.first || !each.second || !made.rules.add(*each.first, *each.second)) {
            complain("a row of acl_query can't be used, so its user may do nothing");
            return {};
        }
    }
    made.kind = standing::ruled;
    // A user with no rows may be one that others know, or one of ours that may do nothing.
    if (found->empty() && settings_.unknown == unknown_users::defer) {
        const auto user = ask(statement::user, username, until);
        if (!user)
            return {};
        made.kind = user->empty() ? standing::foreign : standing::ruled;
    }
    return made;
}

// A row of SQLite's or of PostgreSQL's truth. Several must agree.
bool authority::is_superuser(const rows& found) const {
    constexpr std::array<std::string_view, 3> true_words{"1", "t", "true"};
    return !found.empty() && std::all_of(found.begin(), found.end(), [&](const row& each) {
        return each.first &&
               std::find(true_words.begin(), true_words.end(), *each.first) != true_words.end();
    });
}

// --- the log ---

void authority::complain(const std::string& sentence) {
    const auto now = now_();
    if (complained_at_ && now - *complained_at_ < complaint_interval)
        return;
    complained_at_ = now;
    tell(log_level::warning, sentence);
}

void authority::tell(log_level level, const std::string& sentence) {
    log_(level, "sql_auth: " + printable(sentence));
}

} // namespace sql_auth
