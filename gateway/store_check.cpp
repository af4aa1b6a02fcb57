#include "gateway/store_check.hpp"

#include "gateway/quoted.hpp"
#include "gateway/store_json.hpp"
#include "mqtt/store/schema.hpp"
#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"

#include <fmt/core.h>

#include <array>
#include <functional>

namespace gateway {
namespace {

using mqtt::statement;

// Rows that should not be. The query gives a number that says which row, and what is wrong with it.
struct rule {
    const char* table;
    const char* query;
    const char* sentence; // {} is the second column
};

constexpr std::array rules{
    rule{"session", "SELECT id, expiry FROM session WHERE expiry NOT BETWEEN 0 AND 4294967295",
         "its expiry {} is out of range"},
    rule{"session",
         "SELECT id, will_qos FROM session WHERE will_topic IS NOT NULL AND (will_payload IS NULL "
         "OR will_properties IS NULL OR will_delay IS NULL OR will_retain IS NULL OR will_qos IS "
         "NULL OR will_qos NOT BETWEEN 0 AND 2)",
         "its will is not whole"},
    rule{"subscription",
         "SELECT session, count(*) FROM subscription WHERE session NOT IN (SELECT id FROM session) "
         "GROUP BY session",
         "this session is not there, and has {} subscriptions"},
    rule{"subscription", "SELECT session, qos FROM subscription WHERE qos NOT BETWEEN 0 AND 2",
         "QoS {} of this session is none"},
    rule{"incoming",
         "SELECT session, count(*) FROM incoming WHERE session NOT IN (SELECT id FROM session) "
         "GROUP BY session",
         "this session is not there, and has {} packet ids"},
    rule{"incoming",
         "SELECT session, packet_id FROM incoming WHERE packet_id NOT BETWEEN 1 AND 65535",
         "{} of this session is no packet id"},
    rule{"outgoing",
         "SELECT id, session FROM outgoing WHERE session NOT IN (SELECT id FROM session)",
         "its session {} is not there"},
    rule{"outgoing",
         "SELECT id, message FROM outgoing WHERE message NOT IN (SELECT id FROM message)",
         "its message {} is not there"},
    rule{"outgoing", "SELECT id, qos FROM outgoing WHERE qos NOT BETWEEN 1 AND 2", "its QoS is {}"},
    rule{"outgoing", "SELECT id, packet_id FROM outgoing WHERE packet_id NOT BETWEEN 0 AND 65535",
         "{} is no packet id"},
    rule{"outgoing",
         "SELECT id, packet_id FROM outgoing WHERE released<>0 AND (qos<>2 OR packet_id=0)",
         "it is released, and was never sent with QoS 2"},
    rule{"outgoing",
         "SELECT session, packet_id FROM outgoing WHERE packet_id<>0 GROUP BY session, packet_id "
         "HAVING count(*)>1",
         "this session has packet id {} twice"},
    rule{"outgoing", "SELECT id, length(identifiers) FROM outgoing WHERE length(identifiers)%4<>0",
         "its subscription identifiers are cut off"},
    rule{"message", "SELECT id, qos FROM message WHERE qos NOT BETWEEN 0 AND 2", "its QoS is {}"},
    rule{"retained", "SELECT id, qos FROM retained WHERE qos NOT BETWEEN 0 AND 2", "its QoS is {}"},
    rule{"retained", "SELECT max(id), count(*) FROM retained GROUP BY topic HAVING count(*)>1",
         "its topic stands there {} times"},
    rule{"message",
         "SELECT id, id FROM message WHERE id>=(SELECT CAST(value AS INTEGER) FROM meta WHERE "
         "name='next_id')",
         "the next id is not above it"},
    rule{"retained",
         "SELECT id, id FROM retained WHERE id>=(SELECT CAST(value AS INTEGER) FROM meta WHERE "
         "name='next_id')",
         "the next id is not above it"},
};

class checker {
public:
    checker(mqtt::database& of, store_findings& findings) : of_(of), findings_(findings) {}

