#include "bench/report_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace kith::bench {
namespace {

constexpr double kMicroseconds = 1e6;
// No session costs less; a server that has had clients takes a part from what these have left.
constexpr double kBytesPerConnectionMin = 1000;
constexpr double kRssGrowthMin = 64 * 1024;

}  // namespace

std::optional<double> ratio(double dividend, double divisor) {
  if (!(divisor > 0)) return std::nullopt;
  return dividend / divisor;
}

double per_second(std::uint64_t count, double seconds) {
  return ratio(static_cast<double>(count), seconds).value_or(0);
}

ServerFigures server_figures(const ServerUsage& usage, std::uint64_t connections) {
  const auto deliveries = static_cast<double>(usage.deliveries);
  ServerFigures out{.cpu_percent = ratio(100 * usage.cpu_s, usage.seconds),
                    .store_cpu_percent = ratio(100 * usage.store_cpu_s, usage.seconds),
                    .cpu_us_per_delivery = ratio(kMicroseconds * usage.cpu_s, deliveries),
                    .store_cpu_us_per_message = ratio(kMicroseconds * usage.store_cpu_s,
                                                      static_cast<double>(usage.messages))};
  if (usage.deliveries > 0) out.deliveries_per_core_s = ratio(deliveries, usage.cpu_s);
  // Neither is known of a server that was looked at too late.
  if (usage.rss_idle_bytes > 0 && usage.rss_connected_bytes > 0) {
    const double grown =
        static_cast<double>(usage.rss_connected_bytes) - static_cast<double>(usage.rss_idle_bytes);
    const auto each = static_cast<double>(connections);
    if (grown >= std::max(kRssGrowthMin, kBytesPerConnectionMin * each)) {
      out.rss_bytes_per_connection = ratio(grown, each);
    }
  }
  return out;
}

std::optional<ServerUsage> sum_of(const std::vector<std::optional<ServerUsage>>& servers) {
  std::optional<ServerUsage> sum;
  for (const auto& server : servers) {
    if (!server) return std::nullopt;
    if (!sum) sum.emplace();
    sum->cpu_s += server->cpu_s;
    sum->store_cpu_s += server->store_cpu_s;
    sum->seconds = server->seconds;  // the same for all
    sum->rss_idle_bytes += server->rss_idle_bytes;
    sum->rss_connected_bytes += server->rss_connected_bytes;
    sum->rss_bytes += server->rss_bytes;
  }
  return sum;
}

std::string grouped(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string grouped(double value) {
  const std::string text = grouped(static_cast<std::uint64_t>(std::llround(std::fabs(value))));
  return value <= -0.5 ? "-" + text : text;
}

std::string short_number(double value) {
  constexpr double kGroupedFrom = 1000;
  if (std::fabs(value) >= kGroupedFrom) return grouped(value);
  return fmt::format("{:.4g}", value);
}

std::string binary_bytes(double bytes) {
  constexpr std::array<std::string_view, 4> kUnits = {"bytes", "KiB", "MiB", "GiB"};
  constexpr double kStep = 1024;
  std::size_t unit = 0;
  while (std::fabs(bytes) >= kStep && unit + 1 < kUnits.size()) {
    bytes /= kStep;
    ++unit;
  }
  return unit == 0 ? fmt::format("{:.0f} {}", bytes, kUnits[0])
                   : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(count), noun, count == 1 ? "" : "s");
}

std::string plural(std::uint64_t count, std::string_view one, std::string_view several) {
  return fmt::format("{} {}", grouped(count), count == 1 ? one : several);
}

std::string process_text(const Report& report, std::size_t i) {
  const auto& usage = report.servers[i];
  if (!usage || usage->seconds == 0) return "CPU and memory not measured";
  return fmt::format("CPU {:.2f} s, its store {:.2f} s, {}", usage->cpu_s, usage->store_cpu_s,
                     binary_bytes(static_cast<double>(usage->rss_bytes)));
}

std::string client_text(const Report& report) {
  std::string text = fmt::format("CPU {:.0f} % of a core, {}", report.client_cpu_percent,
                                 plural(report.threads, "thread"));
  if (report.waited_percent) {
    text += fmt::format("; waited for a core {:.0f} % of the time", *report.waited_percent);
  }
  if (report.began) text += fmt::format("; longest pause {:.1f} ms", report.longest_pause_ms);
  return text;
}

std::string where_text(const Report& report) {
  if (report.scenario == "rewards") return "watching a board";
  if (report.scenario == "crud") return "following " + plural(report.chats, "club");
  return "in " + plural(report.chats, "chat");
}

std::string_view what_is_sent(const Report& report) {
  return report.operations.empty() ? "message" : "request";
}

std::string verified_text(const Report& report) {
  const std::uint64_t verified = report.verified.value_or(0);
  return fmt::format("{} of {} acked{}", grouped(verified), grouped(report.acked),
                     verified == report.acked ? ": all of them" : "");
}

}  // namespace kith::bench
