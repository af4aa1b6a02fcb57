#include "rest/session_access.hpp"

#include "rest/query_options.hpp"
#include "rest/service_context.hpp"
#include "rest/session_document.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace rest {

checked<void> check_session_options(const query& options,
                                    std::initializer_list<std::string_view> takes) {
    if (const auto fine = check_options(options, purpose::session); !fine)
        return fine.error();
    for (const auto& option : options.options()) {
        if (option.name.starts_with("x-") || option.name == "as" ||
            std::find(takes.begin(), takes.end(), option.name) != takes.end())
            continue;
        return problem{.id = problem_id::unknown_parameter,
                       .detail = "'" + option.name + "' is not an option of this request",
                       .hint = "All options are listed in /api/v1/openapi.json."};
    }
    return {};
}

std::optional<mqtt::pull_session> session_of(exchange& each) {
    auto id = session_id_of(each.rest.value_or(""));
    if (!id) {
        refuse(each, id.error());
        return std::nullopt;
    }
    auto who = each.connection.client().who();
    who.client_id = std::move(*id);
    return mqtt::pull_session(each.connection.context().hub, std::move(who));
}

void refuse_session(exchange& each, mqtt::pull_outcome why) {
    using enum mqtt::pull_outcome;
    const auto id = session_id_of(each.rest.value_or("")).value();
    switch (why) {
    case no_such_session:
        return refuse(each, {.id = problem_id::no_such_session,
                             .detail = id,
                             .hint = "PUT makes a session.",
                             .try_line = "curl -X PUT -d "
                                         "'{\"subscriptions\":[{\"filter\":\"home/#\"}]}' '" +
                                         base_uri(each) + "/api/v1/sessions/" +
                                         std::string(each.rest.value_or("")) + "'"});
    case owned_by_another:
        return refuse(each, {.id = problem_id::not_authorized,
                             .detail = "The id belongs to somebody else's client: " + id,
                             .hint = "Choose another id.",
                             .reason = mqtt::reason::client_identifier_not_valid});
    case taken_over:
        return refuse(each, {.id = problem_id::session_taken_over, .detail = id});
    case too_many_sessions:
        return refuse(each, {.id = problem_id::too_many_sessions,
                             .detail = "A user has at most " +
                                       std::to_string(mqtt::pull_sessions_per_user_max)});
    case id_not_allowed:
        return refuse(each, {.id = problem_id::not_authorized,
                             .detail = "Ids of clients have to begin otherwise here: " + id,
                             .hint = "The operator has set clientid_prefixes."});
    case no_room:
        return refuse(each, {.id = problem_id::storage_full, .detail = id});
    default:
        return refuse(each, {.id = problem_id::not_authorized, .detail = id});
    }
}

session_watch::session_watch(http_connection& connection)
    : connection_(connection), came_(std::make_shared<std::optional<mqtt::pull_event>>()) {
    listen();
}

// The ear may be called on another thread, and after the handler has gone: it holds nothing of the
// handler's.
void session_watch::listen() {
    ear_ = std::make_shared<const std::function<void(mqtt::pull_event)>>(
        [came = came_, who = connection_.weak_from_this(),
         executor = connection_.executor()](mqtt::pull_event what) {
            boost::asio::post(executor, [came, who, what] {
                if (!*came || *came == mqtt::pull_event::ready)
                    *came = what;
                if (const auto still = who.lock())
                    still->notify();
            });
        });
}

void session_watch::begin(const mqtt::pull_session& session) {
    if (*came_ && **came_ == mqtt::pull_event::ready)
        came_->reset();
    session.watch(ear_);
}

} // namespace rest
