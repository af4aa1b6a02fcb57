// CONNECT, MQTT 5 section 3.1.4: checks, credentials, take-over, session.
#include "mqtt/broker/broker.hpp"
#include "mqtt/broker/client_events.hpp"
#include "mqtt/session/packet_text.hpp"
#include "mqtt/types/topic.hpp"

#include <algorithm>
#include <utility>

namespace mqtt {
namespace {

kept_will keep(const will& said) {
    kept_will kept;
    kept.topic = said.topic;
    kept.payload = said.payload;
    kept.properties = forwarded_properties(said.props); // in their order [MQTT-3.1.3-10]
    kept.qos = said.qos;
    kept.retain = said.retain;
    kept.expiry = said.props.number(property_id::message_expiry_interval);
    kept.delay =
        std::chrono::seconds(said.props.number(property_id::will_delay_interval).value_or(0));
    return kept;
}

bool will_payload_is_text(const will& said) {
    const auto format = said.props.number(property_id::payload_format_indicator);
    return format.value_or(0) == 0 || is_utf8(said.payload);
}

// "%c" is the client id, "%u" the user name.
std::string filled_in(std::string_view pattern, const identity& who) {
    std::string text;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        const auto next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
        if (pattern[i] != '%' || (next != 'c' && next != 'u')) {
            text.push_back(pattern[i]);
            continue;
        }
        text += next == 'c' ? who.client_id : who.username;
        ++i;
    }
    return text;
}

} // namespace

reason broker::check_connect(const connect& packet, const connection& from) const {
    if (stopping_)
        return reason::server_unavailable; // [MQTT-3.2.2-8]
    if (from.bounds().redirect != reason::success)
        return from.bounds().redirect;
    if ((from.bounds().accepted_versions & 1U << static_cast<unsigned>(packet.version)) == 0)
        return reason::unsupported_protocol_version; // the operator leaves this one out
    // None but the empty one is refused. [MQTT-3.1.3-5] [MQTT3-3.1.3-5] [MQTT31-connect-3]
    // [MQTT31-connect-4 deviates: client ids of 3.1 may be longer than 23 characters]
    if (packet.client_id.empty()) {
        const bool allowed =
            packet.version == version::v5 ||
            (packet.version == version::v3_1_1 && packet.clean_start); // [MQTT3-3.1.3-8]
        // [MQTT-3.1.3-8] [MQTT3-3.1.3-9] [MQTT31-connect-5]
        if (!allowed || !from.bounds().allow_zero_length_clientid.value_or(
                            common_.bounds.allow_zero_length_clientid))
            return reason::client_identifier_not_valid;
    }
    // An id that the broker gives is held to the rule, too: it must not be the way around it.
    const auto& prefix = common_.bounds.client_id_prefix;
    if (!prefix.empty() &&
        !(packet.client_id.empty() ? id_prefix_for(from) : packet.client_id).starts_with(prefix))
        return reason::not_authorized;
    const auto keep_alive_max = common_.bounds.max_keepalive;
    if (packet.version != version::v5 && keep_alive_max != 65'535 && keep_alive_max != 0 &&
        (packet.keep_alive == 0 || packet.keep_alive > keep_alive_max))
        return reason::client_identifier_not_valid; // a 3.1.1 client can't be told another one
    if (common_.bounds.max_connections != 0 &&
        common_.clients.load(std::memory_order_relaxed) >= common_.bounds.max_connections)
        return reason::quota_exceeded;
    if (!packet.will)
        return reason::success;
    if (!is_topic_name(packet.will->topic))
        return reason::topic_name_invalid;
    if (packet.will->qos > from.bounds().max_qos)
        return reason::qos_not_supported; // [MQTT-3.2.2-12]
    if (packet.will->retain && !common_.bounds.retain_available)
        return reason::retain_not_supported; // [MQTT-3.2.2-13]
    return will_payload_is_text(*packet.will) ? reason::success : reason::payload_format_invalid;
}

std::string_view broker::id_prefix_for(const connection& from) const {
    const auto& own = from.bounds().auto_id_prefix;
    return own ? *own : common_.bounds.auto_id_prefix;
}

// An identifier of this shard, so that the connection can stay here.
std::string broker::make_client_id(const connection& from) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string made;
    do {
        made = id_prefix_for(from);
        for (int i = 0; i < 2; ++i)
            for (auto bits = random_(), left = std::uint64_t{16}; left != 0; --left, bits >>= 4)
                made.push_back(digits[bits & 15]);
    } while (home_of(made) != shard_ || registry_.find(made) != nullptr);
    return made;
}

// The longest that the operator lets a session live without its client, seconds.
std::uint32_t broker::expiry_max() const {
    const auto longest = common_.bounds.persistent_client_expiration.count();
    return longest == 0 ? session::never_expires
                        : static_cast<std::uint32_t>(
                              std::min<std::int64_t>(longest, session::never_expires));
}

