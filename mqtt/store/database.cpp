#include "mqtt/store/database.hpp"

#include <sqlite3.h>
#include <utility>

namespace mqtt {
namespace {

constexpr int busy_milliseconds = 2000; // another connection's transaction; ours are short

[[noreturn]] void fail(sqlite3* in, int code) {
    const std::string said = in != nullptr ? sqlite3_errmsg(in) : sqlite3_errstr(code);
    throw database_error(in != nullptr ? sqlite3_extended_errcode(in) : code, said);
}

} // namespace

bool database_error::is_full() const {
    return (code_ & 0xFF) == SQLITE_FULL;
}

bool database_error::is_damaged() const {
    return (code_ & 0xFF) == SQLITE_CORRUPT || (code_ & 0xFF) == SQLITE_NOTADB;
}

bool database_error::is_busy() const {
    return (code_ & 0xFF) == SQLITE_BUSY || (code_ & 0xFF) == SQLITE_LOCKED;
}

bool database_error::is_conflict() const {
    return (code_ & 0xFF) == SQLITE_CONSTRAINT;
}

database::database(const std::string& path, how opened) {
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
    flags |= opened == how::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    flags |= opened == how::create ? SQLITE_OPEN_CREATE : 0;
    const auto code = sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr);
    if (code != SQLITE_OK) {
        const std::string said = handle_ != nullptr ? sqlite3_errmsg(handle_) : "out of memory";
        const auto extended = handle_ != nullptr ? sqlite3_extended_errcode(handle_) : code;
        sqlite3_close(std::exchange(handle_, nullptr));
        throw database_error(extended, said);
    }
    sqlite3_busy_timeout(handle_, busy_milliseconds);
}

database::~database() {
    sqlite3_close_v2(handle_);
}

database::database(database&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

void database::run(const std::string& text) {
    const auto code = sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        fail(handle_, code);
}

std::int64_t database::number(const std::string& text) {
    statement asked(*this, text);
    return asked.step() ? asked.number(0) : 0;
}

std::string database::text(const std::string& text) {
    statement asked(*this, text);
    return asked.step() ? std::string(asked.text(0)) : std::string();
}

bool database::is_in_transaction() const {
    return sqlite3_get_autocommit(handle_) == 0;
}

statement::statement(database& in, std::string_view text) {
    const auto code = sqlite3_prepare_v3(in.handle(), text.data(), static_cast<int>(text.size()),
                                         SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
    if (code != SQLITE_OK)
        fail(in.handle(), code);
}

statement::~statement() {
    sqlite3_finalize(handle_);
}

statement::statement(statement&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}

void statement::check(int code) {
    if (code != SQLITE_OK)
        fail(sqlite3_db_handle(handle_), code);
}

statement& statement::bind(int parameter, std::int64_t number) {
    check(sqlite3_bind_int64(handle_, parameter, number));
    return *this;
}

statement& statement::bind(int parameter, std::optional<std::int64_t> number) {
    if (number)
        return bind(parameter, *number);
    check(sqlite3_bind_null(handle_, parameter));
    return *this;
}

// A view without bytes may point nowhere, and SQLite would store NULL for it.
statement& statement::bind(int parameter, std::string_view text) {
    const char* bytes = text.empty() ? "" : text.data();
    check(sqlite3_bind_text64(handle_, parameter, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

statement& statement::bind_blob(int parameter, std::string_view bytes) {
    const char* first = bytes.empty() ? "" : bytes.data();
    check(sqlite3_bind_blob64(handle_, parameter, first, bytes.size(), SQLITE_STATIC));
    return *this;
}

statement& statement::bind_real(int parameter, double number) {
    check(sqlite3_bind_double(handle_, parameter, number));
    return *this;
}

bool statement::step() {
    const auto code = sqlite3_step(handle_);
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    auto* in = sqlite3_db_handle(handle_);
    const database_error failure(sqlite3_extended_errcode(in), sqlite3_errmsg(in));
    sqlite3_reset(handle_);
    throw failure;
}

void statement::run() {
    while (step()) {
    }
    reset();
}

void statement::reset() {
    sqlite3_reset(handle_);
}

bool statement::is_null(int column) const {
    return sqlite3_column_type(handle_, column) == SQLITE_NULL;
}

std::int64_t statement::number(int column) const {
    return sqlite3_column_int64(handle_, column);
}

double statement::real(int column) const {
    return sqlite3_column_double(handle_, column);
}

std::string_view statement::text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_, column));
    const auto size = sqlite3_column_bytes(handle_, column);
    return bytes == nullptr ? std::string_view{}
                            : std::string_view(bytes, static_cast<std::size_t>(size));
}

std::optional<std::int64_t> statement::optional_number(int column) const {
    return is_null(column) ? std::nullopt : std::optional(number(column));
}

transaction::~transaction() {
    if (!open_ || !of_.is_in_transaction())
        return;
    try {
        of_.run("ROLLBACK");
    } catch (const database_error&) { // the failure that led here has been told
    }
}

void transaction::commit() {
    of_.run("COMMIT");
    open_ = false;
}

} // namespace mqtt
