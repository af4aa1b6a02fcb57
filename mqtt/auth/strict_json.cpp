#include "mqtt/auth/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace mqtt {
namespace {

using nlohmann::json;

// Builds the value from the parser's events, and stops at the first thing that it does not take.
class strict_builder final : public nlohmann::json_sax<json> {
public:
    json root;

    bool null() override { return put(nullptr) != nullptr; }
    bool boolean(bool value) override { return put(value) != nullptr; }
    bool number_integer(number_integer_t value) override { return put(value) != nullptr; }
    bool number_unsigned(number_unsigned_t value) override { return put(value) != nullptr; }
    bool number_float(number_float_t value, const string_t&) override {
        return put(value) != nullptr;
    }
    bool string(string_t& value) override { return put(std::move(value)) != nullptr; }
    bool binary(binary_t&) override { return false; } // no JSON has it
    bool start_object(std::size_t) override { return open(json::object()); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_array() override { return close(); }
    bool parse_error(std::size_t, const std::string&, const json::exception&) override {
        return false;
    }

    // Which of two values of one name counts differs between readers. [RFC7515-4] [RFC7519-4]
    bool key(string_t& name) override {
        auto& object = *open_.back();
        if (object.contains(name))
            return false;
        member_ = &object[name];
        return true;
    }

private:
    json* put(json value) {
        if (open_.empty()) {
            root = std::move(value);
            return &root;
        }
        auto& into = *open_.back();
        if (into.is_object()) {
            *member_ = std::move(value);
            return member_;
        }
        into.push_back(std::move(value)); // bound: the length of the text
        return &into.back();
    }

    bool open(json empty) {
        if (open_.size() >= json_depth_max)
            return false;
        open_.push_back(put(std::move(empty))); // bound: json_depth_max
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    std::vector<json*> open_; // outermost first; none moves while one inside it is open
    json* member_ = nullptr;  // of the innermost object, the one whose value comes next
};

} // namespace

std::optional<json> read_strict_object(std::string_view text) {
    // The parser would pass over a byte order mark, and take a zero byte for the end.
    if (text.starts_with("\xEF\xBB\xBF") || text.find('\0') != text.npos)
        return std::nullopt;
    strict_builder built;
    if (!json::sax_parse(text, &built) || !built.root.is_object())
        return std::nullopt;
    return std::move(built.root);
}

} // namespace mqtt
