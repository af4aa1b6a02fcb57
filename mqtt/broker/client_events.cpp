#include "mqtt/broker/client_events.hpp"

#include "mqtt/broker/local_client.hpp"
#include "mqtt/broker/metrics.hpp"
#include "mqtt/broker/shared_state.hpp"
#include "mqtt/session/connection.hpp"

namespace mqtt {
namespace {

using members = std::vector<event_member>;

// Whom the event is about.
members about(const identity& who) {
    members made{{"client", who.client_id}};
    if (!who.username.empty())
        made.emplace_back("username", who.username);
    return made;
}

std::string text(std::string_view what) {
    return std::string(what);
}

std::string name_of(transport how) {
    return text(way_names[static_cast<std::size_t>(way_of(how))]);
}

std::string_view name_of(version level) {
    switch (level) {
    case version::v3_1:
        return "3.1";
    case version::v3_1_1:
        return "3.1.1";
    case version::v5:
        return "5.0";
    }
    return "";
}

void tell(shared_state& common, std::string_view name, members&& all) {
    common.events.tell({name, wall_time::clock::now(), std::move(all)});
}

// What the broker tells of itself every few seconds is no event.
bool is_own(std::string_view topic) {
    return topic.starts_with('$');
}

bool is_about_identity(reason why) {
    return why == reason::bad_user_name_or_password || why == reason::not_authorized ||
           why == reason::banned || why == reason::bad_authentication_method;
}

} // namespace

void tell_connected(shared_state& common, const connection& from, const identity& who) {
    if (!common.events.has_listeners())
        return;
    auto all = about(who);
    all.emplace_back("address", from.address());
    all.emplace_back("transport", name_of(from.by()->way));
    all.emplace_back("version", text(name_of(from.level())));
    tell(common, "client.connected", std::move(all));
}

void tell_disconnected(shared_state& common, const connection& from, const identity& who,
                       std::string_view how) {
    if (!common.events.has_listeners())
        return;
    auto all = about(who);
    all.emplace_back("address", from.address());
    all.emplace_back("transport", name_of(from.by()->way));
    all.emplace_back("how", text(how));
    tell(common, "client.disconnected", std::move(all));
}

void tell_subscribed(shared_state& common, const identity& who, std::string_view filter,
                     qos level) {
    if (!common.events.has_listeners())
        return;
    auto all = about(who);
    all.emplace_back("filter", text(filter));
    all.emplace_back("qos", std::int64_t{to_number(level)});
    tell(common, "subscribed", std::move(all));
}

void tell_unsubscribed(shared_state& common, const identity& who, std::string_view filter) {
    if (!common.events.has_listeners())
        return;
    auto all = about(who);
    all.emplace_back("filter", text(filter));
    tell(common, "unsubscribed", std::move(all));
}

void tell_retained(shared_state& common, const message_ptr& now, const message_ptr& before) {
    if (!common.events.has_listeners() || is_own(now->topic()))
        return;
    members all{{"topic", text(now->topic())}};
    if (now->payload().empty()) {
        if (before)
            tell(common, "retained.cleared", std::move(all));
        return;
    }
    all.emplace_back("bytes", static_cast<std::int64_t>(now->payload().size()));
    all.emplace_back("id", public_id(now->id()));
    tell(common, "retained.set", std::move(all));
}

void tell_expired(shared_state& common, const message_ptr& gone) {
    if (common.events.has_listeners() && !is_own(gone->topic()))
        tell(common, "retained.cleared",
             {{"topic", text(gone->topic())}, {"why", text("expired")}});
}

void tell_refused(shared_state& common, const entry& by, std::string_view client_id,
                  const decision& said) {
    if (!common.events.has_listeners() || !is_about_identity(said.reason))
        return;
    members all;
    if (!client_id.empty())
        all.emplace_back("client", text(client_id));
    if (!said.username.empty())
        all.emplace_back("username", said.username);
    all.emplace_back("address", by.address);
    all.emplace_back("transport", name_of(by.way));
    all.emplace_back("reason", text(row_of(said.reason).name));
    tell(common, "auth.failed", std::move(all));
}

} // namespace mqtt
