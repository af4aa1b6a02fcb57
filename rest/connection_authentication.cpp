// The part of a connection that finds out who asks: by the field Authorization, a login's cookie, a
// ticket, TLS, or not at all; section 12.
#include "mqtt/auth/rate_buckets.hpp"
#include "rest/accept.hpp"
#include "rest/cookie.hpp"
#include "rest/cors.hpp"
#include "rest/credentials.hpp"
#include "rest/forwarded.hpp"
#include "rest/http_connection.hpp"
#include "rest/lobby.hpp"
#include "rest/networks.hpp"
#include "rest/rate_fields.hpp"
#include "rest/router.hpp"
#include "rest/service_context.hpp"
#include "rest/stream.hpp"
#include "rest/websocket_upgrade.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace rest {
namespace {

namespace asio = boost::asio;

problem unknown_caller(const request& asked, mqtt::reason reason) {
    auto told = problem_of(reason);
    if (reason == mqtt::reason::not_authorized) // nobody has been let in, so nobody was denied
        told = {.id = problem_id::not_authenticated,
                .detail = "Callers without a name that is known are not let in",
                .reason = reason};
    if (status_of(told.id) != 401)
        return told;
    told.hint = "Send a user name and a password: curl -u name:password.";
    // A script that calls fetch() deals with 401 itself; a challenge would open the browser's
    // password box.
    const auto mode = asked.field("Sec-Fetch-Mode");
    if (mode.empty() || mode == "navigate")
        told.fields.emplace_back("WWW-Authenticate",
                                 "Basic realm=\"sluice\", charset=\"UTF-8\""); // [RFC9110-11.6.1]
    return told;
}

bool wants_stream(const exchange& each) {
    return each.options.find("stream") != nullptr || !each.asked.field("Last-Event-ID").empty() ||
           each.asked.list(http_field::accept).find("text/event-stream") != std::string::npos;
}

// An event source comes back with what it was opened with, again and again; this ends it.
void stay_away(exchange& each) {
    each.answer.status = 204;
    each.answer.add("Cache-Control", "no-store");
    each.answered = true;
}

// What an admission stands for: what was shown, and from where.
std::string admission_of(std::string_view shown, std::string_view address) {
    return std::string(shown).append("\n").append(address);
}

// Asked by each request: makes no text for it.
bool stands_for(std::string_view admission, std::string_view shown, std::string_view address) {
    return admission.size() == shown.size() + 1 + address.size() && admission.starts_with(shown) &&
           admission[shown.size()] == '\n' && admission.ends_with(address);
}

// Never what was shown as a password.
std::vector<mqtt::event_member> refused_event(const mqtt::credentials& shown, mqtt::reason why) {
    std::vector<mqtt::event_member> members;
    if (shown.username && !shown.username->empty())
        members.emplace_back("username", *shown.username);
    members.emplace_back("address", shown.from.address);
    members.emplace_back("transport", std::string("http"));
    members.emplace_back("reason", std::string(mqtt::row_of(why).name));
    return members;
}

problem ticket_problem(ticket_table::outcome what) {
    problem told{.id = what == ticket_table::outcome::expired ? problem_id::ticket_expired
                                                              : problem_id::ticket_not_good};
    if (what == ticket_table::outcome::elsewhere)
        told.detail = "The ticket was made for another address";
    if (what == ticket_table::outcome::other_stream)
        told.detail = "The ticket has opened another stream, and can only resume that one";
    told.hint = "POST /api/v1/tickets makes another one.";
    return told;
}

// What a ticket is for: a browser's EventSource or WebSocket, which can send no field of its own.
bool is_for_tickets(const exchange& each) {
    if (each.asked.method() != http_verb::get)
        return false;
    const auto asks_stream = each.options.flag("stream");
    return wants_websocket(each.asked) || each.path == "/api/v1/stream" ||
           (asks_stream && *asks_stream) || accepts_stream(each.asked, true);
}

// The caller's fault, and not that nobody had time to look.
bool is_a_wrong_guess(mqtt::reason why) {
    return why == mqtt::reason::not_authorized || why == mqtt::reason::bad_user_name_or_password ||
           why == mqtt::reason::banned;
}

// A browser sends cookies by itself, so that the request alone doesn't show that the user wants it.
bool is_of_own_page(const exchange& each, const settings& rules) {
    const auto origin = each.asked.field(http_field::origin);
    const auto kind = judge_origin(origin, each.authority, rules);
    if (kind == origin_kind::none)
        return each.asked.field("Sec-Fetch-Site") == "same-origin";
    return kind == origin_kind::own || kind == origin_kind::listed;
}

} // namespace

// Whether the one who was let in before may go on without being looked at again.
bool http_connection::is_still_in(std::string_view shown, std::string_view address) const {
    return client_ && shown_ && stands_for(*shown_, shown, address) &&
           rules_version_ == context_->door.version() &&
           client_->who().good_until > std::chrono::system_clock::now();
}

void http_connection::find_caller(const exchange& each) {
    const auto& trusted = context_->rules.trusted_proxies;
    caller_.reset();
    if (trusted.empty())
        return;
    const auto address = forwarded_caller(each.asked, by_->address, trusted);
    if (!address)
        return;
    auto changed = std::make_shared<mqtt::entry>(*by_);
    changed->address = *address;
    caller_ = std::move(changed);
}

bool http_connection::is_secure() const {
    return is_encrypted() || (is_in_networks(by_->address, context_->rules.trusted_proxies) &&
                              is_forwarded_secure(request_));
}

