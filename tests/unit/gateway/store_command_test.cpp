// `sluice store` on stores in folders of its own. What the broker makes of an imported store is
// asked in tests/integration.
#include "gateway/command_line.hpp"
#include "gateway/mosquitto_import.hpp"
#include "gateway/store_command.hpp"
#include "mqtt/store/database.hpp"
#include "mqtt/store/schema.hpp"
#include "mqtt/store/sqlite_store.hpp"
#include "tests/support/catch2_any.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdlib.h>

namespace {

using words = std::vector<std::string>;

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
}

struct outcome {
    int exit_code;
    std::string output, complaint;
};

outcome run(words arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), "store");
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const auto code = gateway::store_command(std::move(arguments), {in, out, err});
    return {code, out.str(), err.str()};
}

// A folder of its own with a store, if one is made.
class place {
public:
    place() { REQUIRE(::mkdtemp(path_.data()) != nullptr); }
    ~place() { std::filesystem::remove_all(path_); }
    place(const place&) = delete;
    place& operator=(const place&) = delete;

    std::string folder() const { return path_; }
    std::string file() const { return path_ + "/" + mqtt::sqlite_store::file_name; }

    outcome run(words arguments, const std::string& input = "") const {
        arguments.insert(arguments.end(), {"--location", path_});
        return ::run(std::move(arguments), input);
    }
    void change(const std::string& text) const {
        mqtt::database store(file(), mqtt::database::how::create);
        mqtt::prepare_schema(store);
        store.run(text);
    }
    std::int64_t number(const std::string& text) const {
        return mqtt::database(file(), mqtt::database::how::read).number(text);
    }

private:
    std::string path_ = (std::filesystem::temp_directory_path() / "sluice-store-XXXXXX").string();
};

// A line of each kind, and whatever can stand in it.
const std::string every_kind =
    R"({"kind":"store","format":1,"schema":2,"epoch":"k7","next_id":20}
{"kind":"session","client_id":"a \"b\"","username":"user","realm":2,"by_token":true,"expiry":3600,"ends_at":"2026-11-24T21:09:20.123Z","will":{"topic":"w","payload":"/w==","enc":"base64","qos":2,"retain":true,"delay":7,"at":"2026-11-24T21:00:00.000Z","expiry":60,"props":{"content_type":""}}}
{"kind":"session","client_id":"c","username":"","realm":0,"by_token":false,"expiry":4294967295}
{"kind":"subscription","client_id":"a \"b\"","filter":"$share/g/x/+","qos":2,"no_local":false,"retain_as_published":true,"identifier":268435455}
{"kind":"subscription","client_id":"a \"b\"","filter":"x/#","qos":1,"no_local":true,"retain_as_published":false}
{"kind":"incoming","client_id":"c","packet_id":65535}
{"kind":"message","id":11,"topic":"x/y","payload":"","qos":2,"retain":false,"ts":"2026-11-24T20:24:03.601Z","expires_at":"2026-11-24T21:32:40.000Z","props":{"pfi":1,"content_type":"text/plain","response_topic":"r/1","correlation":"AQI=","user":[["unit","C"],["","\u00e4"]]}}
{"kind":"message","id":13,"topic":"x/z","payload":"\u0000\n","qos":1,"retain":true,"ts":"1970-01-01T00:00:00.000Z"}
{"kind":"outgoing","id":5,"client_id":"a \"b\"","message":11,"qos":2,"retain":false,"packet_id":9,"released":true,"snapshot":false,"identifiers":[1,268435455]}
{"kind":"outgoing","id":8,"client_id":"c","message":13,"qos":1,"retain":true,"packet_id":0,"released":false,"snapshot":true,"shared":"$share/g/x/+"}
{"kind":"retained","id":13,"topic":"x/z","payload":"\u0000\n","qos":1,"ts":"1970-01-01T00:00:00.000Z"}
{"kind":"document","of":"lease","name":"n","value":"{\"x\":1}","expires_at":"2026-11-24T21:32:40.000Z"}
)";

const std::string head = "{\"kind\":\"store\",\"format\":1}\n";

// Raw bytes of an "ä" are what an export writes for the escape.
std::string unescaped(std::string text) {
    const auto at = text.find("\\u00e4");
    return at == text.npos ? text : text.replace(at, 6, "\xC3\xA4");
}

} // namespace

