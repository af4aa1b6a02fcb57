// The server's side of SCRAM-SHA-256, RFC 5802 and RFC 7677, without channel binding. Computes
// HMACs only: the dear key derivation is the client's. Never tells whether a user exists.
#pragma once

#include "mqtt/auth/access.hpp"
#include "mqtt/auth/password_file.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace mqtt {

inline constexpr std::string_view scram_method = "SCRAM-SHA-256";
inline constexpr std::size_t scram_message_bytes_max = 4096;

class scram_exchange final : public exchange {
public:
    // users: those that stand when the exchange begins. secret: of the process; salts of users that
    // do not exist are made from it, so that asking again brings the same salt, as it would for a
    // user that does. nonce: the server's part; printable, without ','.
    scram_exchange(std::shared_ptr<const password_file> users, std::string secret,
                   std::string nonce = make_nonce());

    step next(std::string_view received) override;
    const std::string& username() const override { return username_; }

    static std::string make_nonce();

private:
    enum class state { awaiting_first, awaiting_final, over };

    // What a user's keys are, or what they look like for a user that does not exist.
    struct terms {
        bool genuine = false;
        unsigned iterations = 0;
        std::string salt;
        std::string stored_key;
        std::string server_key;
    };

    step first(std::string_view message);
    step last(std::string_view message);
    terms terms_of(std::string_view username) const;

    std::shared_ptr<const password_file> users_;
    std::string secret_;
    std::string nonce_; // the server's part, then the client's with it behind
    state now_ = state::awaiting_first;
    std::string username_;
    std::string gs2_header_;
    std::string exchanged_; // the bare first message of the client, ',', ours
    terms terms_;
};

} // namespace mqtt
