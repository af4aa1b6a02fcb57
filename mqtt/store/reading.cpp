#include "mqtt/store/reading.hpp"

namespace mqtt {

snapshot::~snapshot() {
    try {
        if (of_.is_in_transaction())
            of_.run("ROLLBACK");
    } catch (const database_error&) { // there is nothing that could get lost
    }
}

} // namespace mqtt