TEST_CASE("an export of what was imported is what was imported, and nothing is wrong with it") {
    const place store;
    const auto taken = store.run({"import"}, every_kind);
    CHECK(taken.complaint == "");
    CHECK(taken.exit_code == 0);
    CHECK(taken.output == "2 sessions with 2 subscriptions and 2 waiting messages, 1 retained "
                          "messages, 1 documents\n");
    const auto given = store.run({"export"});
    CHECK(given.exit_code == 0);
    CHECK(given.complaint == "");
    CHECK(given.output == unescaped(every_kind));
    const auto checked = store.run({"check"});
    CHECK(checked.output == "session 2, subscription 2, incoming 1, outgoing 2, message 2, "
                            "retained 1, document 1\nno fault found\n");
    CHECK(checked.exit_code == 0);
    CHECK(store.number("SELECT count(*) FROM sqlite_master WHERE name LIKE 'imported%'") == 0);
}

TEST_CASE("a store that holds something is not imported into by accident") {
    const place store;
    REQUIRE(store.run({"import"}, every_kind).exit_code == 0);
    const auto refused = store.run({"import"}, every_kind);
    CHECK(refused.exit_code == 1);
    CHECK(holds(refused.complaint, "is not empty; --merge"));
    CHECK(store.run({"export"}).output == unescaped(every_kind));
}

TEST_CASE("an import with --merge leaves what is there, and with --replace it gives way") {
    const std::string more =
        R"({"kind":"store","format":1,"epoch":"other","next_id":900}
{"kind":"session","client_id":"c","username":"new","realm":0,"by_token":false,"expiry":1}
{"kind":"session","client_id":"d","username":"","realm":0,"by_token":false,"expiry":1}
{"kind":"subscription","client_id":"c","filter":"new","qos":0}
{"kind":"subscription","client_id":"d","filter":"new","qos":0}
{"kind":"incoming","client_id":"c","packet_id":1}
{"kind":"message","id":1,"topic":"m","payload":"1","qos":1,"ts":"2026-11-24T20:24:03.601Z"}
{"kind":"outgoing","id":1,"client_id":"c","message":1,"qos":1,"packet_id":0}
{"kind":"retained","id":1,"topic":"x/z","payload":"new","qos":0,"ts":"2026-11-24T20:24:03.601Z"}
{"kind":"retained","id":2,"topic":"other","payload":"new","qos":0,"ts":"2026-11-24T20:24:03.601Z"}
{"kind":"document","of":"lease","name":"n","value":"2"}
)";
    const place store;
    REQUIRE(store.run({"import"}, every_kind).exit_code == 0);
    SECTION("merge") {
        const auto taken = store.run({"import", "--merge"}, more);
        CHECK(taken.exit_code == 0);
        CHECK(taken.output == "1 sessions with 1 subscriptions and 0 waiting messages, 1 retained "
                              "messages, 0 documents\n3 that were there stayed, 0 gave way\n");
        CHECK(store.number("SELECT count(*) FROM session WHERE username='new'") == 0);
        CHECK(store.number("SELECT count(*) FROM outgoing") == 2);
        CHECK(store.number("SELECT count(*) FROM message") == 2);
        CHECK(store.number("SELECT count(*) FROM retained WHERE payload=x'6e6577'") == 1);
        CHECK(store.number("SELECT id FROM retained WHERE topic='other'") == 22);
    }
    SECTION("replace") {
        const auto taken = store.run({"import", "--replace"}, more);
        CHECK(taken.exit_code == 0);
        CHECK(taken.output == "2 sessions with 2 subscriptions and 1 waiting messages, 2 retained "
                              "messages, 0 documents\n0 that were there stayed, 3 gave way\n");
        CHECK(store.number("SELECT count(*) FROM session WHERE username='new'") == 1);
        CHECK(store.number("SELECT count(*) FROM retained") == 2);
        CHECK(store.number("SELECT count(*) FROM message") == 2); // 13 went with its receiver
        CHECK(store.number("SELECT max(id) FROM outgoing") == 10);
        CHECK(store.number("SELECT count(*) FROM incoming") == 1);
    }
    CHECK(store.number("SELECT value FROM meta WHERE name='next_id'") == 23);
    CHECK(store.number("SELECT value='k7' FROM meta WHERE name='epoch'") == 1);
    CHECK(store.run({"check"}).exit_code == 0);
}

