#include "gateway/store_export.hpp"

#include "gateway/store_json.hpp"
#include "mqtt/types/topic.hpp"
#include "mqtt/types/utf8.hpp"

#include <functional>
#include <string>
#include <unordered_map>

namespace gateway {
namespace {

using mqtt::statement;

struct table {
    const char* name;
    std::size_t keys;    // how many columns at the front are its key
    const char* order;   // of the rows, as they were written
    const char* reverse; // and from the other end
    const char* columns;
};

constexpr table sessions{"session", 1, "id", "id DESC",
                         "id, client_id, username, realm, by_token, expiry, ends_at, will_at, "
                         "will_topic, will_payload, will_properties, will_qos, will_retain, "
                         "will_expiry, will_delay"};
constexpr table subscriptions{"subscription", 2, "session, filter", "session DESC, filter DESC",
                              "session, filter, qos, no_local, retain_as_published, identifier"};
constexpr table incoming{"incoming", 2, "session, packet_id", "session DESC, packet_id DESC",
                         "session, packet_id"};
constexpr table messages{"message", 1, "id", "id DESC",
                         "id, topic, payload, properties, qos, retain, arrived, expires_at"};
constexpr table outgoing{"outgoing", 1, "id", "id DESC",
                         "id, session, message, qos, retain, packet_id, released, snapshot, "
                         "identifiers, shared"};
constexpr table retained{"retained", 1, "id", "id DESC",
                         "id, topic, payload, properties, qos, arrived, expires_at"};
constexpr table documents{"document", 2, "kind, name", "kind DESC, name DESC",
                          "kind, name, value, expires_at"};

class exporter {
public:
    exporter(mqtt::database& from, std::ostream& out, store_findings& findings)
        : from_(from), out_(out), findings_(findings) {}

    std::size_t run() {
        head();
        rows(sessions, [this](statement& row) { return session_line(row); });
        rows(subscriptions, [this](statement& row) { return subscription_line(row); });
        rows(incoming, [this](statement& row) {
            return json_line("incoming")
                .text("client_id", client_of(row.number(0)))
                .number("packet_id", row.number(1))
                .finish();
        });
        rows(messages, [](statement& row) {
            check_topic(row.text(1));
            return json_line("message")
                .number("id", row.number(0))
                .text("topic", row.text(1))
                .bytes("payload", row.text(2))
                .number("qos", row.number(4))
                .flag("retain", row.number(5) != 0)
                .time("ts", row.number(6))
                .time("expires_at", row.optional_number(7))
                .properties(row.text(3))
                .finish();
        });
        rows(outgoing, [this](statement& row) { return outgoing_line(row); });
        rows(retained, [](statement& row) {
            check_topic(row.text(1));
            return json_line("retained")
                .number("id", row.number(0))
                .text("topic", row.text(1))
                .bytes("payload", row.text(2))
                .number("qos", row.number(4))
                .time("ts", row.number(5))
                .time("expires_at", row.optional_number(6))
                .properties(row.text(3))
                .finish();
        });
        rows(documents, [](statement& row) {
            return json_line("document")
                .text("of", row.text(0))
                .text("name", row.text(1))
                .bytes("value", row.text(2))
                .time("expires_at", row.optional_number(3))
                .finish();
        });
        return lines_;
    }

private:
    using line_of = std::function<std::string(statement&)>;

    static void check_topic(std::string_view topic) {
        if (!mqtt::is_topic_name(topic))
            throw unfit("its topic is none");
    }

    void write(const std::string& line) {
        out_ << line;
        ++lines_;
    }

    void head() {
        json_line line("store");
        line.number("format", store_export_format);
        try {
            line.number("schema", from_.number("PRAGMA user_version"));
            statement meta(from_, "SELECT name, value FROM meta ORDER BY name");
            while (meta.step()) {
                if (meta.text(0) == "next_id")
                    line.number("next_id", meta.number(1));
                else if (meta.text(0) == "epoch")
                    line.text("epoch", meta.text(1));
            }
        } catch (const std::runtime_error& failure) {
            findings_.add(std::string("meta: ") + failure.what());
        }
        write(line.finish());
    }

    static std::string key_of(const statement& row, std::size_t keys) {
        std::string key;
        for (std::size_t at = 0; at < keys; ++at)
            key.append(at == 0 ? "" : " ").append(row.text(static_cast<int>(at)));
        return key;
    }

