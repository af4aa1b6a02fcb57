// Access, keys, messages and control: the rest of dispatcher.
#include "mqtt/codec/wire.hpp"
#include "mqtt/types/topic.hpp"
#include "plugin/dispatcher.hpp"
#include "plugin/exports.hpp"
#include "plugin/interface.hpp"
#include "plugin/property_list.hpp"

#include <array>
#include <cstring>
#include <utility>

namespace plugin {
namespace {

// Hexadecimal digits of a pre-shared key: OpenSSL takes 512 bytes at most.
constexpr std::size_t key_digits_max = 1024;

int number_of(mqtt::operation what) {
    switch (what) {
    case mqtt::operation::publish:
        return MOSQ_ACL_WRITE;
    case mqtt::operation::subscribe:
        return MOSQ_ACL_SUBSCRIBE;
    case mqtt::operation::receive:
        return MOSQ_ACL_READ;
    }
    return MOSQ_ACL_NONE;
}

bool has_special_character(const std::string& name) {
    return name.find_first_of("+#") != name.npos;
}

// Memory that a plugin may exchange for other memory of its own making.
template <class Byte>
class exchangeable {
public:
    explicit exchangeable(std::string_view text)
        : bytes_(static_cast<Byte*>(mosquitto_malloc(text.size() + 1))) {
        std::memcpy(bytes_, text.data(), text.size());
        static_cast<char*>(static_cast<void*>(bytes_))[text.size()] = '\0';
    }
    exchangeable(const exchangeable&) = delete;
    exchangeable& operator=(const exchangeable&) = delete;
    ~exchangeable() { mosquitto_free(bytes_); }

