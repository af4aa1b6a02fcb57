// One SQLite database, opened. Thin: text in, statements out, and one kind of failure. Who opens it
// decides what a failure means.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace mqtt {

// What SQLite said. Thrown here and caught by the room's own threads and commands, never across a
// connection.
class database_error : public std::runtime_error {
public:
    database_error(int code, const std::string& sentence)
        : std::runtime_error(sentence), code_(code) {}

    int code() const { return code_; } // SQLite's extended result code
    bool is_full() const;              // no room on the disk
    bool is_damaged() const;           // not a database, or not a whole one
    bool is_busy() const;              // another process has it
    bool is_conflict() const;          // a row of this key is there already

private:
    int code_;
};

class database {
public:
    enum class how : std::uint8_t { read, write, create };

    // path: of a file, or a name that SQLite knows (":memory:"). Throws database_error.
    database(const std::string& path, how opened);
    ~database();
    database(database&& other) noexcept;
    database& operator=(database&&) = delete;
    database(const database&) = delete;
    database& operator=(const database&) = delete;

    // Statements without parameters, one or more. Throws database_error.
    void run(const std::string& text);
    // The first column of the first row. Throws database_error.
    std::int64_t number(const std::string& text);
    std::string text(const std::string& text);

    bool is_in_transaction() const;
    sqlite3* handle() const { return handle_; }

private:
    sqlite3* handle_ = nullptr;
};

// A prepared statement. Parameters and columns are counted as SQLite does: parameters from 1,
// columns from 0. Bound text has to last until the statement is reset.
class statement {
public:
    statement(database& in, std::string_view text); // throws database_error
    ~statement();
    statement(statement&& other) noexcept;
    statement& operator=(statement&&) = delete;
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;

    statement& bind(int parameter, std::int64_t number);
    statement& bind(int parameter, std::string_view text);
    statement& bind_blob(int parameter, std::string_view bytes);
    statement& bind(int parameter, std::optional<std::int64_t> number); // nothing: NULL
    statement& bind_real(int parameter, double number);

    // True: there is a row to look at. Throws database_error.
    bool step();
    // All of it, and ready for the next use. Throws database_error.
    void run();
    void reset();

    bool is_null(int column) const;
    std::int64_t number(int column) const;
    double real(int column) const;
    std::string_view text(int column) const; // text or bytes; until the next step or reset
    std::optional<std::int64_t> optional_number(int column) const;

private:
    void check(int code);
    sqlite3_stmt* handle_ = nullptr;
};

// Everything done while it lives happens, or, where commit() was not reached, nothing.
class transaction {
public:
    explicit transaction(database& of) : of_(of) { of_.run("BEGIN IMMEDIATE"); }
    ~transaction();
    transaction(const transaction&) = delete;
    transaction& operator=(const transaction&) = delete;

    void commit(); // throws database_error

private:
    database& of_;
    bool open_ = true;
};

} // namespace mqtt
