// Who is there: credentials of CONNECT, MQTT 5 section 3.1.4, and exchanges by AUTH, section 4.12.
#include "mqtt/broker/broker.hpp"

#include <utility>

namespace mqtt {

void broker::refuse(connection& from, std::string_view client_id, reason why) {
    room_.log.connection("Client " + std::string(client_id) + " at " + std::string(from.address()) +
                         " refused: " + std::string(row_of(why).name) + ".");
    // CONNACK knows fewer reasons than DISCONNECT. [MQTT-3.1.4-2] [MQTT-3.2.2-8]
    from.refuse(why == reason::server_shutting_down ? reason::server_unavailable : why);
}

std::optional<std::uint8_t> broker::on_connect(connection& from, action& asked) {
    const auto& packet = asked.connect;
    counts_.add(metric::connects_received);
    const auto verdict = check_connect(packet, from);
    if (verdict != reason::success) {
        refuse(from, packet.client_id, verdict);
        return std::nullopt;
    }
    if (!packet.client_id.empty() && home_of(packet.client_id) != shard_) {
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
        packet.client_id.empty() ? make_client_id() : std::string(packet.client_id);
    waiting.who.address = from.address();
    if (packet.props.find(property_id::authentication_method) != nullptr) {
        begin_exchange(from, packet.props, number);
        return std::nullopt;
    }
    waiting.who.username = packet.username.value_or("");
    credentials presented;
    presented.client_id = waiting.who.client_id;
    presented.from.address = waiting.who.address;
    if (packet.username)
        presented.username = std::string(*packet.username);
    if (packet.password)
        presented.password = std::string(*packet.password);
    answering_ = number;
    common_.door.authenticate(
        presented, [this](std::function<void()> work) { host_->later(std::move(work)); },
        [this, number](reason said) { admit(number, said); });
    answering_ = 0;
    return std::nullopt;
}

void broker::admit(std::uint64_t number, reason verdict) {
    const auto found = admissions_.find(number);
    if (found == admissions_.end())
        return; // the client did not wait
    enter();
    const auto waiting = std::move(found->second);
    admissions_.erase(found);
    if (verdict != reason::success)
        return refuse(*waiting.from, waiting.who.client_id, verdict);
    const auto framed = next_frame(waiting.packet, varint_max);
    const auto packet = decode_connect(framed.body); // read without failure before
    let_in(waiting, *packet);
    if (answering_ != number) // the answer came later: nobody reads this client's input now
        waiting.from->where().resume();
}

// The method that CONNECT names decides alone; a user name beside it is not looked at.
void broker::begin_exchange(connection& from, const properties& props, std::uint64_t number) {
    const auto name = *props.text(property_id::authentication_method);
    auto exchange = common_.door.begin(name);
    if (!exchange)
        return admit(number, reason::bad_authentication_method); // [MQTT-4.12.0-1]
    from.agree({std::string(name), std::move(exchange), number});
    take_step(from, props);
}

void broker::on_auth(connection& from, const auth& packet) {
    auto& method = *from.method();
    if (!method.running) // the client is in, and wants to show anew who it is
        method.running = common_.door.begin(method.name);
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
    if (step.reason == reason::success) {
        auto& waiting = admissions_.at(number);
        waiting.who.username = ended->username();
        waiting.authentication_data = std::move(step.data);
    }
    answering_ = number;
    admit(number, step.reason); // [MQTT-4.12.0-4]
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
    from.end(verdict); // [MQTT-4.12.1-2]
    leave(owner, true);
}

} // namespace mqtt
