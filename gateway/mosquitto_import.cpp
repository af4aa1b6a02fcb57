#include "gateway/mosquitto_import.hpp"

#include "gateway/store_json.hpp"
#include "mqtt/codec/properties.hpp"
#include "mqtt/store/mosquitto_file.hpp"
#include "mqtt/types/topic.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <unordered_map>
#include <vector>

namespace gateway {
namespace {

using mqtt::mosquitto_state;

std::string text_of(std::string_view text) {
    return std::string(text);
}

// The bytes of subscription identifiers, four each, out of the properties of a PUBLISH.
void add_identifier(std::string& to, std::uint32_t identifier) {
    for (unsigned shift = 0; identifier != 0 && shift < 32; shift += 8)
        to.push_back(static_cast<char>(identifier >> shift & 0xFF));
}

mqtt::properties read_properties(std::string_view wire, std::string& held) {
    mqtt::write_varint(held, static_cast<std::uint32_t>(wire.size()));
    held.append(wire);
    mqtt::reader from(held);
    mqtt::properties rows;
    mqtt::read_properties(from, mqtt::packet_type::publish, rows);
    if (from.failed())
        throw unfit("its properties are not well formed");
    return rows;
}

std::string forwarded(std::string_view wire) {
    std::string held;
    return mqtt::forwarded_properties(read_properties(wire, held));
}

std::string identifiers_of(std::string_view wire) {
    std::string held;
    std::string made;
    for (const auto& row : read_properties(wire, held))
        if (row.id == mqtt::property_id::subscription_identifier)
            add_identifier(made, row.number);
    return made;
}

class importer {
public:
    importer(const mqtt::mosquitto_reading& from, std::int64_t now, store_filler& into,
             store_findings& findings)
        : from_(from), now_(now), into_(into), findings_(findings) {}

    void run() {
        for (const auto& each : from_.clients)
            guarded(each.offset, [&] { client(each); });
        for (const auto& each : from_.subscriptions)
            guarded(each.offset, [&] { subscription(each); });
        for (std::size_t at = 0; at < from_.messages.size(); ++at)
            guarded(from_.messages[at].offset, [&] { message(at); });
        for (const auto& each : from_.retained)
            guarded(each.offset, [&] { retained(each.message); });
        for (const auto& each : from_.queued)
            if (each.outgoing)
                guarded(each.offset, [&] { outgoing(each); });
        for (const auto& each : from_.queued)
            if (!each.outgoing)
                guarded(each.offset, [&] { incoming(each); });
    }

private:
    template <class Part>
    void guarded(std::size_t offset, Part part) {
        try {
            part();
        } catch (const unfit& why) {
            findings_.add(fmt::format("byte {} is left out: {}", offset, why.what()));
        }
    }

    // What belongs to a session that has ended is nothing to tell of.
    bool is_over(std::string_view client_id) const { return over_.contains(client_id); }

    void client(const mqtt::mosquitto_client& from) {
        if (from.expiry == 0 || (from.expires_at != 0 && from.expires_at <= now_ / 1000)) {
            over_.insert(from.client_id); // bound: the clients of the file
            return;
        }
        session_row row;
        row.client_id = text_of(from.client_id);
        row.username = text_of(from.username);
        row.expiry = from.expiry;
        if (from.expiry != UINT32_MAX) // mosquitto was told to stop, or copied, while it was there
            row.ends_at = from.expires_at > 0 && from.expires_at < store_time_max / 1000
                              ? from.expires_at * 1000
                              : now_ + std::int64_t{from.expiry} * 1000;
        into_.session(row);
    }

    void subscription(const mqtt::mosquitto_subscription& from) {
        if (is_over(from.client_id))
            return;
        subscription_row row;
        row.client_id = text_of(from.client_id);
        row.filter = text_of(from.filter);
        row.qos = from.qos;
        row.no_local = from.no_local;
        row.retain_as_published = from.retain_as_published;
        row.identifier = from.identifier;
        into_.subscription(row);
        subscriptions_.push_back(row); // bound: the subscriptions of the file
    }

    message_row row_of(std::size_t at) const {
        const auto& from = from_.messages[at];
        message_row row;
        row.id = static_cast<std::int64_t>(at) + 1; // mosquitto's ids need more bits than ours
        row.topic = text_of(from.topic);
        row.payload = text_of(from.payload);
        row.properties = forwarded(from.properties);
        row.qos = from.qos;
        row.retain = from.retain;
        row.arrived = now_;
        if (from.expires_at > 0 && from.expires_at < store_time_max / 1000)
            row.expires_at = from.expires_at * 1000;
        return row;
    }

