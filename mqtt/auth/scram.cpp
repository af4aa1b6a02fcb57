#include "mqtt/auth/scram.hpp"

#include "mqtt/auth/digest.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace mqtt {
namespace {

constexpr std::size_t nonce_bytes = 18; // of chance: 24 characters
constexpr std::size_t fake_salt_bytes = 16;

// Whatever is wrong, the client hears the same: neither a name nor a proof can be tried out apart.
exchange::step refused() {
    return {reason::not_authorized, {}};
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char each) { return each >= ' ' && each <= '~'; });
}

// The text up to the next ',', taken off the front; nothing: no ',' is left.
std::optional<std::string_view> take_field(std::string_view& text) {
    const auto comma = text.find(',');
    if (comma == text.npos)
        return std::nullopt;
    const auto field = text.substr(0, comma);
    text.remove_prefix(comma + 1);
    return field;
}

// The value of an attribute, such as "n="; nothing: the field is another one, or empty.
std::optional<std::string_view> value_of(std::string_view field, std::string_view attribute) {
    if (!field.starts_with(attribute) || field.size() == attribute.size())
        return std::nullopt;
    return field.substr(attribute.size());
}

// ',' and '=' come as =2C and =3D; RFC 5802 section 5.1. Names beyond printable ASCII would need
// SASLprep (RFC 4013), which changes nothing in printable ASCII: they are refused.
std::optional<std::string> name_from(std::string_view text) {
    std::string name;
    for (; !text.empty(); text.remove_prefix(1)) {
        if (text.front() != '=') {
            name += text.front();
            continue;
        }
        if (!text.starts_with("=2C") && !text.starts_with("=3D"))
            return std::nullopt;
        name += text[1] == '2' ? ',' : '=';
        text.remove_prefix(2);
    }
    if (name.empty() || name.size() > username_bytes_max || !is_printable(name))
        return std::nullopt;
    return name;
}

// printable in RFC 5802 section 7: visible ASCII; ',' has ended the field already
bool is_nonce(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char each) { return each > ' ' && each <= '~'; });
}

struct client_first {
    std::string gs2_header;
    std::string_view bare;
    std::string username;
    std::string_view nonce;
};

std::optional<client_first> read_first(std::string_view message) {
    client_first said;
    const auto whole = message;
    const auto binding = take_field(message);
    const auto authzid = take_field(message);
    // "p=": the client binds to a TLS channel, which is never offered here. "y": it could.
    if (!binding || !authzid || (*binding != "n" && *binding != "y"))
        return std::nullopt;
    said.gs2_header = whole.substr(0, whole.size() - message.size());
    said.bare = message;
    const auto name_field = take_field(message); // "m=", an extension that must be known, is not
    const auto name = name_field ? value_of(*name_field, "n=") : std::nullopt;
    auto username = name ? name_from(*name) : std::nullopt;
    if (!username)
        return std::nullopt;
    said.username = std::move(*username);
    if (!authzid->empty()) { // to act for somebody else is nothing that MQTT knows
        const auto other = value_of(*authzid, "a=");
        if (!other || name_from(*other) != said.username)
            return std::nullopt;
    }
    const auto nonce = value_of(message.substr(0, message.find(',')), "r=");
    if (!nonce || !is_nonce(*nonce))
        return std::nullopt;
    said.nonce = *nonce; // extensions behind it are for servers that know them
    return said;
}

struct client_last {
    std::string_view without_proof;
    std::string_view nonce;
    std::string proof;
};

std::optional<client_last> read_last(std::string_view message, std::string_view gs2_header) {
    client_last said;
    const auto comma = message.rfind(','); // the proof stands at the end; base64 has no ','
    if (comma == message.npos)
        return std::nullopt;
    said.without_proof = message.substr(0, comma);
    const auto proof = value_of(message.substr(comma + 1), "p=");
    auto bytes = proof ? from_base64(*proof) : std::nullopt;
    if (!bytes || bytes->size() != sha256_bytes)
        return std::nullopt;
    said.proof = std::move(*bytes);
    auto rest = said.without_proof;
    const auto binding = take_field(rest);
    // A client that says another header now was told another one on the way. [RFC5802-5.1]
    if (!binding || value_of(*binding, "c=") != to_base64(gs2_header))
        return std::nullopt;
    const auto nonce = value_of(rest.substr(0, rest.find(',')), "r=");
    if (!nonce)
        return std::nullopt;
    said.nonce = *nonce;
    return said;
}

} // namespace

scram_exchange::scram_exchange(std::shared_ptr<const password_file> users, std::string secret,
                               std::string nonce)
    : users_(std::move(users)), secret_(std::move(secret)), nonce_(std::move(nonce)) {}

std::string scram_exchange::make_nonce() {
    return to_base64(random_bytes(nonce_bytes));
}

exchange::step scram_exchange::next(std::string_view received) {
    const auto before = std::exchange(now_, state::over); // whatever goes wrong ends it
    if (before == state::over || received.size() > scram_message_bytes_max)
        return refused();
    return before == state::awaiting_first ? first(received) : last(received);
}

exchange::step scram_exchange::first(std::string_view message) {
    auto said = read_first(message);
    if (!said)
        return refused();
    username_ = std::move(said->username);
    gs2_header_ = std::move(said->gs2_header);
    nonce_.insert(0, said->nonce);
    terms_ = terms_of(username_);
    auto answer =
        "r=" + nonce_ + ",s=" + to_base64(terms_.salt) + ",i=" + std::to_string(terms_.iterations);
    exchanged_.append(said->bare).append(",").append(answer);
    now_ = state::awaiting_final;
    return {reason::continue_authentication, std::move(answer)};
}

// RFC 5802 section 3: the proof is the client's key, hidden by a signature that only the holder of
// the stored key can take away again.
exchange::step scram_exchange::last(std::string_view message) {
    const auto said = read_last(message, gs2_header_);
    if (!said || !equal_in_constant_time(said->nonce, nonce_))
        return refused();
    exchanged_.append(",").append(said->without_proof);
    auto client_key = hmac_sha256(terms_.stored_key, exchanged_);
    for (std::size_t at = 0; at < sha256_bytes; ++at)
        client_key[at] = static_cast<char>(client_key[at] ^ said->proof[at]);
    const bool proven = equal_in_constant_time(sha256(client_key), terms_.stored_key);
    auto signature = to_base64(hmac_sha256(terms_.server_key, exchanged_));
    if (!proven || !terms_.genuine)
        return refused();
    return {reason::success, "v=" + std::move(signature)};
}

scram_exchange::terms scram_exchange::terms_of(std::string_view username) const {
    const auto made_up = [&](std::string_view what) {
        return hmac_sha256(secret_, std::string(what).append(username));
    };
    terms made;
    made.salt = made_up("salt ") + made_up("more ");
    made.stored_key = made_up("key "); // nobody knows what it would be the digest of
    made.server_key = made_up("server ");
    const auto* known = users_->find(username);
    made.genuine = known != nullptr && known->scheme() == password_scheme::scram_sha_256;
    const auto* like = made.genuine ? known : users_->any_scram(keyed_number(secret_, username));
    made.iterations = like != nullptr ? like->iterations() : hash_iterations_default;
    made.salt.resize(like != nullptr ? like->salt().size() : fake_salt_bytes);
    if (made.genuine) {
        made.salt = known->salt();
        made.stored_key = known->stored_key();
        made.server_key = known->server_key();
    }
    return made;
}

} // namespace mqtt
