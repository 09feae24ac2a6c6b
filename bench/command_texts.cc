#include "bench/command_texts.h"

#include <fmt/format.h>

#include <cmath>
#include <random>
#include <set>

namespace kith::bench {
namespace {

std::chrono::milliseconds from_seconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

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

Status understand(const Texts& texts, CommandLine& line) {
  RunOptions& options = line.options;
  if (!std::isfinite(options.messages_per_second)) {
    return fail(ErrorCode::bad_request, "--rate: a number of messages per second");
  }
  auto nodes = parse_nodes(texts.urls);
  if (!nodes) return nodes.error();
  if (auto fit = fitting_processes(texts, nodes->size()); !fit) return fit;
  auto payload = PayloadSizes::parse(texts.payload);
  if (!payload) return payload.error();
  auto mix = ActionMix::parse(texts.mix);
  if (!mix) return mix.error();
  if (texts.ramp_s > texts.duration_s) {
    return fail(ErrorCode::bad_request, fmt::format("--ramp {} is longer than --duration {}",
                                                    texts.ramp_s, texts.duration_s));
  }
  const std::string names =
      json(blank_report(texts.scenario, mix.value(),
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
                    .reconnect_for = from_seconds(texts.reconnect_s),
                    .run = std::random_device{}()};
  options.mix = mix.value();
  options.duration = from_seconds(texts.duration_s);
  options.ramp = from_seconds(texts.ramp_s);
  options.settle = from_seconds(texts.settle_s);
  options.drain_within = from_seconds(texts.drain_s);
  options.ready_within = from_seconds(texts.ready_s);
  options.server_pids = texts.server_pids;
  return Nothing{};
}

}  // namespace kith::bench