TEST_CASE("lines that can't be taken are named, and the others are taken") {
    const std::string lines = head + R"(
no JSON
{"kind":"else"}
{"kind":"session","client_id":"s","username":"","realm":0,"by_token":false,"expiry":1}
{"kind":"session","client_id":"s","username":"","realm":0,"by_token":false,"expiry":1}
{"kind":"session","client_id":"","username":"","realm":0,"by_token":false,"expiry":1}
{"kind":"session","client_id":"t","username":"","realm":0,"by_token":false,"expiry":4294967296}
{"kind":"subscription","client_id":"nobody","filter":"a","qos":0}
{"kind":"subscription","client_id":"s","filter":"a/#/b","qos":0}
{"kind":"subscription","client_id":"s","filter":"a","qos":3}
{"kind":"incoming","client_id":"s","packet_id":0}
{"kind":"message","id":0,"topic":"a","payload":"","qos":1,"ts":"2026-11-24T20:24:03.601Z"}
{"kind":"message","id":1,"topic":"a/#","payload":"","qos":1,"ts":"2026-11-24T20:24:03.601Z"}
{"kind":"message","id":1,"topic":"a","payload":"!","enc":"base64","qos":1,"ts":"2026-11-24T20:24:03.601Z"}
{"kind":"message","id":1,"topic":"a","payload":"","qos":1,"ts":"2026-02-30T20:24:03.601Z"}
{"kind":"message","id":1,"topic":"a","payload":"","qos":1,"ts":"2026-11-24T20:24:03.601Z","props":{"x":1}}
{"kind":"message","id":2,"topic":"a","payload":"","qos":1,"ts":"2026-11-24T20:24:03.601Z"}
{"kind":"message","id":2,"topic":"b","payload":"","qos":1,"ts":"2026-11-24T20:24:03.601Z"}
{"kind":"outgoing","id":1,"client_id":"s","message":3,"qos":1,"packet_id":0}
{"kind":"outgoing","id":1,"client_id":"s","message":2,"qos":1,"packet_id":0,"released":true}
{"kind":"outgoing","id":1,"client_id":"s","message":2,"qos":1,"packet_id":0,"identifiers":[0]}
{"kind":"outgoing","id":1,"client_id":"s","message":2,"qos":1,"packet_id":0}
{"kind":"outgoing","id":1,"client_id":"s","message":2,"qos":1,"packet_id":0}
{"kind":"retained","id":3,"topic":"a","payload":"","qos":1,"ts":"2026-11-24T20:24:03.601Z"}
)";
    const place store;
    const auto taken = store.run({"import"}, lines);
    CHECK(taken.exit_code == 1);
    CHECK(taken.output == "1 sessions with 0 subscriptions and 1 waiting messages, 0 retained "
                          "messages, 0 documents\n");
    std::size_t told = 0;
    for (std::size_t line = 3; line <= 25; ++line) {
        const bool good = line == 5 || line == 18 || line == 23;
        INFO(line << " in\n" << taken.complaint);
        CHECK(holds(taken.complaint, "line " + std::to_string(line) + " is left out: ") == !good);
        told += good ? 0 : 1;
    }
    CHECK(holds(taken.complaint, std::to_string(told) + " could not be taken\n"));
    CHECK(store.run({"check"}).exit_code == 0);
}

TEST_CASE("what is neither an export nor a mosquitto database leaves no trace") {
    const place store;
    for (const std::string text : {"", "\n", "hello\n", "{}\n", "{\"kind\":\"session\"}\n", "[1]\n",
                                   "{\"kind\":\"store\",\"format\":2}\n",
                                   "{\"kind\":\"store\",\"format\":1,\"next_id\":-1}\n"}) {
        INFO(text);
        const auto refused = store.run({"import"}, text);
        CHECK(refused.exit_code == 1);
        CHECK(refused.output == "");
        CHECK(holds(refused.complaint, "sluice store: "));
    }
    const auto torn =
        store.run({"import", SLUICE_SOURCE_DIR "/tests/fuzz/corpus/mosquitto_file/torn"});
    CHECK(torn.exit_code == 1);
    CHECK(holds(torn.complaint, "mosquitto's database can't be read: it ends too early (at byte "));
    CHECK(store.number("SELECT count(*) FROM meta") == 0);
    CHECK(store.number("SELECT count(*) FROM sqlite_master WHERE name LIKE 'imported%'") == 0);
}

