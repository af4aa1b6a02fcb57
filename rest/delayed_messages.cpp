#include "rest/delayed_messages.hpp"

#include "mqtt/broker/shard_calls.hpp"
#include "rest/base64.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>

namespace rest {
namespace {

using nlohmann::json;

constexpr std::string_view kind = "delayed-message";
// The clock may be set while a timer runs, so none runs for longer.
constexpr std::chrono::seconds nap_max{60};
// Published in one turn; the rest comes right after.
constexpr std::size_t published_at_once_max = 1'000;

std::int64_t milliseconds_of(mqtt::wall_time when) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
}

json properties_text(const mqtt::publish_properties& from) {
    json made = json::object();
    if (!from.content_type.empty())
        made["content_type"] = from.content_type;
    if (!from.response_topic.empty())
        made["response_topic"] = from.response_topic;
    if (!from.correlation.empty())
        made["correlation"] = base64(from.correlation);
    if (from.payload_is_utf8)
        made["utf8"] = *from.payload_is_utf8;
    if (!from.user.empty())
        made["user"] = from.user;
    return made;
}

mqtt::publish_properties read_properties(const json& from) {
    mqtt::publish_properties made;
    made.content_type = from.value("content_type", "");
    made.response_topic = from.value("response_topic", "");
    made.correlation = base64_decode(from.value("correlation", "")).value_or("");
    if (from.contains("utf8"))
        made.payload_is_utf8 = from.at("utf8").get<bool>();
    if (from.contains("user"))
        made.user = from.at("user").get<decltype(made.user)>();
    return made;
}

void read_members(const json& from, delayed_message& into) {
    into.topic = from.at("topic").get<std::string>();
    into.payload = base64_decode(from.at("payload").get<std::string>()).value_or("");
    into.request.qos = static_cast<mqtt::qos>(std::clamp(from.at("qos").get<int>(), 0, 2));
    into.request.retain = from.at("retain").get<bool>();
    if (from.contains("expiry"))
        into.request.expiry = from.at("expiry").get<std::uint32_t>();
    into.request.properties = read_properties(from.at("properties"));
    into.who.username = from.at("username").get<std::string>();
    into.who.client_id = from.at("client_id").get<std::string>();
    into.who.address = from.at("address").get<std::string>();
    into.who.realm = from.at("realm").get<std::uint16_t>();
    into.due = mqtt::wall_time(std::chrono::milliseconds(from.at("due").get<std::int64_t>()));
}

} // namespace

std::string delayed_text(const mqtt::publish_request& what, const mqtt::identity& who,
                         mqtt::wall_time due) {
    json made{{"topic", std::string(what.topic)},
              {"payload", base64(what.payload)},
              {"qos", mqtt::to_number(what.qos)},
              {"retain", what.retain},
              {"properties", properties_text(what.properties)},
              {"username", who.username},
              {"client_id", who.client_id},
              {"address", who.address},
              {"realm", who.realm},
              {"due", milliseconds_of(due)}};
    if (what.expiry)
        made["expiry"] = *what.expiry;
    return made.dump(-1, ' ', false, json::error_handler_t::replace);
}

bool read_delayed(std::string_view text, delayed_message& into) {
    const auto document = json::parse(text, nullptr, false);
    if (!document.is_object())
        return false;
    try {
        read_members(document, into);
    } catch (const json::exception&) { // what somebody has written into the store by hand
        return false;
    }
    return true;
}

delayed_messages::delayed_messages(boost::asio::io_context& io, mqtt::broker& hub,
                                   mqtt::access& door)
    : hub_(hub), door_(door), timer_(io) {}

void delayed_messages::load() {
    for (const auto& one : mqtt::documents_of(hub_).all(kind)) {
        delayed_message read;
        if (!read_delayed(one.value, read))
            continue;
        due_.emplace(read.due, one.name);
        waiting_.fetch_add(1, std::memory_order_relaxed);
    }
    arm();
}

void delayed_messages::add(mqtt::broker& asker, const mqtt::publish_request& what,
                           const mqtt::identity& who, mqtt::wall_time due,
                           std::function<void(bool)> done) {
    mqtt::stored_document one;
    one.kind = kind;
    one.name = std::to_string(milliseconds_of(std::chrono::system_clock::now())) + "-" +
               std::to_string(made_.fetch_add(1, std::memory_order_relaxed));
    one.value = delayed_text(what, who, due);
    waiting_.fetch_add(1, std::memory_order_relaxed);
    auto name = one.name;
    mqtt::keep_document(asker, std::move(one),
                        [this, name = std::move(name), due, done = std::move(done)](bool kept) {
                            if (kept)
                                mqtt::call_shard(hub_, 0, [this, name, due](mqtt::broker&) {
                                    wait_for(name, due);
                                });
                            else
                                waiting_.fetch_sub(1, std::memory_order_relaxed);
                            done(kept);
                        });
}

void delayed_messages::wait_for(std::string name, mqtt::wall_time due) {
    due_.emplace(due, std::move(name));
    arm();
}

void delayed_messages::arm() {
    if (due_.empty())
        return;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        due_.begin()->first - std::chrono::system_clock::now());
    const std::chrono::milliseconds longest = nap_max;
    timer_.expires_after(std::clamp(left, std::chrono::milliseconds(0), longest));
    timer_.async_wait([this](const boost::system::error_code& called_off) {
        if (!called_off)
            publish_due();
    });
}

void delayed_messages::publish_due() {
    const auto now = std::chrono::system_clock::now();
    for (std::size_t count = 0; count < published_at_once_max; ++count) {
        if (due_.empty() || due_.begin()->first > now)
            break;
        const auto name = std::move(due_.begin()->second);
        due_.erase(due_.begin());
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        publish(name);
    }
    arm();
}

// The rights are those of now: who may not publish there any more is not heard.
void delayed_messages::publish(const std::string& name) {
    const auto kept = mqtt::documents_of(hub_).find(kind, name);
    const auto one = std::make_shared<delayed_message>();
    if (!kept || !read_delayed(kept->value, *one))
        return;
    one->request.topic = one->topic;
    one->request.payload = one->payload;
    const auto client = std::make_shared<mqtt::local_client>(hub_, door_, one->who);
    client->settle(mqtt::operation::publish, one->topic, [this, client, one, name] {
        client->publish(one->request, [client, one](const mqtt::publish_outcome&) {});
        forget(name);
    });
}

void delayed_messages::forget(const std::string& name) {
    mqtt::stored_document gone;
    gone.kind = kind;
    gone.name = name;
    gone.gone = true;
    mqtt::keep_document(hub_, std::move(gone));
}

} // namespace rest