asio::awaitable<void> http_connection::authenticate(exchange& each) {
    if (each.options.find("ticket") != nullptr) {
        admit_by_ticket(each);
        co_return;
    }
    const auto authorization = each.asked.field(http_field::authorization);
    if (authorization.empty()) {
        const bool decided = admit_by_cookie(each);
        if (decided)
            co_return;
    }
    if (is_still_in(authorization, caller().address))
        co_return;
    auto presented = read_credentials(authorization);
    if (!presented) {
        auto told = unknown_caller(each.asked, mqtt::reason::bad_user_name_or_password);
        told.detail = "The field Authorization can be read neither as 'Basic' nor as 'Bearer' "
                      "credentials";
        refuse(each, told);
        co_return;
    }
    co_await present(each, std::move(*presented));
    if (!each.answered)
        shown_ = admission_of(authorization, caller().address);
}

// Lets in who has a good ticket, for this stream only.
void http_connection::admit_by_ticket(exchange& each) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_for_tickets(each)) {
        auto told = ticket_problem(ticket_table::outcome::unknown);
        told.detail = "A ticket opens a stream or a WebSocket, and nothing else";
        return refuse(each, told);
    }
    auto found = context_->callers->tickets.use(each.options.find("ticket")->value,
                                                caller().address, each.asked.target(), now);
    if (found.what != ticket_table::outcome::good)
        return refuse(each, ticket_problem(found.what));
    const auto& who = found.use->of->who;
    if (!context_->door.still_good(who) || who.good_until <= std::chrono::system_clock::now()) {
        auto told = ticket_problem(ticket_table::outcome::unknown);
        told.detail = "Who it was made for is not let in any more";
        return refuse(each, told);
    }
    let_in(who);
    ticket_ = std::move(found.use);
}

// Whether the cookie of a login decided it: its owner is let in, or the request is refused.
bool http_connection::admit_by_cookie(exchange& each) {
    const auto value =
        cookie_value(each.asked.field(http_field::cookie), login_cookie_name(is_secure()));
    if (value.empty())
        return false;
    auto who = context_->callers->logins.find(value, std::chrono::steady_clock::now());
    if (!who || who->realm != by_->realm)
        return false;
    if (!context_->door.still_good(*who) || who->good_until <= std::chrono::system_clock::now()) {
        context_->callers->logins.erase(value);
        return false;
    }
    if (changes_something(each) && !is_of_own_page(each, context_->rules)) {
        refuse(each, {.id = problem_id::origin_not_allowed,
                      .detail = "A login's cookie alone changes nothing",
                      .hint = "Scripts send a user name and a password: curl -u name:password. "
                              "Browsers say by Origin or Sec-Fetch-Site that the page is ours."});
        return true;
    }
    cookie_ = value;
    const auto shown = "cookie " + cookie_;
    if (is_still_in(shown, caller().address))
        return true;
    let_in(std::move(*who));
    shown_ = admission_of(shown, caller().address);
    return true;
}

// Whether a password from this address is looked at.
bool http_connection::may_try(exchange& each) {
    const auto now = std::chrono::steady_clock::now();
    const auto key = mqtt::address_group(caller().address);
    const auto standing = context_->callers->failures.of(key, now)->look(wrong_passwords, now);
    if (standing.allowed)
        return true;
    problem told{.id = problem_id::too_many_logins};
    told.fields.emplace_back("Retry-After", seconds_text(standing.until_allowed));
    refuse(each, told);
    return false;
}

asio::awaitable<void> http_connection::present(exchange& each, mqtt::credentials presented) {
    const bool shows_secret = presented.password.has_value();
    if (shows_secret && !may_try(each))
        co_return;
    presented.client_id = "http:" + presented.username.value_or("") + ":";
    presented.client_id.append(context_->mark()).append("-").append(std::to_string(number_));
    presented.from = caller();
    const auto version = context_->door.version();
    verdict_.reset();
    context_->door.authenticate(
        presented,
        [executor = sleeper_.get_executor()](std::function<void()> work) {
            asio::post(executor, std::move(work));
        },
        [self = shared_from_this()](const mqtt::decision& verdict) {
            self->verdict_ = verdict;
            self->notify();
        });
    while (!verdict_)
        co_await sleep_until(mqtt::never);
    const auto verdict = std::move(*verdict_);
    verdict_.reset();
    if (verdict.reason != mqtt::reason::success) {
        forget_client();
        if (context_->on_refused)
            context_->on_refused(caller().address, presented.username.value_or(""), verdict);
        const auto now = std::chrono::steady_clock::now();
        if (shows_secret && is_a_wrong_guess(verdict.reason))
            context_->callers->failures.of(mqtt::address_group(caller().address), now)
                ->owe(wrong_passwords, now, turned_away_max);
        mqtt::tell_event(context_->hub, "auth.failed", refused_event(presented, verdict.reason));
        if (wants_stream(each) &&
            context_->streams->has_expired(each.asked.field(http_field::authorization)))
            stay_away(each);
        else
            refuse(each, unknown_caller(each.asked, verdict.reason));
        co_return;
    }
    mqtt::identity who{verdict.username, presented.client_id, caller().address, by_->realm};
    who.granted = verdict.granted;
    who.good_until = verdict.good_until;
    who.by = verdict.by;
    who.mark = verdict.mark;
    let_in(std::move(who));
    rules_version_ = version;
}

void http_connection::let_in(mqtt::identity who) {
    forget_client();
    who.client_id = "http:" + who.username + ":";
    who.client_id.append(context_->mark()).append("-").append(std::to_string(number_));
    who.address = caller().address;
    rules_version_ = context_->door.version();
    client_.emplace(context_->hub, context_->door, std::move(who));
    if (context_->rules.rate.any() && !abandoned_)
        client_->limit_rate(context_->rules.rate);
}

void http_connection::forget_client() {
    if (client_ && !abandoned_)
        context_->door.left(client_->who(), mqtt::reason::success);
    client_.reset();
    shown_.reset();
}

} // namespace rest