TEST_CASE("each invariant of a store has a line of its own when it is broken") {
    const auto [change, line] = GENERATE(table<std::string, std::string>({
        {"UPDATE session SET expiry=-1 WHERE id=1", "session 1: its expiry -1 is out of range"},
        {"UPDATE session SET will_qos=NULL WHERE id=1", "session 1: its will is not whole"},
        {"UPDATE session SET client_id=CAST(x'ff' AS TEXT) WHERE id=1",
         "session 1: '\\xff' is no client id"},
        {"UPDATE session SET will_topic='#' WHERE id=1", "session 1: '#' is no topic for a will"},
        {"UPDATE session SET will_properties=x'ff' WHERE id=1",
         "session 1: its properties are not well formed"},
        {"DELETE FROM session WHERE id=1",
         "subscription 1: this session is not there, and has 2 subscriptions"},
        {"DELETE FROM session WHERE id=2",
         "incoming 2: this session is not there, and has 1 packet ids"},
        {"DELETE FROM session WHERE id=2", "outgoing 8: its session 2 is not there"},
        {"UPDATE subscription SET filter='a#' WHERE filter='x/#'",
         "subscription 1: 'a#' is no filter"},
        {"UPDATE subscription SET qos=3", "subscription 1: QoS 3 of this session is none"},
        {"UPDATE incoming SET packet_id=0", "incoming 2: 0 of this session is no packet id"},
        {"DELETE FROM message WHERE id=11", "outgoing 5: its message 11 is not there"},
        {"UPDATE outgoing SET qos=0 WHERE id=5", "outgoing 5: its QoS is 0"},
        {"UPDATE outgoing SET packet_id=65536 WHERE id=5", "outgoing 5: 65536 is no packet id"},
        {"UPDATE outgoing SET released=1 WHERE id=8",
         "outgoing 8: it is released, and was never sent with QoS 2"},
        {"UPDATE outgoing SET session=1, packet_id=9, qos=2",
         "outgoing 1: this session has packet id 9 twice"},
        {"UPDATE outgoing SET identifiers=x'01' WHERE id=5",
         "outgoing 5: its subscription identifiers are cut off"},
        {"UPDATE outgoing SET shared='$share' WHERE id=5",
         "outgoing 5: '$share' is no shared subscription"},
        {"UPDATE message SET topic='' WHERE id=11", "message 11: '' is no topic"},
        {"UPDATE message SET qos=3 WHERE id=11", "message 11: its QoS is 3"},
        {"UPDATE message SET properties=x'2300' WHERE id=11",
         "message 11: its properties are not well formed"},
        {"UPDATE retained SET topic='a/+'", "retained 13: 'a/+' is no topic"},
        {"INSERT INTO retained SELECT id+1, topic, payload, properties, qos, arrived, expires_at "
         "FROM retained",
         "retained 14: its topic stands there 2 times"},
        {"UPDATE meta SET value=13 WHERE name='next_id'",
         "message 13: the next id is not above it"},
        {"UPDATE meta SET value=13 WHERE name='next_id'",
         "retained 13: the next id is not above it"},
        {"DROP TABLE incoming", "incoming: no such table: incoming"},
    }));
    const place store;
    REQUIRE(store.run({"import"}, every_kind).exit_code == 0);
    store.change(change);
    const auto checked = store.run({"check"});
    INFO(checked.output << checked.complaint);
    CHECK(checked.exit_code == 1);
    CHECK(holds("\n" + checked.output, "\n" + line + "\n"));
}

