#include "bench/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <set>
#include <tuple>
#include <vector>

#include "bench/flat_json.h"
#include "bench/report_text.h"

namespace kith::bench {
namespace {

struct Side {
  std::string path;
  std::vector<FlatReport> runs;
};

// What most runs are made for: a difference in it is marked, so that it is found among the rest.
constexpr std::array<std::string_view, 15> kHeadlines = {"acked_per_s",
                                                         "delivered_per_s",
                                                         "connects_per_s",
                                                         "ack_ms.p50",
                                                         "ack_ms.p99",
                                                         "delivery_ms.p50",
                                                         "delivery_ms.p99",
                                                         "lost",
                                                         "doubled",
                                                         "reordered",
                                                         "server.deliveries_per_core_s",
                                                         "server.cpu_us_per_delivery",
                                                         "server.rss_bytes_per_connection",
                                                         "figures.caught_up_s",
                                                         "figures.slow_caught_up_s"};

// The ranges of two noisy sides may lie apart by little: of the medians, from here on it counts.
constexpr double kEffectMin = 0.02;
constexpr std::size_t kEnoughRuns = 5;

// What was asked for, not what came of it: no metrics, but runs that differ in them are of
// different things.
constexpr std::array<std::string_view, 12> kSettings = {"connections",
                                                        "node_count",
                                                        "chats",
                                                        "threads",
                                                        "cores",
                                                        "rate",
                                                        "deliveries_expected",
                                                        "ok",
                                                        "figures.clients",
                                                        "figures.changed_chats",
                                                        "figures.missed_per_client",
                                                        "figures.slow_clients"};
constexpr std::array<std::string_view, 4> kSettingTexts = {"scenario", "setting.machine",
                                                           "setting.client", "setting.server"};

Error wrong(const std::string& path, std::size_t line, std::string_view what) {
  return fail(ErrorCode::bad_request, fmt::format("{}:{}: {}", path, line, what));
}

Result<Side> read_side(const std::string& path) {
  Side side{.path = path, .runs = {}};
  std::ifstream file(path);
  std::string line;
  std::size_t number = 0;
  while (std::getline(file, line)) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto run = flatten(line);
    if (!run) return wrong(path, number, run.error().message);
    if (run->text("scenario") == nullptr) return wrong(path, number, "not a run of kith-bench");
    side.runs.push_back(std::move(run).value());
  }
  if (!file.eof() || !file.is_open()) {
    return fail(ErrorCode::bad_request, fmt::format("{}: cannot be read", path));
  }
  if (side.runs.empty()) return wrong(path, number, "no run in it");
  return side;
}

std::set<std::string> values_of(const Side& side, std::string_view name) {
  std::set<std::string> out;
  for (const FlatReport& run : side.runs) {
    if (const auto* text = run.text(name)) {
      out.insert(*text);
    } else if (const auto* number = run.number(name); number != nullptr && *number) {
      out.insert(short_number(**number));
    } else {
      out.insert("not stated");
    }
  }
  return out;
}

std::string joined(const std::set<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : " and ") + value;
  return out;
}

std::string different_settings(const Side& a, const Side& b) {
  std::string out;
  const auto add = [&](std::string_view name) {
    const auto in_a = values_of(a, name);
    const auto in_b = values_of(b, name);
    if (in_a == in_b && in_a.size() == 1) return;
    out += fmt::format("DIFFERENT {}: {} in a, {} in b\n", name, joined(in_a), joined(in_b));
  };
  for (const std::string_view name : kSettingTexts) add(name);
  for (const std::string_view name : kSettings) {
    if (name != "ok") add(name);
  }
  return out;
}

std::string title(std::string_view name, const Side& side) {
  std::string text = fmt::format("{}: {}, {}\n", name, side.path, plural(side.runs.size(), "run"));
  for (const std::string& line : values_of(side, "setting.command_line")) {
    text += fmt::format("   {}\n", line);
  }
  return text;
}

std::string failed_runs(std::string_view name, const Side& side) {
  const auto failed = std::count_if(side.runs.begin(), side.runs.end(), [](const auto& run) {
    const auto* ok = run.number("ok");
    return ok == nullptr || ok->value_or(0) == 0;
  });
  if (failed == 0) return {};
  return fmt::format("FAILED: {} of the {} runs of {}\n", failed, side.runs.size(), name);
}

// In how many metrics of one and the same server the ranges of so many runs lie apart: all runs of
// one side are the lowest, or the highest, in 2 of (n + m over n) orders.
std::uint64_t apart_by_chance_in(std::size_t n, std::size_t m) {
  std::uint64_t orders = 1;
  for (std::size_t i = 1; i <= n; ++i) orders = orders * (m + i) / i;
  return orders / 2;
}

std::string few_runs(std::size_t n, std::size_t m) {
  if (n >= kEnoughRuns && m >= kEnoughRuns) return {};
  const std::string_view advice = "take five a side or more (1 of 126)";
  if (n == 1 || m == 1) return fmt::format("FEW RUNS: one shows no difference; {}\n", advice);
  const std::uint64_t metrics = apart_by_chance_in(std::min(n, m), std::max(n, m));
  return fmt::format(
      "FEW RUNS: {} against {} seem to differ in 1 of {} metrics even of the same "
      "server; {}\n",
      n, m, metrics, advice);
}

