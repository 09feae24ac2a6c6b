// What the summary, the JSON line and the page of a report have in common: the numbers that follow
// from a Report, and how numbers are written. A number that cannot be (nothing to divide by) is
// none, never 0: an --assert on it must not pass.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/report.h"

namespace kith::bench {

// dividend / divisor; none where the divisor is 0.
std::optional<double> ratio(double dividend, double divisor);
double per_second(std::uint64_t count, double seconds);  // 0 where no time has passed

struct ServerFigures {
  std::optional<double> cpu_percent;        // of one core, without the store's threads
  std::optional<double> store_cpu_percent;  // the store's threads alone
  std::optional<double> deliveries_per_core_s;
  std::optional<double> cpu_us_per_delivery;
  std::optional<double> store_cpu_us_per_message;
  // What connecting everybody added. None where it added next to nothing: then the server has used
  // memory again that it had before, and the figure would be of that.
  std::optional<double> rss_bytes_per_connection;
};
inline constexpr std::string_view kNoRssPerConnection =
    "not measured, resident memory hardly grew; that takes a server just started";
ServerFigures server_figures(const ServerUsage& usage, std::uint64_t connections);

std::string grouped(std::uint64_t count);  // 1,234,567
std::string grouped(double value);         // to the next whole number
std::string short_number(double value);    // four significant digits at most: 1.234, 12,345
std::string binary_bytes(double bytes);    // 2.4 KiB
std::string plural(std::uint64_t count, std::string_view noun);  // 1 send, 2 sends
std::string plural(std::uint64_t count, std::string_view one, std::string_view several);
// What process `i` of several used: "CPU 0.57 s, its store 0.03 s, 1.1 MiB".
std::string process_text(const Report& report, std::size_t i);
// "CPU 12 % of a core, 2 threads; waited for a core 3 % of the time; longest pause 8.1 ms".
std::string client_text(const Report& report);
// What the connections are for: "in 10 chats".
std::string where_text(const Report& report);
// "message", or "request" where the load is over HTTP.
std::string_view what_is_sent(const Report& report);
std::string verified_text(const Report& report);  // "300 of 300 acked: all of them"

}  // namespace kith::bench
