#include "rest/resources/folder.hpp"

#include "rest/answer_of.hpp"
#include "rest/conditions.hpp"
#include "rest/http_connection.hpp"
#include "rest/lobby.hpp"
#include "rest/resources/pages.hpp"
#include "rest/router.hpp"
#include "rest/service_context.hpp"
#include "rest/static_files.hpp"
#include "rest/static_folder.hpp"
#include "rest/time_text.hpp"
#include "rest/websocket_upgrade.hpp"

#include <memory>

namespace rest {
namespace {

// A file that was read elsewhere; no file where nobody had time to look.
struct folder_answer {
    std::shared_ptr<served_file> file; // null: the desk is busy
};

boost::asio::awaitable<folder_answer> read_aside(exchange& each, std::string below) {
    auto& context = each.connection.context();
    const auto folder = context.rules.files_folder;
    const auto ask = [&context, folder, below](auto answer) {
        const bool taken = context.callers->files.put([folder, below, answer] {
            answer({std::make_shared<served_file>(read_served_file(folder, below))});
        });
        if (!taken)
            answer({});
    };
    const auto came = co_await answer_of<folder_answer>(each.connection, ask);
    co_return came;
}

// As if there were no folder.
boost::asio::awaitable<void> answer_otherwise(exchange& each) {
    if (each.connection.context().rules.upgrade_only) {
        co_await open_mqtt(each);
        co_return;
    }
    const auto found = find_route(each.asked.method(), each.path);
    if (found.row == nullptr) {
        refuse_unknown_path(each);
        co_return;
    }
    if (found.row->path.find('{') != std::string_view::npos)
        each.rest = found.rest;
    co_await found.row->handle(each);
}

void show_file(exchange& each, served_file& file) {
    each.answer.add("ETag", file.tag);
    each.answer.add("Last-Modified",
                    http_date(std::chrono::system_clock::from_time_t(file.changed)));
    each.answer.add("Cache-Control", "no-cache");
    if (names_tag(each.asked.list(http_field::if_none_match), file.tag)) {
        each.answer.status = 304;
        return;
    }
    each.answer.add("X-Content-Type-Options", "nosniff");
    each.answer.set_body(asset_type(file.name), std::move(file.bytes));
}

boost::asio::awaitable<void> read_folder(exchange& each) {
    const auto came = co_await read_aside(each, folder_path(each.path).value_or(""));
    if (came.file == nullptr) {
        refuse(each, {.id = problem_id::server_busy, .fields = {{"Retry-After", "1"}}});
        co_return;
    }
    switch (came.file->what) {
    case served_file::kind::file:
        show_file(each, *came.file);
        break;
    case served_file::kind::folder:
        each.answer.status = 308;
        each.answer.add("Location", std::string(each.path) + "/");
        break;
    case served_file::kind::too_large:
        refuse(each, {.id = problem_id::not_supported,
                      .detail = "The file has more than " + std::to_string(served_file_bytes_max) +
                                " bytes"});
        break;
    case served_file::kind::missing:
        co_await answer_otherwise(each);
        break;
    }
}

} // namespace

const route_row* folder_row(const exchange& each, const route_row* otherwise) {
    static constexpr route_row row{http_verb::get, "/{file}", "", caller::anyone, &read_folder};
    const auto method = each.asked.method();
    if (each.connection.context().rules.files_folder.empty() ||
        (method != http_verb::get && method != http_verb::head) ||
        (otherwise != nullptr && otherwise->handle != &read_page) || !folder_path(each.path))
        return nullptr;
    return &row;
}

} // namespace rest
