#include "mqtt/auth/jwk_set.hpp"

#include "mqtt/auth/digest.hpp"
#include "mqtt/auth/password_file.hpp"
#include "mqtt/auth/strict_json.hpp"

#include <nlohmann/json.hpp>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace mqtt {
namespace {

using nlohmann::json;

// Members of which one alone makes a JWK private; RFC 7518 sections 6.2.2 and 6.3.2, RFC 8037
// section 2.
constexpr std::array<std::string_view, 7> private_members{"d", "p", "q", "dp", "dq", "qi", "oth"};

constexpr const char* private_key_sentence =
    "is a private key; it belongs to who makes the tokens, the broker needs the public key alone";

std::string read_text_of(const std::string& path, std::string& into) {
    auto problem = read_password_text(path, into);
    if (problem.empty() && into.size() > jwk_file_bytes_max)
        problem = "is larger than " + std::to_string(jwk_file_bytes_max) + " bytes";
    return problem;
}

jwk_set_reading read_with(jwk_set_reading (*read)(std::string_view), const std::string& path) {
    std::string text;
    if (auto problem = read_text_of(path, text); !problem.empty())
        return {nullptr, {std::move(problem)}};
    return read(text);
}

std::string too_many() {
    return "holds more than " + std::to_string(jwk_set_keys_max) + " keys";
}

// One block between the lines of a PEM file.
struct pem_block {
    std::string name;
    std::string der;
};

enum class pem_end { another, none, broken };

pem_end next_block(BIO* from, pem_block& into) {
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* der = nullptr;
    long length = 0;
    if (PEM_read_bio(from, &name, &header, &der, &length) != 1) {
        const auto why = ERR_peek_last_error();
        return ERR_GET_LIB(why) == ERR_LIB_PEM && ERR_GET_REASON(why) == PEM_R_NO_START_LINE
                   ? pem_end::none
                   : pem_end::broken;
    }
    into.name = name;
    into.der.assign(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(der);
    return pem_end::another;
}

std::string block_problem(const pem_block& block) {
    if (block.name.find("PRIVATE KEY") != block.name.npos)
        return private_key_sentence;
    if (block.name != "PUBLIC KEY")
        return "is no public key: its first line must be -----BEGIN PUBLIC KEY-----";
    return {};
}

// A certificate or a key in DER: one long sequence, and nothing behind it. Shorter ones are keys
// only when they can be read as such.
bool is_der(std::string_view bytes) {
    const auto at = [&](std::size_t where) { return static_cast<unsigned char>(bytes[where]); };
    if (bytes.size() > 4 && bytes.starts_with("\x30\x82") &&
        (static_cast<std::size_t>(at(2)) << 8U | at(3)) == bytes.size() - 4)
        return true;
    return public_key_from_der(bytes) != nullptr;
}

// Whoever has the public key could sign with it, if it were taken for a secret; RFC 8725 section
// 2.1. So nothing that looks like a key of another kind is one.
bool is_key_of_another_kind(std::string_view secret) {
    if (secret.find("-----BEGIN ") != secret.npos || secret.starts_with("ssh-") || is_der(secret))
        return true;
    std::string joined; // a public key without its PEM lines, as consoles of issuers show it
    std::copy_if(secret.begin(), secret.end(), std::back_inserter(joined),
                 [](char each) { return each != '\n' && each != '\r' && each != ' '; });
    const auto bytes = from_base64(joined);
    return bytes && is_der(*bytes);
}

} // namespace

// Collects keys and problems; nothing of a key is ever in a problem, not even its name.
struct jwk_set::reader {
    std::shared_ptr<jwk_set> set = std::make_shared<jwk_set>();
    std::vector<std::string> problems; // bound: one a key
    std::size_t number = 0;            // of the key being read, from 1

    void refuse(std::string_view sentence) {
        problems.push_back("key " + std::to_string(number) + " " + std::string(sentence));
    }

    void add(const public_key& made, key as) {
        const auto use = use_of(*made);
        if (!use.algorithm)
            return refuse(use.problem);
        as.algorithm = *use.algorithm;
        as.verifier = made;
        set->keys_.push_back(std::move(as)); // bound: jwk_set_keys_max
    }

