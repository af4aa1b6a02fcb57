#include "rest/resources/thing_description.hpp"

#include "mqtt/broker/local_client.hpp"
#include "rest/inferred_schema.hpp"
#include "rest/observed_topics.hpp"
#include "rest/payload.hpp"
#include "rest/query_options.hpp"
#include "rest/topic_address.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace rest {
namespace {

using nlohmann::ordered_json;

// The vocabularies of HTTP and of the MQTT binding template.
ordered_json context() {
    auto made = ordered_json::array();
    made.push_back("https://www.w3.org/2022/wot/td/v1.1");
    made.push_back(
        {{"htv", "http://www.w3.org/2011/http#"}, {"mqv", "https://www.w3.org/2019/wot/mqtt#"}});
    return made;
}

std::vector<std::string> brokers_of(const exchange& each) {
    std::vector<std::string> made;
    for (const auto& where : reachable_addresses(each)) // bound: listeners
        if (where.scheme.starts_with("mqtt"))
            made.push_back(where.scheme + "://" + host_of(where));
    return made;
}

ordered_json http_form(std::string href, std::string_view operation, std::string_view method,
                       std::string_view content_type) {
    return {{"href", std::move(href)},
            {"op", operation},
            {"htv:methodName", method},
            {"contentType", content_type}};
}

ordered_json forms_of(const observed_topic& topic, const std::vector<std::string>& brokers) {
    const auto name = std::string(topic.value->topic());
    const auto uri = topic_uri(name);
    const auto type =
        type_of(mqtt::properties_of(*topic.value).content_type, topic.value->payload()).text;
    auto forms = ordered_json::array();
    forms.push_back(http_form(uri, "readproperty", "GET", type));
    if (topic.writable)
        forms.push_back(http_form(uri, "writeproperty", "PUT", type));
    forms.push_back({{"href", topic_option_uri(name, "stream")},
                     {"op", {"observeproperty", "unobserveproperty"}},
                     {"htv:methodName", "GET"},
                     {"subprotocol", "sse"},
                     {"contentType", "text/event-stream"}});
    for (const auto& broker : brokers) {
        forms.push_back({{"href", broker},
                         {"op", {"readproperty", "observeproperty", "unobserveproperty"}},
                         {"mqv:controlPacket", "subscribe"},
                         {"mqv:filter", name},
                         {"mqv:qos", std::to_string(mqtt::to_number(topic.value->qos()))},
                         {"contentType", type}});
        if (topic.writable)
            forms.push_back({{"href", broker},
                             {"op", "writeproperty"},
                             {"mqv:controlPacket", "publish"},
                             {"mqv:topic", name},
                             {"mqv:retain", true},
                             {"contentType", type}});
    }
    return forms;
}

ordered_json property_of(const observed_topic& topic, const std::vector<std::string>& brokers) {
    auto made = inferred_schema(topic.value->payload());
    made["title"] = std::string(topic.value->topic());
    made["readOnly"] = !topic.writable;
    made["observable"] = true;
    made["forms"] = forms_of(topic, brokers);
    return made;
}

// Sending an event, and asking a device where that is served.
ordered_json actions() {
    const auto action = [](const char* title, const char* href) -> ordered_json {
        auto forms = ordered_json::array();
        forms.push_back(http_form(href, "invokeaction", "POST", "application/octet-stream"));
        return {{"title", title},
                {"uriVariables", {{"topic", {{"type", "string"}}}}},
                {"safe", false},
                {"idempotent", false},
                {"forms", std::move(forms)}};
    };
    ordered_json made{{"publish", action("Send a message to a topic", "/topics{?topic}")}};
    const auto* reply = std::find_if(option_uses.begin(), option_uses.end(),
                                     [](const auto& use) { return use.name == "reply"; });
    if (reply != option_uses.end() && reply->purposes != 0)
        made["ask"] = action("Ask who subscribes to a topic, and wait for the answer",
                             "/topics{?topic}&reply=5");
    return made;
}

} // namespace

boost::asio::awaitable<void> read_thing(exchange& each) {
    const auto observed = co_await observe_topics(each);
    if (!observed)
        co_return;
    const auto brokers = brokers_of(each);
    auto properties = ordered_json::object();
    for (const auto& topic : observed->topics) // bound: list_limit_max
        properties[topic.id] = property_of(topic, brokers);
    const bool named = is_named_caller(each);
    const ordered_json document{
        {"@context", context()},
        {"title", "Topics of " + base_uri(each)},
        {"description", "Made of the topics that have a retained value now and that the caller may "
                        "read."},
        {"base", base_uri(each)},
        {"securityDefinitions",
         {{"anonymous", {{"scheme", "nosec"}}},
          {"password", {{"scheme", "basic"}, {"in", "header"}}}}},
        {"security", named ? "password" : "anonymous"},
        {"properties", std::move(properties)},
        {"actions", actions()}};
    show_description(each, "application/td+json", document);
}

} // namespace rest
