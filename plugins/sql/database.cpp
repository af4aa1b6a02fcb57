#include "plugins/sql/database.hpp"

#include <utility>

namespace sql_auth {

void put_row(answer& into, std::size_t& bytes, row next) {
    if (into.state != answer_state::answered)
        return;
    const auto size = [](const cell& each) { return each ? each->size() : 0; };
    bytes += sizeof(row) + size(next.first) + size(next.second);
    if (into.rows.size() == rows_max || size(next.first) > cell_bytes_max ||
        size(next.second) > cell_bytes_max || bytes > answer_bytes_max) {
        into.state = answer_state::too_large;
        into.rows.clear();
        return;
    }
    into.rows.push_back(std::move(next));
}

} // namespace sql_auth
