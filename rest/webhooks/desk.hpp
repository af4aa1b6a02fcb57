// All webhooks of the process, on a thread of their own: an endpoint that is slow or gone costs no
// client a moment. Whoever asks does so from any thread, and is answered on the desk's.
#pragma once

#include "mqtt/broker/documents.hpp"
#include "rest/problem.hpp"
#include "rest/settings.hpp"
#include "rest/webhooks/caller.hpp"
#include "rest/webhooks/definition.hpp"
#include "rest/webhooks/description.hpp"
#include "rest/webhooks/hook.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace rest::webhooks {

// What a question gets: a problem, or the text of a document.
struct desk_answer {
    std::optional<problem> refused{};
    std::string body{};
    bool made = false; // of a PUT: it was not there before
};
using desk_reply = std::function<void(desk_answer)>;

class desk {
public:
    // log: called on the desk's thread. Throws std::runtime_error when the file with authorities
    // can't be used.
    desk(const webhook_settings& rules, std::function<void(const std::string& line)> log);
    ~desk();
    desk(const desk&) = delete;
    desk& operator=(const desk&) = delete;

    // Takes up the webhooks that are kept. requires: hub and door outlive stop(), the shards run or
    // will
    void start(mqtt::broker& hub, mqtt::access& door);
    // Ends every call. thread: none of those that run shards
    void stop();

    // Each is answered once, unless the desk stops before.
    void put(definition what, desk_reply then);
    void remove(std::string name, desk_reply then);
    void show(std::string name, desk_reply then);
    void list(desk_reply then);
    void deliveries(std::string name, std::optional<delivery_state> only, std::size_t limit,
                    desk_reply then);
    void retry(std::string name, std::string id, desk_reply then);
    void replay(std::string name, std::vector<queued_message> messages, desk_reply then);
    // One call with a message of ours; the answer tells how it ended.
    void test(std::string name, desk_reply then);
    // The webhook as it is kept. Nothing: there is none.
    void find(std::string name, std::function<void(std::optional<definition>)> then);

private:
    using hook_ptr = std::shared_ptr<hook>;

    template <class Work>
    void work_on(std::string name, desk_reply then, Work work);
    boost::asio::awaitable<desk_answer> put_now(definition what);
    boost::asio::awaitable<desk_answer> remove_now(std::string name);
    boost::asio::awaitable<desk_answer> show_now(std::string name);
    boost::asio::awaitable<desk_answer> list_now();
    boost::asio::awaitable<desk_answer> test_now(std::string name);
    boost::asio::awaitable<std::string> described(hook_ptr which);
    boost::asio::awaitable<bool> keep(mqtt::stored_document what);
    void answer_with(boost::asio::awaitable<desk_answer> work, desk_reply then);
    hook_ptr find_hook(const std::string& name) const;

    std::set<std::string> changing_; // names that a PUT or DELETE is at work on
    std::unique_ptr<boost::asio::io_context> io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open_;
    caller client_;
    workshop shop_;
    std::map<std::string, hook_ptr> hooks_; // at most webhooks_max
    std::thread thread_;
};

} // namespace rest::webhooks
