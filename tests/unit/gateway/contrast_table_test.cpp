// What the contrast of MQTT with HTTP writes: one list of columns, as JSON and as text.
#include "gateway/contrast/contrast_table.hpp"
#include "tests/support/catch2_any.hpp"

#include <nlohmann/json.hpp>

namespace {

using gateway::contrast_group;
using nlohmann::json;

gateway::contrast_table table() {
    gateway::contrast_table made;
    gateway::contrast_row row{contrast_group::publish, "mqtt-qos1", 20, 1, 80};
    row.counted = {480, 80, 20};
    row.latency_us = 81.25;
    row.sockets = {538, 110, 22};
    row.ports = {40'122};
    made.rows.push_back(row);
    gateway::contrast_row idle{contrast_group::idle, "sse", 0, 100};
    idle.memory_bytes = 409'600;
    made.rows.push_back(idle);
    made.notes.emplace_back("poll was not measured: it rains.");
    return made;
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

TEST_CASE("the rows of a contrast stand in the JSON by group, with sums and what is left of them") {
    const auto read = json::parse(gateway::contrast_json(table()));
    const auto& row = read["publish"][0];
    CHECK(row["way"] == "mqtt-qos1");
    CHECK(row["header_bytes"] == 480);
    CHECK(row["bytes_per_message"] == 28);
    CHECK(row["latency_us"] == 81.3);
    CHECK(row["cpu_us"].is_null());
    CHECK(row["sockets"] == json{{"to_server", 538}, {"to_client", 110}, {"ports", {40'122}}});
    CHECK(read["receive"].empty());
    CHECK(read["idle"][0]["bytes_per_message"].is_null());
    CHECK(read["notes"] == json{"poll was not measured: it rains."});
}

TEST_CASE("the text of a contrast has the columns of the JSON, but for those that say nothing") {
    const auto text = gateway::contrast_text(table());
    CHECK(holds(text, "\npublish: "));
    CHECK_FALSE(holds(text, "\nreceive: "));
    const auto read = json::parse(gateway::contrast_json(table()));
    for (const auto& [name, value] : read["publish"][0].items())
        if (value.is_number())
            CHECK(holds(text, "  " + name));
    CHECK_FALSE(holds(text, "cpu_us"));
    CHECK(holds(text, "memory_bytes\nsse "));
    CHECK(holds(text, "it rains.\n"));
    const auto idle = text.substr(text.find("\nidle: "));
    CHECK_FALSE(holds(idle, "latency_us"));
}

TEST_CASE("the command of a contrast names what differs from what is usual, and stays in its "
          "quotes") {
    gateway::contrast_question asked;
    CHECK(gateway::contrast_command_line(asked) ==
          "sluice contrast --port 1883 --http-port 8080 --size 4 --receivers 100");
    asked.host = "test.example.org";
    asked.topic = "it's/$(reboot)";
    asked.username = "ann";
    asked.password = "secret";
    const auto line = gateway::contrast_command_line(asked);
    CHECK(holds(line, " --host test.example.org "));
    CHECK(holds(line, R"( --topic 'it'\''s/$(reboot)' )"));
    CHECK(holds(line, " --username ann"));
    CHECK_FALSE(holds(line, "secret"));
}

} // namespace
