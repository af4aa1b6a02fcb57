// One configuration file on its way into the settings, line by line, and the files that it
// includes. Knows of no file but by the function that reads one.
#pragma once

#include "gateway/config_file.hpp"
#include "gateway/option_row.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

namespace gateway {

// What all files of one configuration share.
struct parsing {
    config_reading& reading;
    std::unordered_map<std::string_view, place> first_lines;         // of global options
    std::unordered_map<std::string_view, place> default_first_lines; // of the default listener
    finding first_security; // the first option that per_listener_settings changes
};

class config_parser {
public:
    // `included`: named by an include_dir line. As in mosquitto, such a file begins with the
    // default listener, whatever listener the line stands below.
    config_parser(parsing& shared, const std::string& file, bool included)
        : shared_(shared), reading_(shared.reading), where_{file, 0}, included_(included) {}

    void read(std::string_view text);

private:
    void read_line(std::string_view line);
    void read_option(std::string_view name, std::string_view value);
    bool is_passed_over(std::string_view name, const option_row& row);
    void refuse(std::string_view name, const option_row& row);
    void refuse_unknown(std::string_view name);
    bool comes_too_late(const option_row& row, std::string_view value);
    void include(const std::string& folder);
    void note_position(std::string_view name, const option_row& row);
    void note_name(std::string_view name, const option_row& row, std::string_view value);
    void warn_of_repetition(const option_row& row);
    bool belongs_to_listener(const option_row& row) const;
    listener& current(const option_row& row);
    void error(std::string_view option, std::string sentence);
    void warning(std::string_view option, std::string sentence);

    parsing& shared_;
    config_reading& reading_;
    place where_;
    bool included_;
    plugin_list plugin_of_ = plugin_list::none; // what plugin_opt_ lines add to
    bool in_listener_ = false;                  // below a listener line of this file
    std::size_t listener_ = 0;                  // which one
    // The options of what was refused would only be reported for a mistake that is known already.
    bool listener_refused_ = false;
    bool bridge_refused_ = false;
    std::unordered_map<std::string_view, place> listener_first_lines_; // of the current listener
};

} // namespace gateway