    Byte* get() const { return bytes_; }
    // What was there before belongs to us still: mosquitto's rule is that a plugin does not free
    // it.
    bool follow(Byte* now) {
        if (now == bytes_)
            return false;
        mosquitto_free(std::exchange(bytes_, now));
        return true;
    }

private:
    Byte* bytes_;
};

std::string taken_text(char* text) {
    std::string copy(text == nullptr ? "" : text);
    mosquitto_free(text);
    return printable(copy, log_line_bytes_max);
}

mqtt::reason refusal(int answer, std::uint8_t code) {
    if (mqtt::is_known(code) && mqtt::is_error(mqtt::reason{code}))
        return mqtt::reason{code};
    if (answer == MOSQ_ERR_ACL_DENIED || answer == MOSQ_ERR_AUTH)
        return mqtt::reason::not_authorized;
    return mqtt::reason::implementation_specific_error;
}

std::optional<std::string> bytes_of_hex(std::string_view digits) {
    const auto value = [](char digit) -> int {
        if (digit >= '0' && digit <= '9')
            return digit - '0';
        const char lower = static_cast<char>(digit | 0x20);
        return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
    };
    if (digits.empty() || digits.size() % 2 != 0)
        return std::nullopt;
    std::string bytes;
    for (std::size_t at = 0; at < digits.size(); at += 2) {
        const int high = value(digits[at]);
        const int low = value(digits[at + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes.push_back(static_cast<char>(high << 4 | low)); // bound: key_digits_max
    }
    return bytes;
}

} // namespace

std::vector<verdict> dispatcher::check(const std::vector<question>& asked) {
    std::vector<verdict> verdicts;
    verdicts.reserve(asked.size());
    for (const auto& each : asked)
        verdicts.push_back(check_one(each)); // bound: as asked
    return verdicts;
}

verdict dispatcher::check_one(const question& asked) {
    const auto list = registry_.of(event::acl_check, asked.who.realm);
    if (list.empty())
        return verdict::deferred;
    if (asked.topic.find('\0') != asked.topic.npos)
        return verdict::denied;
    return ask_access(asked, list);
}

verdict dispatcher::ask_access(const question& asked, const callback_list& list) {
    auto& client = clients_.find(asked.who);
    const bool special =
        has_special_character(asked.who.username) || has_special_character(asked.who.client_id);
    mosquitto_evt_acl_check told{};
    told.client = &client;
    told.topic = asked.topic.c_str();
    told.access = number_of(asked.what);
    told.qos = static_cast<std::uint8_t>(asked.qos);
    told.retain = asked.retain;
    if (asked.payload != nullptr) {
        told.payload = asked.payload->data();
        told.payloadlen = static_cast<std::uint32_t>(asked.payload->size());
    }
    for (const auto& each : list) {
        if (special && each->owner->deny_special_characters)
            return verdict::denied;
        const int answer = call(*each, MOSQ_EVT_ACL_CHECK, &told);
        if (answer != MOSQ_ERR_PLUGIN_DEFER)
            return answer == MOSQ_ERR_SUCCESS ? verdict::granted : verdict::denied;
    }
    return verdict::deferred;
}

psk_answer dispatcher::psk_key(const psk_question& asked) {
    if (asked.identity.find('\0') != asked.identity.npos)
        return {};
    mqtt::credentials unknown{};
    unknown.from = asked.from;
    auto client = client_of(unknown);
    std::array<char, key_digits_max + 1> key{};
    mosquitto_evt_psk_key told{};
    told.client = &client;
    told.hint = asked.hint.c_str();
    told.identity = asked.identity.c_str();
    told.key = key.data();
    told.max_key_len = static_cast<int>(key_digits_max);
    const int answer =
        first_answer(registry_.of(event::psk_key, asked.from.realm), MOSQ_EVT_PSK_KEY, &told);
    psk_answer found;
    if (answer == MOSQ_ERR_SUCCESS) {
        found.key = bytes_of_hex({key.data(), ::strnlen(key.data(), key_digits_max)});
        found.username = client.username;
        if (!found.key)
            log(log_level::error, "a plugin has given a pre-shared key that is not hexadecimal");
    }
    wipe(key.data(), key.size());
    return found;
}

message_answer dispatcher::message(plugin::message published) {
    exchangeable<char> topic(published.topic);
    exchangeable<void> payload(published.payload);
    owned_list properties(list_of(published.properties));
    mosquitto_evt_message told{};
    told.client = &clients_.find(published.from);
    told.topic = topic.get();
    told.payload = payload.get();
    told.payloadlen = static_cast<std::uint32_t>(published.payload.size());
    told.properties = properties.first;
    told.qos = static_cast<std::uint8_t>(published.qos);
    told.retain = published.retain;
    std::size_t payload_bytes = published.payload.size(); // that may be read
    int answer = MOSQ_ERR_SUCCESS;
    for (const auto& each : registry_.of(event::message, published.from.realm)) {
        answer = call(*each, MOSQ_EVT_MESSAGE, &told);
        topic.follow(told.topic);
        if (payload.follow(told.payload))
            payload_bytes = told.payload == nullptr ? 0 : told.payloadlen;
        properties.first = told.properties;
        if (answer == MOSQ_ERR_PLUGIN_DEFER)
            answer = MOSQ_ERR_SUCCESS; // it has nothing to say
        if (answer != MOSQ_ERR_SUCCESS)
            break;
    }
    message_answer said;
    said.reason_string = taken_text(told.reason_string);
    if (answer != MOSQ_ERR_SUCCESS) {
        said.reason = refusal(answer, told.reason_code);
        return said;
    }
    auto bytes = forwarded_bytes(properties.first);
    if (told.topic == nullptr || !mqtt::is_topic_name(told.topic) || told.qos > 2 ||
        told.payloadlen > payload_bytes || told.payloadlen > mqtt::varint_max || !bytes) {
        log(log_level::error, "a plugin has made a message of a PUBLISH that can't be sent");
        said.reason = mqtt::reason::implementation_specific_error;
        return said;
    }
    said.message = std::move(published);
    said.message.topic = told.topic;
    if (told.payloadlen > 0)
        said.message.payload.assign(static_cast<const char*>(told.payload), told.payloadlen);
    else
        said.message.payload.clear();
    said.message.properties = std::move(*bytes);
    said.message.qos = mqtt::qos{told.qos};
    said.message.retain = told.retain;
    return said;
}

control_answer dispatcher::control(const plugin::message& ordered) {
    const auto called = registry_.of_control(ordered.topic, ordered.from.realm);
    if (called == nullptr)
        return {mqtt::reason::implementation_specific_error, {}};
    const owned_list properties(list_of(ordered.properties));
    mosquitto_evt_control told{};
    told.client = &clients_.find(ordered.from);
    told.topic = ordered.topic.c_str();
    told.payload = ordered.payload.c_str();
    told.payloadlen = static_cast<std::uint32_t>(ordered.payload.size());
    told.properties = properties.first;
    told.qos = static_cast<std::uint8_t>(ordered.qos);
    told.retain = ordered.retain;
    const int answer = call(*called, MOSQ_EVT_CONTROL, &told);
    control_answer said;
    said.reason_string = taken_text(told.reason_string);
    if (answer != MOSQ_ERR_SUCCESS)
        said.reason = refusal(answer, told.reason_code);
    return said;
}

} // namespace plugin
