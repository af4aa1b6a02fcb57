#include "rest/resources/asyncapi.hpp"

#include "mqtt/broker/local_client.hpp"
#include "rest/inferred_schema.hpp"
#include "rest/observed_topics.hpp"
#include "rest/payload.hpp"
#include "sluice_version.hpp"

#include <nlohmann/json.hpp>

namespace rest {
namespace {

using nlohmann::ordered_json;

constexpr auto binding_version = "0.2.0";

ordered_json binding(ordered_json members) {
    members["bindingVersion"] = binding_version;
    return {{"mqtt", std::move(members)}};
}

ordered_json servers_of(const exchange& each) {
    auto made = ordered_json::object();
    for (const auto& where : reachable_addresses(each)) {
        ordered_json server{{"host", host_of(where)}, {"protocol", where.scheme}};
        if (where.scheme.starts_with("ws"))
            server["pathname"] = "/mqtt";
        server["description"] = "MQTT 3.1, 3.1.1 and 5.0.";
        if (is_named_caller(each))
            server["security"] =
                ordered_json::array({{{"$ref", "#/components/securitySchemes/userPassword"}}});
        server["bindings"] = binding(ordered_json::object());
        const auto name = where.scheme + '-' + std::to_string(where.port);
        auto free = name;
        for (int number = 2; made.contains(free); ++number) // bound: listeners
            free = name + '-' + std::to_string(number);
        made[free] = std::move(server);
    }
    return made;
}

ordered_json message_of(const mqtt::message& value) {
    const auto properties = mqtt::properties_of(value);
    const auto type = type_of(properties.content_type, value.payload());
    auto bound = ordered_json::object();
    if (properties.payload_is_utf8)
        bound["payloadFormatIndicator"] = *properties.payload_is_utf8 ? 1 : 0;
    if (!properties.content_type.empty())
        bound["contentType"] = type.text;
    return {{"contentType", type.text},
            {"payload", inferred_schema(value.payload())},
            {"bindings", binding(std::move(bound))}};
}

ordered_json operation_of(std::string_view action, const observed_topic& topic) {
    const bool receives = action == "receive";
    return {{"action", action},
            {"channel", {{"$ref", "#/channels/" + topic.id}}},
            {"summary", receives ? "The value that is kept, and each that follows."
                                 : "Publish a value that is kept."},
            {"bindings", binding({{"qos", mqtt::to_number(topic.value->qos())},
                                  {"retain", topic.value->retain()}})}};
}

} // namespace

boost::asio::awaitable<void> read_asyncapi(exchange& each) {
    const auto observed = co_await observe_topics(each);
    if (!observed)
        co_return;
    auto channels = ordered_json::object();
    auto operations = ordered_json::object();
    for (const auto& topic : observed->topics) { // bound: list_limit_max
        channels[topic.id] = {{"address", std::string(topic.value->topic())},
                              {"messages", {{"value", message_of(*topic.value)}}}};
        operations["receive." + topic.id] = operation_of("receive", topic);
        if (topic.writable)
            operations["send." + topic.id] = operation_of("send", topic);
    }
    const ordered_json document{
        {"asyncapi", "3.0.0"},
        {"info",
         {{"title", "Topics of this server"},
          {"version", SLUICE_VERSION},
          {"description", "Made of the topics that have a retained value now and that the caller "
                          "may read. What values look like is inferred from the last one."},
          {"x-truncated", observed->truncated}}},
        {"servers", servers_of(each)},
        {"channels", std::move(channels)},
        {"operations", std::move(operations)},
        {"components", {{"securitySchemes", {{"userPassword", {{"type", "userPassword"}}}}}}}};
    show_description(each, "application/vnd.aai.asyncapi+json;version=3.0.0", document);
}

} // namespace rest