TEST_CASE("of a damaged store everything is exported that can be read, from both ends") {
    const place store;
    std::string lines = head;
    for (int each = 1; each <= 300; ++each)
        lines += R"({"kind":"retained","id":)" + std::to_string(each) + R"(,"topic":"t/)" +
                 std::to_string(each) + R"(","payload":")" + std::string(300, 'x') +
                 R"(","qos":1,"ts":"2026-11-24T20:24:03.601Z"})" + "\n";
    lines +=
        R"({"kind":"session","client_id":"s","username":"","realm":0,"by_token":false,"expiry":1})"
        "\n";
    REQUIRE(store.run({"import"}, lines).exit_code == 0);
    // A page in the middle of the table becomes noise.
    std::string bytes;
    {
        std::ostringstream all;
        all << std::ifstream(store.file(), std::ios::binary).rdbuf();
        bytes = all.str();
    }
    const auto at = bytes.find("t/150") / 4096 * 4096;
    bytes.replace(at, 4096, std::string(4096, '\x5A'));
    std::ofstream(store.file(), std::ios::binary) << bytes;

    const auto given = store.run({"export"});
    CHECK(given.exit_code == 1);
    CHECK(holds(given.output, "\"t/1\""));
    CHECK(holds(given.output, "\"t/300\""));
    CHECK_FALSE(holds(given.output, "\"t/150\""));
    CHECK(holds(given.output, "\"kind\":\"session\""));
    CHECK(holds(given.complaint, "retained: database disk image is malformed; "));
    CHECK(std::count(given.output.begin(), given.output.end(), '\n') > 270);
    const place mended;
    CHECK(mended.run({"import"}, given.output).exit_code == 0);
    CHECK(mended.run({"check"}).exit_code == 0);
    const auto checked = store.run({"check"});
    CHECK(checked.exit_code == 1);
    CHECK(holds(checked.output, "fault"));
    // Where the header is gone there is nothing left to read.
    std::ofstream(store.file(), std::ios::binary) << std::string(9000, 'x');
    CHECK(store.run({"export"}).complaint == "sluice store: file is not a database\n");
    CHECK(store.run({"check"}).exit_code == 1);
}

TEST_CASE("rows that JSON can't hold are left out of an export and named") {
    const place store;
    REQUIRE(store.run({"import"}, every_kind).exit_code == 0);
    store.change("UPDATE message SET topic=CAST(x'ff' AS TEXT) WHERE id=11;"
                 "UPDATE retained SET arrived=-1;"
                 "UPDATE session SET client_id='' || CAST(x'80' AS TEXT) WHERE id=2");
    const auto given = store.run({"export"});
    CHECK(given.exit_code == 1);
    CHECK(holds(given.complaint, "message 11 is left out: its topic is none\n"));
    CHECK(holds(given.complaint, "retained 13 is left out: its ts is no time\n"));
    CHECK(holds(given.complaint, "session 2 is left out: its client id is none\n"));
    CHECK(holds(given.complaint, "incoming is left out: its session 2 is not there\n"));
    CHECK(holds(given.complaint, "outgoing 8 is left out: its session 2 is not there\n"));
}

TEST_CASE("a store that somebody has open is neither checked nor imported into") {
    const place store;
    REQUIRE(store.run({"import"}, every_kind).exit_code == 0);
    const mqtt::store_lock other(store.folder());
    for (const auto* word : {"check", "import"}) {
        const auto refused = store.run({word}, every_kind);
        CHECK(refused.exit_code == 1);
        CHECK(holds(refused.complaint, "sluice store: the store in " + store.folder() +
                                           " is in use by another process (process "));
    }
    CHECK(store.run({"export"}).exit_code == 0);
}

TEST_CASE("a database of another program, or of a newer version, is left alone") {
    const place store;
    {
        mqtt::database other(store.file(), mqtt::database::how::create);
        other.run("CREATE TABLE t(x)");
    }
    for (const auto* word : {"check", "export", "import"})
        CHECK(holds(store.run({word}, every_kind).complaint, "another program"));
    const place newer;
    newer.change("PRAGMA user_version=999");
    for (const auto* word : {"check", "export", "import"})
        CHECK(holds(newer.run({word}, every_kind).complaint, "newer version of sluice"));
    const place none;
    for (const auto* word : {"check", "export"})
        CHECK(holds(none.run({word}).complaint, "there is no store in "));
    CHECK_FALSE(std::filesystem::exists(none.file()));
}