struct Values {
  std::vector<double> sorted;
  std::size_t runs = 0;  // of that side; more than there are values where some measured nothing

  double min() const { return sorted.front(); }
  double max() const { return sorted.back(); }
  double median() const {
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }
};

Values measured(const Side& side, std::string_view name) {
  Values out{.sorted = {}, .runs = side.runs.size()};
  for (const FlatReport& run : side.runs) {
    if (const auto* value = run.number(name); value != nullptr && *value) {
      out.sorted.push_back(**value);
    }
  }
  std::sort(out.sorted.begin(), out.sorted.end());
  return out;
}

std::string range(double from, double to) {
  return fmt::format("({} - {})", short_number(from), short_number(to));
}

struct Finding {
  std::string_view text;
  bool difference = false;
};

Finding finding(const Values& a, const Values& b) {
  if (a.min() == a.max() && b.min() == b.max() && a.min() == b.min()) return {"the same"};
  if (a.sorted.size() == 1 || b.sorted.size() == 1) return {"too few runs to tell"};
  if (b.min() <= a.max() && b.max() >= a.min()) return {"no difference shown"};
  if (std::abs(b.median() - a.median()) < kEffectMin * std::abs(a.median())) {
    return {"less than 2 % apart"};
  }
  return {b.min() > a.max() ? "b is higher" : "b is lower", true};
}

std::string unmeasured(std::string_view side, const Values& values) {
  if (values.sorted.size() == values.runs) return {};
  return fmt::format("; measured in {} of {} runs of {}", values.sorted.size(), values.runs, side);
}

bool is_headline(std::string_view name) {
  return std::find(kHeadlines.begin(), kHeadlines.end(), name) != kHeadlines.end();
}

// Name, median and range of a, median and range of b, ratio, its spread, finding.
using Row = std::array<std::string, 8>;

Row row(const std::string& name, const Values& a, const Values& b) {
  // Of what may be 0 or below there is no ratio.
  const bool comparable = a.min() > 0 && b.min() >= 0;
  const std::string quotient = comparable ? fmt::format("{:.3f}", b.median() / a.median()) : "-";
  const std::string spread =
      comparable ? fmt::format("({:.3f} - {:.3f})", b.min() / a.max(), b.max() / a.min()) : "";
  const Finding found = finding(a, b);
  const bool star = found.difference && is_headline(name);
  return {name,
          short_number(a.median()),
          range(a.min(), a.max()),
          short_number(b.median()),
          range(b.min(), b.max()),
          quotient,
          spread,
          fmt::format("{}{}{}{}", star ? "* " : "  ", found.text, unmeasured("a", a),
                      unmeasured("b", b))};
}

// Each column as wide as its widest cell; medians and ratios end where the next column begins.
std::string aligned(const std::vector<Row>& rows) {
  std::array<std::size_t, std::tuple_size_v<Row>> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string_view space = i == 0 ? "" : " ";
      const bool to_the_right = i == 1 || i == 3 || i == 5;
      line += to_the_right ? fmt::format("{}{:>{}}", space, row[i], widths[i])
                           : fmt::format("{}{:<{}}", space, row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

bool is_setting(std::string_view name) {
  return std::find(kSettings.begin(), kSettings.end(), name) != kSettings.end();
}

std::string table(const Side& a, const Side& b) {
  std::vector<Row> rows = {
      {"", "a median", "(min - max)", "b median", "(min - max)", "b/a", "(spread)", ""}};
  std::string zeros;
  std::set<std::string> shown;
  for (const FlatReport& run : a.runs) {
    for (const auto& [name, value] : run.numbers) {
      if (is_setting(name) || !shown.insert(name).second) continue;
      const Values in_a = measured(a, name);
      const Values in_b = measured(b, name);
      if (in_a.sorted.empty() || in_b.sorted.empty()) continue;
      const auto all_zero = [](const Values& values) {
        return values.min() == 0 && values.max() == 0;
      };
      if (all_zero(in_a) && all_zero(in_b)) {
        zeros += (zeros.empty() ? "" : ", ") + name;
      } else {
        rows.push_back(row(name, in_a, in_b));
      }
    }
  }
  std::string text = aligned(rows) + "* a difference in what most runs are made for\n";
  if (!zeros.empty()) text += fmt::format("0 in every run of both: {}\n", zeros);
  return text;
}

}  // namespace

Result<std::string> compare_files(const std::string& path_a, const std::string& path_b) {
  const auto a = read_side(path_a);
  if (!a) return a.error();
  const auto b = read_side(path_b);
  if (!b) return b.error();
  return title("a", a.value()) + title("b", b.value()) + different_settings(a.value(), b.value()) +
         failed_runs("a", a.value()) + failed_runs("b", b.value()) +
         few_runs(a->runs.size(), b->runs.size()) + '\n' + table(a.value(), b.value());
}

}  // namespace kith::bench
