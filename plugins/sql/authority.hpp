// Decides who is let in and who may do what, by what a database says. Whatever goes wrong, the
// answer is no. Knows no broker: the clock and the log are handed in. thread: one
#pragma once

#include "mqtt/auth/password_hash.hpp"
#include "plugins/sql/database.hpp"
#include "plugins/sql/rights_cache.hpp"
#include "plugins/sql/rules.hpp"
#include "plugins/sql/settings.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sql_auth {

// After an attempt that failed nobody waits for the next one, which comes so much later.
inline constexpr std::chrono::milliseconds back_off_min{250};
inline constexpr std::chrono::milliseconds back_off_max{10'000};
// How long rows that can't be used, or a question that was refused, are not asked about again.
inline constexpr std::chrono::milliseconds failure_hold{1000};
// Between two lines about single users, who could fill the log otherwise.
inline constexpr std::chrono::seconds complaint_interval{10};
inline constexpr std::size_t log_line_bytes_max = 300;
inline constexpr std::size_t decoys_max = 8;

enum class verdict : std::uint8_t { allowed, denied, not_mine };

enum class log_level : std::uint8_t { notice, warning, error };

class authority {
public:
    using clock = std::function<time_point()>;
    using log_sink = std::function<void(log_level, const std::string&)>;

    authority(const settings& settings, std::unique_ptr<database> source, clock now, log_sink log);

    // Tries to open it, so that the log says at the start what is wrong.
    void start();

    // Blocks for statement_timeout, and for as long as the user's hash is dear.
    verdict check_password(std::string_view username, std::string_view password);

    // Blocks for statement_timeout where the cache does not know.
    verdict check_access(const asker& who, operation what, std::string_view topic);

    // Forgets what was read, and opens the database anew.
    void reload();

private:
    using rows = std::vector<row>;

    std::optional<rows> ask(statement which, std::string_view username, time_point until);
    bool is_open(time_point until);
    void fail(const std::string& why);
    const mqtt::password_hash* hash_in(const rows& found);
    verdict refuse_as_wrong(std::string_view username, std::string_view password);
    void remember_decoy(const mqtt::password_hash& seen);
    rights read_rights(std::string_view username, time_point until);
    bool is_superuser(const rows& found) const;
    void complain(const std::string& sentence);
    void tell(log_level level, const std::string& sentence);

    const settings settings_;
    const std::unique_ptr<database> source_;
    const clock now_;
    const log_sink log_;
    const std::string secret_; // which decoy stands for which unknown user is nobody's business
    rights_cache cache_;
    std::optional<mqtt::password_hash> hash_;
    std::vector<mqtt::password_hash> decoys_; // bound: decoys_max
    bool guessing_ = true; // the decoy is of a kind that no user was seen to have yet
    bool open_ = false;
    bool down_ = false; // and the log knows it
    std::chrono::milliseconds back_off_ = back_off_min;
    time_point retry_at_;
    std::optional<time_point> complained_at_;
};

} // namespace sql_auth
