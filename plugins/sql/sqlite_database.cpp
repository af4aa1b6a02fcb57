// SQLite, opened to read. Another program writes the file; this one sees what is committed.
#include "plugins/sql/database.hpp"

#include <algorithm>
#include <array>
#include <sqlite3.h>
#include <sys/stat.h>
#include <utility>

namespace sql_auth {
namespace {

constexpr int instructions_between_looks = 1000; // of SQLite's machine; some microseconds
constexpr int milliseconds_between_tries = 5;    // while somebody else holds the file locked

// Which file it is. One that was replaced has to be opened anew, as SQLite keeps reading the old.
struct file_identity {
    dev_t device = 0;
    ino_t number = 0;

    bool operator==(const file_identity&) const = default;
};

std::optional<file_identity> identity_of(const std::string& path) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0)
        return std::nullopt;
    return file_identity{found.st_dev, found.st_ino};
}

class sqlite_database final : public database {
public:
    explicit sqlite_database(const settings& settings) : settings_(settings) {}
    ~sqlite_database() override { close_now(); }

    std::string open(time_point until) override;
    answer ask(statement which, std::string_view parameter, time_point until) override;
    void close() override { close_now(); }

private:
    void close_now();
    std::string prepare(statement which);
    void read_rows(sqlite3_stmt* prepared, int columns, answer& into);
    std::string failure(int code) const;

    bool is_late() const { return std::chrono::steady_clock::now() >= until_; }
    static int on_busy(void* self, int tries);
    static int on_progress(void* self);

    const settings settings_;
    sqlite3* file_ = nullptr;
    std::array<sqlite3_stmt*, statement_count> prepared_{};
    std::optional<file_identity> opened_;
    time_point until_;
};

int sqlite_database::on_busy(void* self, int) {
    if (static_cast<sqlite_database*>(self)->is_late())
        return 0;
    sqlite3_sleep(milliseconds_between_tries);
    return 1;
}

int sqlite_database::on_progress(void* self) {
    return static_cast<sqlite_database*>(self)->is_late() ? 1 : 0;
}

// Of what the code means only: SQLite's messages may repeat what stands in the rows.
std::string sqlite_database::failure(int code) const {
    const int primary = code & 0xFF; // the rest tells where in SQLite
    if (primary == SQLITE_INTERRUPT || primary == SQLITE_BUSY)
        return "no answer in time";
    return sqlite3_errstr(primary);
}

std::string sqlite_database::open(time_point until) {
    close_now();
    until_ = until;
    opened_ = identity_of(settings_.database);
    if (!opened_)
        return "there is no such file, or it may not be seen";
    const int code = sqlite3_open_v2(settings_.database.c_str(), &file_,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
    if (code != SQLITE_OK) {
        close_now();
        return failure(code);
    }
    sqlite3_busy_handler(file_, on_busy, this);
    sqlite3_progress_handler(file_, instructions_between_looks, on_progress, this);
    sqlite3_limit(file_, SQLITE_LIMIT_LENGTH, static_cast<int>(answer_bytes_max));
    // The file may come from somewhere else: its schema may not call what changes things outside.
    sqlite3_db_config(file_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(file_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    for (const auto each : statements) {
        if (auto why = prepare(each); !why.empty()) {
            close_now();
            return why;
        }
    }
    return {};
}

std::string sqlite_database::prepare(statement which) {
    const auto& query = query_of(settings_, which);
    if (query.empty())
        return {};
    auto& made = prepared_[static_cast<std::size_t>(which)];
    const char* behind = nullptr;
    const std::string name(name_of(which));
    const int code = sqlite3_prepare_v3(file_, query.c_str(), static_cast<int>(query.size()) + 1,
                                        SQLITE_PREPARE_PERSISTENT, &made, &behind);
    // Here the message is about the query alone, and says what is wrong with it.
    if (code != SQLITE_OK)
        return name + ": " +
               ((code & 0xFF) == SQLITE_ERROR ? sqlite3_errmsg(file_) : failure(code));
    if (made == nullptr || std::string_view(behind).find_first_not_of(" \t\n;") != query.npos)
        return name + " must be one statement";
    if (sqlite3_stmt_readonly(made) == 0)
        return name + " must not change the database";
    if (sqlite3_bind_parameter_count(made) != 1)
        return name + " must have one parameter, $1";
    if (sqlite3_column_count(made) < columns_of(which))
        return name + " must have " + std::to_string(columns_of(which)) + " columns";
    return {};
}

answer sqlite_database::ask(statement which, std::string_view parameter, time_point until) {
    answer given;
    until_ = until;
    if (identity_of(settings_.database) != opened_) {
        given.state = answer_state::lost;
        given.why = "the file went away, or another is in its place";
        return given;
    }
    auto* prepared = prepared_[static_cast<std::size_t>(which)];
    if (prepared == nullptr) {
        given.state = answer_state::refused;
        given.why = std::string(name_of(which)) + " is not there";
        return given;
    }
    sqlite3_bind_text(prepared, 1, parameter.data(), static_cast<int>(parameter.size()),
                      SQLITE_STATIC); // until the reset below
    read_rows(prepared, columns_of(which), given);
    sqlite3_reset(prepared);
    sqlite3_clear_bindings(prepared);
    return given;
}

void sqlite_database::read_rows(sqlite3_stmt* prepared, int columns, answer& into) {
    const auto cell_at = [&](int column) -> cell {
        const auto* text = sqlite3_column_text(prepared, column);
        if (text == nullptr || column >= columns)
            return std::nullopt;
        return std::string(reinterpret_cast<const char*>(text),
                           static_cast<std::size_t>(sqlite3_column_bytes(prepared, column)));
    };
    std::size_t bytes = 0;
    int code = SQLITE_ROW;
    while (into.state == answer_state::answered && (code = sqlite3_step(prepared)) == SQLITE_ROW)
        put_row(into, bytes, {cell_at(0), cell_at(1)});
    if (code == SQLITE_ROW || code == SQLITE_DONE)
        return;
    into.rows.clear();
    // What a value makes fail is about this question; all else may be cured by opening anew, or
    // waits for somebody to mend it.
    const int primary = code & 0xFF;
    const bool of_question = primary == SQLITE_TOOBIG || primary == SQLITE_MISMATCH;
    into.state = of_question ? answer_state::refused : answer_state::lost;
    into.why = failure(code);
}

void sqlite_database::close_now() {
    for (auto& each : prepared_)
        sqlite3_finalize(std::exchange(each, nullptr));
    sqlite3_close(std::exchange(file_, nullptr));
    opened_.reset();
}

} // namespace

std::unique_ptr<database> make_sqlite_database(const settings& settings) {
    return std::make_unique<sqlite_database>(settings);
}

} // namespace sql_auth