std::uint32_t broker::expiry_for(const connect& packet) const {
    if (packet.version != version::v5)
        return packet.clean_start ? 0 : expiry_max(); // [MQTT3-3.1.2-4] [MQTT31-connect-8]
    return std::min(packet.props.number(property_id::session_expiry_interval).value_or(0),
                    expiry_max());
}

// A clean start ends a session that is kept: that has to be on disk before the client hears of a
// new one, or a crash could bring the old one back. True: it is on its way there.
bool broker::forgets_first(const connect& packet, const identity& who) {
    auto* existing = registry_.find(who.client_id);
    if (existing == nullptr || !packet.clean_start || !existing->is_kept() || !common_.kept.holds())
        return false;
    if (existing->online() != nullptr)
        take_over(*existing, true);
    if (const auto will = existing->take_will()) // as in session_for
        publish_will(*will, existing->who(), existing->id());
    end_session(*existing); // [MQTT-3.1.2-4] [MQTT3-3.1.2-6] [MQTT31-connect-7]
    return true;
}

session& broker::session_for(const connect& packet, const identity& who, bool& present) {
    auto* existing = registry_.find(who.client_id); // [MQTT-3.1.3-2] [MQTT3-3.1.3-2]
    if (existing != nullptr && existing->online() == nullptr &&
        existing->expires_at() <= room_.now.steady) { // the wheel has not come to it yet
        on_deadline(*existing);
        existing = nullptr;
    }
    if (existing != nullptr && existing->online() != nullptr)
        take_over(*existing, packet.clean_start);
    // [MQTT-3.1.4-4] [MQTT3-3.1.4-3]
    if (existing != nullptr && (packet.clean_start || existing->expiry() == 0)) {
        if (const auto will =
                existing->take_will()) // its session ends: the delayed will is due [MQTT-3.1.2-8]
            publish_will(*will, existing->who(), existing->id());
        end_session(*existing); // [MQTT-3.1.2-4] [MQTT3-3.1.2-6] [MQTT31-connect-7]
        existing = nullptr;
    }
    // [MQTT-3.2.2-2] [MQTT-3.2.2-3] [MQTT3-3.2.2-1] [MQTT3-3.2.2-2] [MQTT3-3.2.2-3]
    present = existing != nullptr;
    if (existing == nullptr)
        counts_.add(metric::sessions);
    return existing != nullptr ? *existing : registry_.make(who); // [MQTT-3.1.2-5] [MQTT-3.1.2-6]
}

acceptance broker::terms_for(const connect& packet, const admission& asked) const {
    acceptance terms;
    terms.session_expiry = expiry_for(packet);
    terms.expiry_changed =
        packet.version == version::v5 &&
        terms.session_expiry !=
            packet.props.number(property_id::session_expiry_interval).value_or(0);
    const auto keep_alive_max = common_.bounds.max_keepalive;
    const bool limited = keep_alive_max != 0 && keep_alive_max != 65'535;
    terms.keep_alive = packet.keep_alive;
    if (limited && (packet.keep_alive == 0 || packet.keep_alive > keep_alive_max))
        terms.keep_alive = keep_alive_max;
    if (packet.client_id.empty())
        terms.assigned_client_id = asked.who.client_id; // [MQTT-3.1.3-7]
    terms.authentication_data = asked.authentication_data;
    return terms;
}

void broker::let_in(const admission& asked, const connect& packet) {
    auto& from = *asked.from;
    auto terms = terms_for(packet, asked);
    auto& owner = session_for(packet, asked.who, terms.session_present);
    std::string information;
    if (packet.props.number(property_id::request_response_information).value_or(0) == 1)
        information = filled_in(from.bounds().response_information, asked.who);
    terms.response_information = information; // [MQTT-3.1.2-28]

    owner.disarm();
    owner.set_expiry(terms.session_expiry);
    // [MQTT-3.1.2-7] [MQTT3-3.1.2-12]
    owner.set_will(packet.will ? std::optional(keep(*packet.will)) : std::nullopt);
    const auto window = packet.props.number(property_id::receive_maximum).value_or(65'535);
    owner.attach(from, asked.who, static_cast<std::uint16_t>(window));
    keep_or_forget(owner);
    know_receiver(owner);
    common_.clients.fetch_add(1, std::memory_order_relaxed);
    count_both(metric::clients_connected, way_of(from.by()->way), 1);
    if (!from.accept(owner, packet, terms))
        return leave(owner, true);
    arm_deadline(from);
    announce(from, owner, packet);
    if (terms.session_present)
        return_to_groups(owner);
    resume(owner); // [MQTT-4.4.0-1]
}

void broker::announce(const connection& from, const session& owner, const connect& packet) {
    room_.log.connection("New client connected from " + std::string(from.address()) + " as " +
                         owner.client_id() + " (" + text_of(packet) + ").");
    tell_connected(common_, from, owner.who());
}

} // namespace mqtt