    void message(std::size_t at) {
        into_.message(row_of(at));
        numbers_.emplace(from_.messages[at].id, at); // bound: the messages of the file
    }

    std::size_t place_of(std::uint64_t id) const {
        const auto found = numbers_.find(id);
        if (found == numbers_.end())
            throw unfit("its message is not there");
        return found->second;
    }

    void retained(std::uint64_t id) {
        const auto row = row_of(place_of(id));
        if (!row.topic.starts_with("$SYS/")) // each broker makes its own
            into_.retained(row);
    }

    void outgoing(const mqtt::mosquitto_queued& from) {
        // QoS 0 is not kept over a restart.
        if (is_over(from.client_id) || from.qos == 0)
            return;
        outgoing_row row;
        row.client_id = text_of(from.client_id);
        row.message = static_cast<std::int64_t>(place_of(from.message)) + 1;
        row.qos = from.qos;
        row.retain = from.retain;
        row.identifiers = identifiers_of(from.properties);
        row.released = from.state == mosquitto_state::resend_pubrel ||
                       from.state == mosquitto_state::wait_for_pubcomp;
        // Whatever has a packet id may have been sent, and is sent again under that. [MQTT-4.4.0-1]
        row.packet_id = from.state == mosquitto_state::queued ? 0 : from.packet_id;
        into_.outgoing(row);
    }

    // mosquitto hands a QoS 2 message on when its client releases it; we do when it comes. The
    // client has been told that we have it, and may send nothing but its PUBREL: it goes to those
    // who wait for it now, and what the client still sends of it is known. [MQTT-4.3.3-10]
    void incoming(const mqtt::mosquitto_queued& from) {
        if (is_over(from.client_id) || from.qos != 2)
            return;
        const auto at = place_of(from.message);
        const auto client_id = text_of(from.client_id);
        into_.incoming(client_id, from.packet_id);
        const auto row = row_of(at);
        if (row.retain && !row.payload.empty())
            into_.retained(row);
        hand_on(row, client_id);
    }

    struct receiving {
        std::int64_t qos = 0;
        bool retain = false;
        std::string identifiers, shared;
    };

    // One copy for each session, whatever number of its subscriptions match; of a shared
    // subscription one member gets it. [MQTT-3.3.4-2] [MQTT-4.8.2-4]
    void hand_on(const message_row& row, const std::string& publisher) {
        std::map<std::string, receiving> receivers;
        std::set<std::string> groups;
        for (const auto& each : subscriptions_) {
            const auto shared = mqtt::parse_shared_filter(each.filter);
            if (!mqtt::matches(shared ? shared->filter : std::string_view(each.filter), row.topic))
                continue;
            if (each.no_local && each.client_id == publisher)
                continue;
            if (shared && !groups.insert(each.filter).second)
                continue;
            auto& to = receivers[each.client_id];
            to.qos = std::max(to.qos, std::min(each.qos, row.qos));
            to.retain |= each.retain_as_published && row.retain;
            add_identifier(to.identifiers, static_cast<std::uint32_t>(each.identifier));
            if (shared)
                to.shared = each.filter;
        }
        for (const auto& [client_id, to] : receivers) {
            if (to.qos == 0)
                continue;
            outgoing_row made;
            made.client_id = client_id;
            made.message = row.id;
            made.qos = to.qos;
            made.retain = to.retain;
            made.identifiers = to.identifiers;
            made.shared = to.shared;
            into_.outgoing(made);
        }
    }

    const mqtt::mosquitto_reading& from_;
    std::int64_t now_;
    store_filler& into_;
    store_findings& findings_;
    std::set<std::string_view> over_;
    std::vector<subscription_row> subscriptions_;
    std::unordered_map<std::uint64_t, std::size_t> numbers_; // place in the file's messages, by id
};

} // namespace

void import_mosquitto(std::string_view bytes, std::int64_t now, store_filler& into,
                      store_findings& findings) {
    const auto reading = mqtt::read_mosquitto_file(bytes);
    if (!reading.problem.empty())
        throw std::runtime_error("mosquitto's database can't be read: " + reading.problem);
    importer(reading, now, into, findings).run();
}

} // namespace gateway
