#include "bench/command_texts.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <random>
#include <set>
#include <utility>

#include "bench/flat_json.h"

namespace kith::bench {
namespace {

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

constexpr std::size_t kHelpWidth = 96;

// One of several nodes may be the only one here; of two of three, nothing says which they are.
Status fitting_processes(const Texts& texts, std::size_t nodes) {
  const std::size_t count = texts.server_pids.size();
  const std::set<pid_t> different(texts.server_pids.begin(), texts.server_pids.end());
  if (different.size() != count) {
    return fail(ErrorCode::bad_request, "--server-pid: one process stands there twice");
  }
  if (count <= 1 || count == nodes) return Nothing{};
  return fail(ErrorCode::bad_request,
              fmt::format("--server-pid: {} processes for {} URLs: give one for each, in the order "
                          "of the URLs, or one alone",
                          count, nodes));
}

}  // namespace

std::string as_seconds(std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  const std::string_view unit(rest, static_cast<std::size_t>(end - rest));
  for (const auto& [name, factor] : {std::pair<std::string_view, double>{"", 1},
                                     {"s", 1},
                                     {"ms", 0.001},
                                     {"m", 60},
                                     {"min", 60},
                                     {"h", 3600}}) {
    if (error != std::errc{} || !std::isfinite(value) || unit != name) continue;
    text = fmt::format("{}", value * factor);
    return {};
  }
  return fmt::format("'{}' is no time: seconds, or with a unit: 500ms, 5s, 2m, 1h", text);
}

std::string shell_line(int argc, const char* const* argv) {
  std::string text = "kith-bench";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    const bool plain = argument.find_first_of(" '\"$<>|&;()*") == std::string_view::npos;
    text += plain ? fmt::format(" {}", argument) : fmt::format(" '{}'", argument);
  }
  return text;
}

const char* const kCompareHelp =
    "Each file holds the JSON lines of several runs, five or more. Of each metric that both have "
    "it\n"
    "prints the median and the range of either side, the ratio b/a and what the runs leave for "
    "it.\n"
    "\"b is higher\" or \"lower\" stands where no run of one side reaches a run of the other, and "
    "the\n"
    "medians differ by 2 % or more; a star marks that in what most runs are made for (rates,\n"
    "latencies, losses, CPU per delivery). Even of the same server three runs against three lie "
    "so\n"
    "apart in 1 of 10 metrics, five against five in 1 of 126.\n"
    "Example, with five runs of the old server and five of the new:\n"
    "  kith-bench rooms --url ws://127.0.0.1:8080 --seed-file seed.json --json before.json\n"
    "  kith-bench compare before.json after.json\n"
    "  delivery_ms.p99 12.4 (12.1 - 12.9) 9.8 (9.6 - 10.3) 0.790 (0.744 - 0.851) * b is lower";

std::string assert_names(std::string_view scenario) {
  const auto mix = ActionMix::parse("send=1,edit=1");
  const auto names =
      flatten(json(blank_report(scenario, mix.value(), {.nodes = 1, .server_processes = 1})));
  const bool mixes = scenario == "rooms" || scenario == "slow";
  const auto& operations = operations_of(scenario);
  const std::string first_operation =
      operations.empty() ? "" : fmt::format("operations.{}.", operations.front().name);
  std::string text = fmt::format(
      "Names for --assert (server.* with --server-pid{}; p50_ms to p999_ms and max_ms stand\n"
      "for those of deliveries, or of acks where there are none{}; with several nodes also\n"
      "delivery_local_ms.*, delivery_cross_ms.* and server.nodes.*):",
      mixes ? ", commands.* with --mix" : "",
      operations.empty() ? "" : "; of every operation what is here of the first");
  std::size_t column = kHelpWidth;
  for (const auto& [name, value] : names->numbers) {
    if (name.starts_with("commands.") && !mixes) continue;
    if (name.starts_with("operations.") && !name.starts_with(first_operation)) continue;
    if (column + name.size() + 1 > kHelpWidth) {
      text += "\n ";
      column = 1;
    }
    text += ' ' + name;
    column += name.size() + 1;
  }
  return text;
}

Status understand(const Texts& texts, CommandLine& line) {
  RunOptions& options = line.options;
  for (const auto& [option, path] :
       {std::pair{"--report", line.html_file}, {"--history", options.history_file}}) {
    if (path != kStandardOutput) continue;
    return fail(ErrorCode::bad_request, fmt::format("{}: the name of a file, not -", option));
  }
  auto nodes = parse_nodes(texts.urls);
  if (!nodes) return nodes.error();
  if (auto fit = fitting_processes(texts, nodes->size()); !fit) return fit;
  auto payload = PayloadSizes::parse(texts.payload);
  if (!payload) return payload.error();
  auto mix = ActionMix::parse(texts.mix);
  if (!mix) return mix.error();
  if (!texts.operations.empty()) {
    auto operations = OperationMix::parse(texts.scenario, texts.operations);
    if (!operations) return operations.error();
    options.operations = std::move(operations.value());
  }
  if (texts.ramp_s > texts.duration_s) {
    return fail(ErrorCode::bad_request, fmt::format("--ramp {} is longer than --duration {}",
                                                    texts.ramp_s, texts.duration_s));
  }
  const std::string names =
      json(blank_report(options.club ? "club" : texts.scenario, mix.value(),
                        {.nodes = nodes->size(), .server_processes = texts.server_pids.size()}));
  for (const std::string& text : texts.asserts) {
    auto assertion = parse_assertion(text);
    if (!assertion) return assertion.error();
    if (auto known = names_a_figure(assertion.value(), names); !known) return known;
    line.assertions.push_back(std::move(assertion.value()));
  }
  options.client = {.nodes = std::move(nodes.value()),
                    .payload = std::move(payload.value()),
                    .reconnect = !texts.no_reconnect,
                    .reconnect_for = milliseconds_of(texts.reconnect_s),
                    .run = std::random_device{}()};
  options.mix = mix.value();
  options.duration = milliseconds_of(texts.duration_s);
  options.ramp = milliseconds_of(texts.ramp_s);
  options.settle = milliseconds_of(texts.settle_s);
  options.drain_within = milliseconds_of(texts.drain_s);
  options.ready_within = milliseconds_of(texts.ready_s);
  options.server_pids = texts.server_pids;
  return Nothing{};
}

}  // namespace kith::bench