TEST_CASE("sluice store finds the store of a configuration") {
    const place store;
    REQUIRE(store.run({"import"}, every_kind).exit_code == 0);
    const auto config = store.folder() + "/conf";
    std::ofstream(config) << "user root\npersistence true\npersistence_location " << store.folder()
                          << "/\n";
    CHECK(run({"check", "-c", config}).exit_code == 0);
    std::ofstream(config) << "persistance true\n";
    const auto refused = run({"check", "-c", config});
    CHECK(refused.exit_code == 1);
    CHECK(holds(refused.complaint, "persistance"));
}

TEST_CASE("mistakes in the arguments of sluice store are told with the usage") {
    for (const words& each : std::initializer_list<words>{{},
                                                          {"look"},
                                                          {"check", "--merge"},
                                                          {"export", "file"},
                                                          {"import", "a", "b"},
                                                          {"import", "--merge", "--replace"},
                                                          {"check", "--location"},
                                                          {"check", "--location", ""},
                                                          {"check", "--location", "a", "-c", "b"},
                                                          {"check", "--what"}}) {
        const auto refused = run(each);
        CHECK(refused.exit_code == gateway::exit_refused);
        CHECK(holds(refused.complaint, "Usage: sluice store check"));
    }
    CHECK(run({"-h"}).exit_code == 0);
    CHECK(holds(run({"import", "--help"}).output, "mosquitto.db"));
}

TEST_CASE("a mosquitto database becomes sessions, queues and retained messages") {
    const place store;
    std::ostringstream bytes;
    bytes << std::ifstream(SLUICE_SOURCE_DIR "/tests/fuzz/corpus/mosquitto_file/many_states",
                           std::ios::binary)
                 .rdbuf();
    constexpr std::int64_t when = 1'795'552'000'000; // minutes after mosquitto wrote it
    {
        mqtt::database into(store.file(), mqtt::database::how::create);
        mqtt::prepare_schema(into);
        mqtt::transaction all(into);
        gateway::store_filler filler(into, gateway::collision::keep);
        std::ostringstream told;
        gateway::store_findings findings(told);
        gateway::import_mosquitto(bytes.str(), when, filler, findings);
        filler.finish();
        all.commit();
        CHECK(told.str() == "");
    }
    const auto checked = store.run({"check"});
    CHECK(checked.exit_code == 0);
    const auto given = store.run({"export"});
    CHECK(given.exit_code == 0);
    const auto has = [&](const std::string& part) {
        INFO(part << " in\n" << given.output);
        CHECK(holds(given.output, part));
    };
    has(R"("client_id":"old","username":"","realm":0,"by_token":false,"expiry":4294967295})");
    has(R"("client_id":"new","username":"","realm":0,"by_token":false,"expiry":4000000000,"ends_at":")");
    CHECK_FALSE(holds(given.output, "brief")); // its session had ended
    has(R"("filter":"home/+/temp","qos":2,"no_local":true,"retain_as_published":true,"identifier":7)");
    has(R"("topic":"home/kitchen/temp","payload":"21.5","qos":1,"retain":true,"ts":"2026-11-24T20:26:40.000Z","expires_at":"2026-11-24T21:48:16.000Z","props":{"pfi":1,"content_type":"text/plain","response_topic":"r/1","correlation":"AQI=","user":[["unit","C"]]})");
    has(R"("client_id":"new","message":1,"qos":1,"retain":true,"packet_id":1,"released":false,"snapshot":false,"identifiers":[7]})");
    has(R"("qos":2,"retain":false,"packet_id":3,"released":true)");
    // Two that mosquitto had promised its publisher, and not handed on: one goes to the queues of
    // "old" and "new", and one is retained.
    has(R"({"kind":"incoming","client_id":"pub","packet_id":2})");
    has(R"({"kind":"incoming","client_id":"pub","packet_id":6})");
    has(R"("payload":"/wBiaW4=","enc":"base64")");
    has(R"("client_id":"old","message":2,"qos":1,"retain":false,"packet_id":0)");
    has(R"("client_id":"new","message":2,"qos":2,"retain":false,"packet_id":0,"released":false,"snapshot":false,"identifiers":[7]})");
    has(R"("topic":"set/later/temp","payload":"retained by release")");
    CHECK(store.number("SELECT count(*) FROM retained") == 2);
    CHECK(store.number("SELECT count(*) FROM outgoing") == 8);
}
