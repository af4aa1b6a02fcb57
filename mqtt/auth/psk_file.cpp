#include "mqtt/auth/psk_file.hpp"

#include "mqtt/types/utf8.hpp"

#include <openssl/crypto.h>
#include <openssl/ssl.h>

#include <algorithm>

namespace mqtt {
namespace {

static_assert(psk_key_bytes_max <= PSK_MAX_PSK_LEN);
static_assert(psk_identity_bytes_max <= PSK_MAX_IDENTITY_LEN);

int digit_of(char letter) {
    if (letter >= '0' && letter <= '9')
        return letter - '0';
    if (letter >= 'a' && letter <= 'f')
        return letter - 'a' + 10;
    if (letter >= 'A' && letter <= 'F')
        return letter - 'A' + 10;
    return -1;
}

// What is wrong with the key; empty: nothing, and its bytes are in `into`. Never repeats a part of
// the key: the sentence goes to a log.
std::string read_key(std::string_view text, std::string& into) {
    if (text.empty())
        return "the key is empty";
    if (!std::all_of(text.begin(), text.end(), [](char each) { return digit_of(each) >= 0; }))
        return "the key must be hexadecimal digits and nothing else";
    if (text.size() % 2 != 0)
        return "the key must have two hexadecimal digits for each byte; there is an odd number";
    if (text.size() / 2 > psk_key_bytes_max)
        return "the key is longer than " + std::to_string(psk_key_bytes_max) + " bytes";
    into.reserve(text.size() / 2); // no copies of the key in memory that was given back
    for (std::size_t at = 0; at < text.size(); at += 2)
        into += static_cast<char>(digit_of(text[at]) * 16 + digit_of(text[at + 1]));
    return {};
}

void cleanse(std::string& secret) {
    OPENSSL_cleanse(secret.data(), secret.size());
}

} // namespace

std::string psk_identity_problem(std::string_view identity) {
    if (identity.empty())
        return "the identity is empty";
    if (identity.size() > psk_identity_bytes_max)
        return "the identity is longer than " + std::to_string(psk_identity_bytes_max) + " bytes";
    if (!is_utf8_string(identity) || has_control_character(identity))
        return "the identity must be UTF-8 without control characters";
    if (identity.find(':') != identity.npos)
        return "the identity must not hold ':'";
    if (identity.starts_with('#'))
        return "the identity must not begin with '#'";
    if (identity.starts_with(' ') || identity.ends_with(' '))
        return "the identity must not begin or end with a blank";
    return {};
}

void psk_file::read_line(std::string_view line, unsigned number, psk_file_reading& reading) {
    const auto parts = split_password_line(line); // the form is the same
    if (!parts.has_user)
        return;
    auto& problems = reading.problems; // bound: psk_file_sentences_max, by read_text
    if (!parts.has_colon)
        return problems.push_back({number, "must be an identity, a colon and a key"});
    if (auto problem = psk_identity_problem(parts.username); !problem.empty())
        return problems.push_back({number, std::move(problem)});
    const auto [place, added] = keys_.try_emplace(std::string(parts.username), entry{{}, number});
    if (!added)
        return problems.push_back({number, "the identity stands on line " +
                                               std::to_string(place->second.line) + " already"});
    auto& key = place->second.key;
    if (auto problem = read_key(parts.hash, key); !problem.empty())
        return problems.push_back({number, std::move(problem)});
    if (key.size() < psk_key_bytes_advised && reading.warnings.size() < psk_file_sentences_max)
        reading.warnings.push_back(
            {number, "the key has " + std::to_string(key.size()) + " of at least " +
                         std::to_string(psk_key_bytes_advised) +
                         " bytes; whoever records a handshake may find it by trying"});
}

psk_file_reading psk_file::read_text(std::string_view text) {
    psk_file_reading reading;
    auto keys = std::make_shared<psk_file>();
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    for (unsigned number = 1; !text.empty(); ++number) {
        if (reading.problems.size() >= psk_file_sentences_max) {
            reading.problems.push_back(
                {number, "too many mistakes; the rest of the file was not read"});
            break;
        }
        const auto end = std::min(text.find('\n'), text.size());
        keys->read_line(text.substr(0, end), number, reading);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    if (reading.problems.empty())
        reading.keys = std::move(keys);
    return reading;
}

psk_file_reading psk_file::read(const std::string& path) {
    std::string text;
    if (auto problem = read_password_text(path, text); !problem.empty())
        return {nullptr, {{0, std::move(problem)}}, {}};
    auto reading = read_text(text);
    cleanse(text);
    return reading;
}

psk_file::~psk_file() {
    for (auto& [identity, each] : keys_)
        cleanse(each.key);
}

std::optional<std::string_view> psk_file::find(std::string_view identity) const {
    const auto found = keys_.find(identity);
    if (found == keys_.end())
        return std::nullopt;
    return found->second.key;
}

} // namespace mqtt
