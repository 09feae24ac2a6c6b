#include "bench/assertion.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

#include "bench/close_names.h"
#include "bench/flat_json.h"

namespace kith::bench {
namespace {

constexpr std::string_view kSpaces = " \t";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

bool is_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
  });
}

std::optional<double> finite_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::optional<Comparison> comparison_of(std::string_view sign) {
  if (sign == "<") return Comparison::less;
  if (sign == "<=") return Comparison::less_or_equal;
  if (sign == ">") return Comparison::greater;
  if (sign == ">=") return Comparison::greater_or_equal;
  if (sign == "=" || sign == "==") return Comparison::equal;
  if (sign == "!=") return Comparison::not_equal;
  return std::nullopt;
}

bool holds(Comparison comparison, double value, double limit) {
  switch (comparison) {
    case Comparison::less:
      return value < limit;
    case Comparison::less_or_equal:
      return value <= limit;
    case Comparison::greater:
      return value > limit;
    case Comparison::greater_or_equal:
      return value >= limit;
    case Comparison::equal:
      return value == limit;
    case Comparison::not_equal:
      return value != limit;
  }
  return false;
}

constexpr std::array<std::string_view, 5> kPercentiles = {"p50", "p90", "p99", "p999", "max"};
constexpr std::string_view kAck = "ack_";
constexpr std::string_view kDelivery = "delivery_";

// The path that an alias stands for; any other name stands for itself.
std::string path_of(const FlatReport& report, std::string_view name) {
  std::string_view rest = name;
  std::string_view of;
  for (const std::string_view prefix : {kAck, kDelivery}) {
    if (!name.starts_with(prefix)) continue;
    of = prefix;
    rest.remove_prefix(prefix.size());
  }
  for (const std::string_view percentile : kPercentiles) {
    if (rest != fmt::format("{}_ms", percentile)) continue;
    if (of.empty()) {
      const auto* delivered = report.number("delivered");
      of = delivered != nullptr && delivered->value_or(0) > 0 ? kDelivery : kAck;
    }
    return fmt::format("{}ms.{}", of, percentile);
  }
  return std::string(name);
}

std::string close_names(const FlatReport& report, std::string_view wanted) {
  constexpr std::size_t kListedMax = 5;
  std::vector<std::pair<std::size_t, std::string>> found;
  const auto consider = [&](const std::string& name) {
    // A part of a path (`cpu_s` for server.cpu_s) is closer than any typing error.
    const bool part = name.find(wanted) != std::string::npos;
    const std::size_t edits = part ? 0 : edits_between(name, wanted);
    if (edits <= std::max<std::size_t>(1, wanted.size() / 3)) found.emplace_back(edits, name);
  };
  for (const auto& [name, value] : report.numbers) consider(name);
  for (const std::string_view percentile : kPercentiles) {
    for (const std::string_view prefix : {std::string_view(), kAck, kDelivery}) {
      consider(fmt::format("{}{}_ms", prefix, percentile));
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text;
  for (std::size_t i = 0; i < std::min(found.size(), kListedMax); ++i) {
    text += (text.empty() ? "" : ", ") + found[i].second;
  }
  return text;
}

std::string unknown(const Assertion& assertion, const FlatReport& report) {
  constexpr std::string_view kServer = "server.";
  const std::string close = close_names(report, assertion.name);
  std::string hint = close.empty() ? "the names are those of its JSON line"
                                   : fmt::format("did you mean {}?", close);
  if (assertion.name.starts_with(kServer) && close.find(kServer) == std::string::npos) {
    hint = "what the server uses is measured with --server-pid";
  }
  return fmt::format("{}: this report has no {}; {}", assertion.text, assertion.name, hint);
}

}  // namespace

Result<Assertion> parse_assertion(std::string_view text) {
  constexpr std::string_view kSigns = "<>=!";
  const auto begin = std::min(text.find_first_of(kSigns), text.size());
  const auto end = std::min(text.find_first_not_of(kSigns, begin), text.size());
  const auto name = trimmed(text.substr(0, begin));
  const auto comparison = comparison_of(text.substr(begin, end - begin));
  const auto limit = finite_number(trimmed(text.substr(end)));
  const auto wrong = [&](std::string_view why) {
    return fail(ErrorCode::bad_request,
                fmt::format("--assert {}: {}; it is `name op number` with < <= > >= = or !=, "
                            "as in p99_ms<50",
                            text, why));
  };
  if (!comparison) return wrong("no comparison");
  if (!is_name(name)) return wrong("no name before the comparison");
  if (!limit) return wrong("no number after the comparison");
  return Assertion{.text = std::string(trimmed(text)),
                   .name = std::string(name),
                   .comparison = *comparison,
                   .limit = *limit};
}

Status names_a_figure(const Assertion& assertion, std::string_view report_json) {
  const auto report = flatten(report_json);
  if (!report) return report.error();
  if (report->number(path_of(report.value(), assertion.name)) != nullptr) return Nothing{};
  return fail(ErrorCode::bad_request, "--assert " + unknown(assertion, report.value()));
}

std::optional<std::string> check(const Assertion& assertion, std::string_view report_json) {
  const auto report = flatten(report_json);
  if (!report) {
    return fmt::format("{}: the report cannot be read: {}", assertion.text, report.error().message);
  }
  const std::string path = path_of(report.value(), assertion.name);
  const auto* value = report->number(path);
  if (value == nullptr) return unknown(assertion, report.value());
  if (!value->has_value()) {
    return fmt::format("{}: nothing was measured for {}", assertion.text, path);
  }
  if (holds(assertion.comparison, **value, assertion.limit)) return std::nullopt;
  return fmt::format("{}: {} is {}", assertion.text, path, **value);
}

}  // namespace kith::bench
