// Who is there: credentials of CONNECT, MQTT 5 section 3.1.4, and exchanges by AUTH, section 4.12.
#include "mqtt/broker/broker.hpp"
#include "mqtt/broker/client_events.hpp"

#include <utility>

namespace mqtt {
namespace {

// Who the client says it is, or TLS has shown it to be.
std::string_view name_of(const connection& from, const connect& packet) {
    const auto& by = *from.by();
    if (!by.proof_required)
        return packet.username.value_or("");
    return by.proven_username ? std::string_view(*by.proven_username) : std::string_view();
}

} // namespace

void broker::refuse(connection& from, std::string_view client_id, const decision& said) {
    const auto why = said.reason;
    room_.log.connection("Client " + std::string(client_id) + " at " + from.address() +
                         " refused: " + std::string(row_of(why).name) +
                         (said.why.empty() ? "." : ", " + said.why + "."));
    tell_refused(common_, *from.by(), client_id, said);
    // CONNACK knows fewer reasons than DISCONNECT. [MQTT-3.1.4-2] [MQTT-3.2.2-8]
    from.refuse(why == reason::server_shutting_down ? reason::server_unavailable : why);
}

std::optional<std::uint8_t> broker::on_connect(connection& from, action& asked) {
    auto& packet = asked.connect;
    // use_username_as_clientid: before anything else looks at the id, as it chooses the shard. That
    // the name is the client's is shown before the session is touched.
    const bool by_name = from.bounds().use_username_as_client_id;
    if (by_name)
        packet.client_id = name_of(from, packet);
    counts_.add(metric::connects_received);
    auto verdict = check_connect(packet, from);
    if (by_name && packet.client_id.empty())
        verdict = reason::not_authorized;
    const bool moves = verdict == reason::success && !packet.client_id.empty() &&
                       home_of(packet.client_id) != shard_;
    if (!moves)
        from.tell_connect(asked);
    if (verdict != reason::success) {
        refuse(from, packet.client_id, verdict);
        return std::nullopt;
    }
    if (moves) {
        counts_.add(metric::connects_received, -1);
        return home_of(packet.client_id);
    }

    from.authenticating();
    const auto number = ++last_admission_;
    auto& waiting = admissions_[number];
    waiting.from = &from;
    waiting.packet = asked.raw;
    // [MQTT-3.1.3-6] [MQTT3-3.1.3-6]
    waiting.who.client_id =
        packet.client_id.empty() ? make_client_id(from) : std::string(packet.client_id);
    waiting.who.address = from.address();
    waiting.who.realm = from.by()->realm;
    if (packet.props.find(property_id::authentication_method) != nullptr) {
        begin_exchange(from, packet.props, number);
        return std::nullopt;
    }
    credentials presented;
    presented.client_id = waiting.who.client_id;
    presented.from = *from.by();
    presented.protocol_version = static_cast<std::uint8_t>(packet.version);
    presented.keep_alive = packet.keep_alive;
    presented.clean_start = packet.clean_start;
    if (packet.username)
        presented.username = std::string(*packet.username);
    if (packet.password)
        presented.password = std::string(*packet.password);
    answering_ = number;
    common_.door.authenticate(presented, back(),
                              [this, number](const decision& said) { admit(number, said); });
    answering_ = 0;
    return std::nullopt;
}

void broker::admit(std::uint64_t number, const decision& said) {
    const auto found = admissions_.find(number);
    if (found == admissions_.end())
        return; // the client did not wait
    enter();
    auto waiting = std::move(found->second);
    admissions_.erase(found);
    if (said.reason != reason::success)
        return refuse(*waiting.from, waiting.who.client_id, said);
    if (pulls_.is_reserved(waiting.who.client_id))
        return refuse(*waiting.from, waiting.who.client_id, reason::client_identifier_not_valid);
    if (const auto* pulled = registry_.find(waiting.who.client_id))
        pulls_.taken_over(*pulled);
    waiting.who.username = said.username;
    waiting.who.by = said.by;
    waiting.who.mark = said.mark;
    waiting.who.granted = said.granted;
    waiting.who.good_until = said.good_until;
    const auto framed = next_frame(waiting.packet, varint_max);
    const auto packet = decode_connect(framed.body); // read without failure before
    if (forgets_first(*packet, waiting.who)) {
        admissions_.emplace(number, std::move(waiting));
        held_answer one{held_answer::kind::admission};
        one.number = number;
        held_.add(std::move(one));
        return;
    }
    let_in(waiting, *packet);
    if (answering_ != number) // the answer came later: nobody reads this client's input now
        waiting.from->where().resume();
}

// What had to be forgotten first is.
void broker::admit_now(admission&& waiting) {
    const auto framed = next_frame(waiting.packet, varint_max);
    const auto packet = decode_connect(framed.body);
    let_in(waiting, *packet);
    waiting.from->where().resume();
}

// The method that CONNECT names decides alone; a user name beside it is not looked at.
void broker::begin_exchange(connection& from, const properties& props, std::uint64_t number) {
    const auto name = *props.text(property_id::authentication_method);
    // Where names come from TLS, no method gives another one.
    auto exchange =
        from.by()->proof_required ? nullptr : common_.door.begin(name, from.by()->realm);
    if (!exchange)
        return admit(number, reason::bad_authentication_method); // [MQTT-4.12.0-1]
    from.agree({std::string(name), std::move(exchange), number});
    take_step(from, props);
}

void broker::on_auth(connection& from, const auth& packet) {
    auto& method = *from.method();
    if (!method.running) // the client is in, and wants to show anew who it is
        method.running = common_.door.begin(method.name, from.by()->realm);
    take_step(from, packet.props);
}

void broker::take_step(connection& from, const properties& props) {
    auto& method = *from.method();
    const auto received = props.text(property_id::authentication_data).value_or("");
    auto step = method.running->next(received);
    if (step.reason == reason::continue_authentication)
        return from.challenge(step.data); // [MQTT-4.12.0-2]
    const auto ended = std::exchange(method.running, nullptr);
    if (from.owner() != nullptr)
        return finish_again(from, *ended, step);
    const auto number = method.admission;
    decision said(step.reason);
    if (step.reason == reason::success) {
        said.username = ended->username();
        said.by = evidence::password;
        admissions_.at(number).authentication_data = std::move(step.data);
    }
    answering_ = number;
    admit(number, said); // [MQTT-4.12.0-4]
    answering_ = 0;
}

// The end of a re-authentication, section 4.12.1. The session stays who it was.
void broker::finish_again(connection& from, const exchange& ended, const exchange::step& last) {
    auto& owner = *from.owner();
    auto verdict = last.reason;
    if (verdict == reason::success && ended.username() != owner.who().username)
        verdict = reason::not_authorized;
    if (verdict == reason::success)
        return from.confirm(last.data);
    room_.log.connection("Client " + owner.client_id() +
                         " disconnected: " + std::string(row_of(verdict).name) + ".");
    tell_refused(common_, *from.by(), owner.client_id(), verdict);
    from.end(verdict); // [MQTT-4.12.1-2]
    leave(owner, true);
}

} // namespace mqtt
