// What administrators want of the process by HTTP: its listeners and configuration as they are, and
// the users of its password files. Files are read and written on a thread of its own.
#pragma once

#include "gateway/contrast/contrast_desk.hpp"
#include "gateway/listeners/door.hpp"
#include "gateway/settings.hpp"
#include "rest/administration.hpp"

#include <boost/asio/thread_pool.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace gateway {

class office final : public rest::administration {
public:
    using work = std::function<void()>;

    // running, doors: of shard 0's thread, where `later` runs work. requires: they outlive stop()
    office(const settings& running, const std::vector<std::shared_ptr<listener_door>>& doors,
           std::function<void(work)> later, rest::reload_handler reload);
    ~office() override;

    // Waits for what is under way; answers nobody from then on.
    void stop();

    void listeners(std::function<void(std::vector<rest::listener_row>)> answer) override;
    void configuration(std::function<void(rest::configuration_text)> answer) override;
    void users(std::uint16_t realm, std::function<void(rest::user_list)> answer) override;
    void change_user(rest::user_change wanted,
                     std::function<void(rest::user_outcome)> answer) override;
    void contrast(rest::contrast_wanted wanted,
                  std::function<void(rest::contrast_outcome)> answer) override {
        contrast_.measure(std::move(wanted), std::move(answer));
    }

    // thread: before any other is there
    void opened(const listener& rules, const boost::asio::ip::tcp::endpoint& where) {
        contrast_.opened(rules, where);
    }

private:
    void with_file(std::uint16_t realm, std::function<void(std::string path)> then);

    const settings& running_;
    const std::vector<std::shared_ptr<listener_door>>& doors_;
    std::function<void(work)> later_;
    rest::reload_handler reload_;
    const std::string secret_; // of this process: tags tell nothing of the stored passwords
    // Made when it is needed: a thread that is older than the change of the user would keep root's
    // capabilities. bound: HTTP requests in progress
    std::unique_ptr<boost::asio::thread_pool> files_;
    contrast_desk contrast_;
};

// The effective values of all options that are in use. No secret stands in it.
rest::configuration_text configuration_of(const settings& running);

} // namespace gateway
