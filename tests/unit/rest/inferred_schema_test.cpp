// What a payload says of the values of its topic.
#include "rest/inferred_schema.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace {

nlohmann::json inferred(std::string_view payload) {
    return nlohmann::json::parse(rest::inferred_schema(payload).dump());
}

} // namespace

TEST_CASE("numbers, texts and bytes are told from each other", "[describe]") {
    CHECK(inferred("21.5") == nlohmann::json{{"type", "number"}});
    CHECK(inferred("ON") == nlohmann::json{{"type", "string"}});
    CHECK(inferred("") == nlohmann::json{{"type", "string"}});
    CHECK(inferred("true") == nlohmann::json{{"type", "boolean"}});
    CHECK(inferred("\xFF\x01").at("contentEncoding") == "base64");
}

TEST_CASE("a JSON document shows its members", "[describe]") {
    const auto schema = inferred(R"({"temp":21,"tags":["a"],"at":{"x":null}})");
    CHECK(schema.at("type") == "object");
    const auto& members = schema.at("properties");
    CHECK(members.at("temp").at("type") == "number");
    CHECK(members.at("tags").at("items").at("type") == "string");
    CHECK(members.at("at").at("properties").at("x").at("type") == "null");
    CHECK_FALSE(inferred("[]").contains("items"));
}

TEST_CASE("what is deep, wide or long is not looked into without end", "[describe]") {
    const auto deep = std::string(40, '[') + std::string(40, ']');
    auto schema = inferred(deep);
    std::size_t depth = 0;
    while (schema.contains("items")) {
        schema = nlohmann::json(schema.at("items"));
        ++depth;
    }
    CHECK(depth == rest::inferred_depth_max + 1);
    std::string wide = "{";
    for (int i = 0; i < 300; ++i)
        wide += (i == 0 ? "\"m" : ",\"m") + std::to_string(i) + "\":1";
    CHECK(inferred(wide + "}").at("properties").size() == rest::inferred_members_max);
    const auto long_text = '"' + std::string(rest::inferred_payload_bytes_max, 'x') + '"';
    CHECK(inferred("[" + long_text + "]") == nlohmann::json{{"type", "string"}});
}