    // Nothing: the member is not there. A value of another type is a problem.
    std::optional<std::string> text_of(const json& jwk, const char* member) {
        const auto found = jwk.find(member);
        if (found == jwk.end())
            return std::nullopt;
        if (found->is_string())
            return found->get<std::string>();
        refuse(std::string("has no text in \"") + member + "\"");
        return std::nullopt;
    }

    // Bytes that the key can't do without.
    std::string bytes_of(const json& jwk, const char* member) {
        const auto found = jwk.find(member);
        if (found != jwk.end() && found->is_string())
            if (auto bytes = from_base64url(found->get_ref<const std::string&>());
                bytes && !bytes->empty())
                return std::move(*bytes);
        refuse(std::string("has no base64url in \"") + member + "\"");
        return {};
    }

    bool may_verify(const json& jwk);
    void add_jwk(const json& jwk);
    void add_jwk_of(const json& jwk, jwt_algorithm algorithm, key as);
    jwk_set_reading finish(std::string_view none) &&;
};

// False: the key is for something else, and passed over. RFC 7517 sections 4.2 and 4.3.
bool jwk_set::reader::may_verify(const json& jwk) {
    if (const auto use = text_of(jwk, "use"); use && *use != "sig")
        return false;
    const auto operations = jwk.find("key_ops");
    if (operations == jwk.end())
        return true;
    if (!operations->is_array() ||
        !std::all_of(operations->begin(), operations->end(),
                     [](const auto& each) { return each.is_string(); })) {
        refuse("has no list of texts in \"key_ops\"");
        return false;
    }
    return std::find(operations->begin(), operations->end(), "verify") != operations->end();
}

// Keys of kinds that are not known here are passed over, as RFC 7517 section 5 wants it; those that
// are known and broken are not.
void jwk_set::reader::add_jwk(const json& jwk) {
    const auto before = problems.size();
    if (!jwk.is_object())
        return refuse("is no JSON object");
    const auto kind = text_of(jwk, "kty");
    if (!kind && problems.size() == before)
        return refuse("has no \"kty\"");
    if (std::any_of(private_members.begin(), private_members.end(),
                    [&](auto member) { return jwk.contains(member); }))
        return refuse(private_key_sentence);
    key as;
    as.id = text_of(jwk, "kid");
    if (as.id && as.id->size() > jwk_id_bytes_max)
        return refuse("has a \"kid\" of more than " + std::to_string(jwk_id_bytes_max) + " bytes");
    const auto curve = text_of(jwk, "crv");
    const auto alg = text_of(jwk, "alg");
    if (!may_verify(jwk) || problems.size() != before)
        return;
    std::optional<jwt_algorithm> algorithm;
    if (*kind == "RSA")
        algorithm = jwt_algorithm::rs256;
    else if (*kind == "EC" && curve == "P-256")
        algorithm = jwt_algorithm::es256;
    else if (*kind == "OKP" && curve == "Ed25519")
        algorithm = jwt_algorithm::eddsa;
    else if (*kind == "oct")
        algorithm = jwt_algorithm::hs256;
    if (algorithm && (!alg || jwt_algorithm_named(*alg) == algorithm))
        add_jwk_of(jwk, *algorithm, std::move(as));
}

void jwk_set::reader::add_jwk_of(const json& jwk, jwt_algorithm algorithm, key as) {
    const auto before = problems.size();
    const auto member = [&](const char* name) { return bytes_of(jwk, name); };
    if (algorithm == jwt_algorithm::hs256) {
        as.algorithm = algorithm;
        as.secret = member("k");
        if (problems.size() != before)
            return;
        if (as.secret.size() < hs256_secret_bytes_min || as.secret.size() > hs256_secret_bytes_max)
            return refuse("has a secret of a length that is not taken");
        return set->keys_.push_back(std::move(as)); // bound: jwk_set_keys_max
    }
    const auto first = member(algorithm == jwt_algorithm::rs256 ? "n" : "x");
    std::string second;
    if (algorithm == jwt_algorithm::rs256)
        second = member("e");
    if (algorithm == jwt_algorithm::es256)
        second = member("y");
    if (problems.size() != before)
        return;
    const auto made = algorithm == jwt_algorithm::rs256   ? rsa_public_key(first, second)
                      : algorithm == jwt_algorithm::es256 ? p256_public_key(first, second)
                                                          : ed25519_public_key(first);
    if (made == nullptr)
        return refuse("is no key of the kind that it says it is");
    add(made, std::move(as));
}

jwk_set_reading jwk_set::reader::finish(std::string_view none) && {
    if (problems.empty() && set->keys_.empty())
        problems.emplace_back(none);
    if (!problems.empty())
        return {nullptr, std::move(problems)};
    return {std::move(set), {}};
}

jwk_set_reading jwk_set::read_pem_text(std::string_view text) {
    const std::unique_ptr<BIO, int (*)(BIO*)> from(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
    reader reading;
    pem_block block;
    ERR_set_mark(); // the end of the file is an error to the library
    auto end = pem_end::another;
    while ((end = next_block(from.get(), block)) == pem_end::another) {
        if (++reading.number > jwk_set_keys_max) {
            reading.problems.push_back(too_many());
            break;
        }
        if (auto problem = block_problem(block); !problem.empty())
            reading.refuse(problem);
        else if (const auto made = public_key_from_der(block.der); made != nullptr)
            reading.add(made, {});
        else
            reading.refuse("can't be read");
    }
    ERR_pop_to_mark();
    if (end == pem_end::broken)
        reading.problems.emplace_back("is no PEM file: a block is broken or has no end");
    return std::move(reading).finish("holds no public key");
}

jwk_set_reading jwk_set::read_jwks_text(std::string_view text) {
    const auto document = read_strict_object(text);
    if (!document)
        return {nullptr, {"is no JSON object, or has a name twice"}};
    const auto keys = document->find("keys");
    if (keys == document->end() || !keys->is_array())
        return {nullptr, {"has no list \"keys\""}};
    if (keys->size() > jwk_set_keys_max)
        return {nullptr, {too_many()}};
    reader reading;
    for (const auto& jwk : *keys) {
        ++reading.number;
        reading.add_jwk(jwk);
    }
    return std::move(reading).finish("holds no key that can verify a token");
}

jwk_set_reading jwk_set::read_secret_text(std::string_view text) {
    const auto refused = [](std::string sentence) {
        return jwk_set_reading{nullptr, {std::move(sentence)}};
    };
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    if (text.ends_with('\r'))
        text.remove_suffix(1);
    if (is_key_of_another_kind(text))
        return refused("is a key of another kind, and can't be the secret of HS256");
    if (read_strict_object(text))
        return refused("is JSON, and can't be the secret of HS256; a JWKS file may hold one");
    if (text.size() < hs256_secret_bytes_min || text.size() > hs256_secret_bytes_max)
        return refused("must have between " + std::to_string(hs256_secret_bytes_min) + " and " +
                       std::to_string(hs256_secret_bytes_max) + " bytes");
    reader reading;
    key as;
    as.algorithm = jwt_algorithm::hs256;
    as.secret = text;
    reading.set->keys_.push_back(std::move(as)); // bound: one
    return std::move(reading).finish({});
}

jwk_set_reading jwk_set::read_pem(const std::string& path) {
    return read_with(read_pem_text, path);
}

jwk_set_reading jwk_set::read_jwks(const std::string& path) {
    return read_with(read_jwks_text, path);
}

jwk_set_reading jwk_set::read_secret(const std::string& path) {
    return read_with(read_secret_text, path);
}

bool jwk_set::has(jwt_algorithm algorithm) const {
    return std::any_of(keys_.begin(), keys_.end(),
                       [&](const auto& each) { return each.algorithm == algorithm; });
}

bool jwk_set::verify(jwt_algorithm algorithm, std::optional<std::string_view> id,
                     std::string_view signed_text, std::string_view signature) const {
    return std::any_of(keys_.begin(), keys_.end(), [&](const key& each) {
        if (each.algorithm != algorithm || (id && each.id && *each.id != *id))
            return false;
        if (algorithm == jwt_algorithm::hs256)
            return equal_in_constant_time(hmac_sha256(each.secret, signed_text), signature);
        return verify_signature(algorithm, *each.verifier, signed_text, signature);
    });
}

} // namespace mqtt