    // Front to back; where that ends at a damaged place, also back to front, up to that place.
    void rows(const table& of, const line_of& to_line) {
        std::string last;
        if (half(of, of.order, to_line, last))
            return;
        const std::string last_of_front = last;
        if (!half(of, of.reverse, to_line, last, &last_of_front))
            findings_.add(std::string(of.name) + ": what stands between is lost");
    }

    // False: it could not be read to the end. until: the key to stop at, which has been written.
    bool half(const table& of, const char* order, const line_of& to_line, std::string& last,
              const std::string* until = nullptr) {
        std::size_t read = 0;
        try {
            statement row(from_, std::string("SELECT ") + of.columns + " FROM " + of.name +
                                     " ORDER BY " + order);
            while (row.step()) {
                const auto key = key_of(row, of.keys);
                if (until != nullptr && key == *until)
                    return true;
                last = key;
                ++read;
                one(of, row, to_line);
            }
            return true;
        } catch (const mqtt::database_error& failure) {
            findings_.add(std::string(of.name) + ": " + failure.what() + "; " +
                          std::to_string(read) + " rows were read " +
                          (until == nullptr ? "from the front" : "from the back"));
            return false;
        }
    }

    void one(const table& of, statement& row, const line_of& to_line) {
        try {
            write(to_line(row));
        } catch (const unfit& why) {
            std::string which;
            if (of.keys == 1)
                which = " " + std::to_string(row.number(0));
            findings_.add(std::string(of.name) + which + " is left out: " + why.what());
        }
    }

    const std::string& client_of(std::int64_t session) const {
        const auto found = clients_.find(session);
        if (found == clients_.end())
            throw unfit("its session " + std::to_string(session) + " is not there");
        return found->second;
    }

    std::string session_line(statement& row) {
        if (!mqtt::is_utf8_string(row.text(1)))
            throw unfit("its client id is none");
        json_line line("session");
        line.text("client_id", row.text(1))
            .text("username", row.text(2))
            .number("realm", row.number(3))
            .flag("by_token", row.number(4) != 0)
            .number("expiry", row.number(5))
            .time("ends_at", row.optional_number(6));
        if (!row.is_null(8))
            add_will(line, row);
        auto text = line.finish();
        clients_.emplace(row.number(0), row.text(1)); // bound: the rows of the table
        return text;
    }

    static void add_will(json_line& line, statement& row) {
        check_topic(row.text(8));
        line.begin("will")
            .text("topic", row.text(8))
            .bytes("payload", row.text(9))
            .number("qos", row.number(11))
            .flag("retain", row.number(12) != 0)
            .number("delay", row.number(14))
            .time("at", row.optional_number(7));
        if (!row.is_null(13))
            line.number("expiry", row.number(13));
        line.properties(row.text(10)).end();
    }

    std::string subscription_line(statement& row) const {
        if (!mqtt::is_subscription_filter(row.text(1)))
            throw unfit("its filter is none");
        json_line line("subscription");
        line.text("client_id", client_of(row.number(0)))
            .text("filter", row.text(1))
            .number("qos", row.number(2))
            .flag("no_local", row.number(3) != 0)
            .flag("retain_as_published", row.number(4) != 0);
        if (row.number(5) != 0)
            line.number("identifier", row.number(5));
        return line.finish();
    }

    std::string outgoing_line(statement& row) const {
        json_line line("outgoing");
        line.number("id", row.number(0))
            .text("client_id", client_of(row.number(1)))
            .number("message", row.number(2))
            .number("qos", row.number(3))
            .flag("retain", row.number(4) != 0)
            .number("packet_id", row.number(5))
            .flag("released", row.number(6) != 0)
            .flag("snapshot", row.number(7) != 0)
            .numbers("identifiers", row.text(8));
        if (!row.text(9).empty())
            line.text("shared", row.text(9));
        return line.finish();
    }

    mqtt::database& from_;
    std::ostream& out_;
    store_findings& findings_;
    std::size_t lines_ = 0;
    std::unordered_map<std::int64_t, std::string> clients_; // by the number of the session
};

} // namespace

std::size_t export_store(mqtt::database& from, std::ostream& out, store_findings& findings) {
    return exporter(from, out, findings).run();
}

} // namespace gateway
