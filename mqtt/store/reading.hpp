// Reading: a statement row by row, which is ready for its next use when this ends, whatever ended
// it; and several statements from one state of the database.
#pragma once

#include "mqtt/store/database.hpp"

namespace mqtt {

class reading {
public:
    explicit reading(statement& of) : of_(of) {}
    ~reading() { of_.reset(); }
    reading(const reading&) = delete;
    reading& operator=(const reading&) = delete;

    bool step() { return of_.step(); } // throws database_error

private:
    statement& of_;
};

// What is read while it lives is of one moment, whatever is written meanwhile. It changes nothing.
class snapshot {
public:
    explicit snapshot(database& of) : of_(of) { of_.run("BEGIN"); }
    ~snapshot();
    snapshot(const snapshot&) = delete;
    snapshot& operator=(const snapshot&) = delete;

private:
    database& of_;
};

} // namespace mqtt
