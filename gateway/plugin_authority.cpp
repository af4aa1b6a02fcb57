#include "gateway/plugin_authority.hpp"

#include <utility>

namespace gateway {
namespace {

std::optional<bool> said(plugin::verdict verdict) {
    if (verdict == plugin::verdict::deferred)
        return std::nullopt;
    return verdict == plugin::verdict::granted;
}

} // namespace

bool plugin_authority::knows_clients() const {
    return asked_.asks(plugin::event::basic_auth, realm_);
}

bool plugin_authority::knows_rights() const {
    return asked_.asks(plugin::event::acl_check, realm_);
}

void plugin_authority::authenticate(const mqtt::credentials& presented,
                                    std::function<void(std::optional<mqtt::decision>)> answer) {
    auto copy = presented;
    copy.from.realm = realm_;
    const auto name = presented.username.value_or("");
    asked_.basic_auth(std::move(copy),
                      [name, answer = std::move(answer)](const plugin::auth_answer& got) {
                          if (got.verdict == plugin::verdict::deferred)
                              return answer(std::nullopt);
                          if (got.verdict == plugin::verdict::denied)
                              return answer(mqtt::decision(got.reason, "a plugin has refused"));
                          mqtt::decision decided(mqtt::reason::success);
                          decided.username = got.username.value_or(name);
                          decided.by = mqtt::evidence::plugin;
                          answer(std::move(decided));
                      });
}

void plugin_authority::authorize(std::vector<mqtt::question> asked,
                                 std::function<void(std::vector<std::optional<bool>>)> answer) {
    std::vector<plugin::question> questions;
    for (auto& each : asked) { // bound: the caller's
        plugin::question one;
        one.who = as_ours(std::move(each.who));
        one.what = each.what;
        one.topic = std::move(each.topic);
        questions.push_back(std::move(one));
    }
    asked_.check(std::move(questions),
                 [answer = std::move(answer)](const std::vector<plugin::verdict>& verdicts) {
                     std::vector<std::optional<bool>> answers;
                     for (const auto each : verdicts)
                         answers.push_back(said(each)); // bound: the questions
                     answer(std::move(answers));
                 });
}

bool plugin_authority::inspects() const {
    return asked_.asks(plugin::event::message, realm_);
}

void plugin_authority::inspect(const mqtt::identity& who, const mqtt::publication& what,
                               std::function<void(mqtt::inspected)> answer) {
    plugin::message shown;
    shown.from = as_ours(who);
    shown.topic = what.topic;
    shown.payload = what.payload;
    shown.properties = what.properties;
    shown.qos = what.qos;
    shown.retain = what.retain;
    asked_.message(std::move(shown),
                   [answer = std::move(answer)](const plugin::message_answer& got) {
                       answer({got.reason, got.message.topic, got.message.payload,
                               got.message.properties, got.message.qos, got.message.retain});
                   });
}

bool plugin_authority::takes_order(std::string_view topic) const {
    return asked_.handles_control(topic, realm_);
}

void plugin_authority::order(const mqtt::identity& who, std::string_view topic,
                             std::string_view payload, std::function<void()> done) {
    plugin::message order;
    order.from = as_ours(who);
    order.topic = topic;
    order.payload = payload;
    asked_.control(std::move(order),
                   [done = std::move(done)](const plugin::control_answer&) { done(); });
}

void plugin_authority::left(const mqtt::identity& who, mqtt::reason why) {
    asked_.disconnected(as_ours(who), why);
}

} // namespace gateway