    std::string run() {
        guarded("the file", [this] { integrity(); });
        for (const auto& each : rules)
            guarded(each.table, [&] { apply(each); });
        guarded("session", [this] { texts_of_sessions(); });
        guarded("subscription", [this] { filters(); });
        guarded("outgoing", [this] { shares(); });
        guarded("message", [this] { messages_of("message"); });
        guarded("retained", [this] { messages_of("retained"); });
        return counts();
    }

private:
    void guarded(const char* what, const std::function<void()>& part) {
        try {
            part();
        } catch (const mqtt::database_error& failure) {
            findings_.add(fmt::format("{}: {}", what, failure.what()));
        }
    }

    void integrity() {
        statement asked(of_, "PRAGMA integrity_check(100)");
        while (asked.step())
            if (asked.text(0) != "ok")
                findings_.add(fmt::format("the file: {}", quoted(asked.text(0))));
    }

    void apply(const rule& each) {
        statement asked(of_, each.query);
        while (asked.step())
            findings_.add(fmt::format("{} {}: {}", each.table, asked.number(0),
                                      fmt::format(fmt::runtime(each.sentence), asked.number(1))));
    }

    void tell(const char* table, std::int64_t id, std::string_view what, std::string_view text) {
        findings_.add(fmt::format("{} {}: {} {}", table, id, quoted(text), what));
    }

    void texts_of_sessions() {
        statement row(of_, "SELECT id, client_id, username, will_topic, will_properties "
                           "FROM session ORDER BY id");
        while (row.step()) {
            if (!mqtt::is_utf8_string(row.text(1)))
                tell("session", row.number(0), "is no client id", row.text(1));
            if (!mqtt::is_utf8_string(row.text(2)))
                tell("session", row.number(0), "is no user name", row.text(2));
            if (row.is_null(3))
                continue;
            if (!mqtt::is_topic_name(row.text(3)))
                tell("session", row.number(0), "is no topic for a will", row.text(3));
            properties("session", row.number(0), row.text(4));
        }
    }

    void filters() {
        statement row(of_, "SELECT session, filter FROM subscription ORDER BY session, filter");
        while (row.step())
            if (!mqtt::is_subscription_filter(row.text(1)))
                tell("subscription", row.number(0), "is no filter", row.text(1));
    }

    void shares() {
        statement row(of_, "SELECT id, shared FROM outgoing WHERE shared<>''");
        while (row.step())
            if (!mqtt::parse_shared_filter(row.text(1)))
                tell("outgoing", row.number(0), "is no shared subscription", row.text(1));
    }

    void messages_of(const char* table) {
        statement row(of_, fmt::format("SELECT id, topic, properties FROM {} ORDER BY id", table));
        while (row.step()) {
            if (!mqtt::is_topic_name(row.text(1)))
                tell(table, row.number(0), "is no topic", row.text(1));
            properties(table, row.number(0), row.text(2));
        }
    }

    void properties(const char* table, std::int64_t id, std::string_view wire) {
        try {
            check_properties(wire);
        } catch (const unfit& why) {
            findings_.add(fmt::format("{} {}: {}", table, id, why.what()));
        }
    }

    std::string counts() {
        std::string line;
        for (const auto* table : {"session", "subscription", "incoming", "outgoing", "message",
                                  "retained", "document"}) {
            std::string count = "?";
            try {
                count = std::to_string(of_.number(fmt::format("SELECT count(*) FROM {}", table)));
            } catch (const mqtt::database_error&) { // told above
            }
            line += fmt::format("{}{} {}", line.empty() ? "" : ", ", table, count);
        }
        return line + "\n";
    }

    mqtt::database& of_;
    store_findings& findings_;
};

} // namespace

std::string check_store(mqtt::database& of, store_findings& findings) {
    return checker(of, findings).run();
}

} // namespace gateway
