#include "bench/preflight.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <span>

#include "bench/node_probe.h"
#include "bench/server_usage.h"

namespace kith::bench {
namespace {

Status writable(std::string_view option, const std::string& path) {
  if (path.empty()) return Nothing{};
  std::ofstream file(path, std::ios::app);
  if (file) return Nothing{};
  return fail(ErrorCode::bad_request, fmt::format("{}: cannot write {}", option, path));
}

bool listens_on(const std::set<std::uint16_t>& ports, const Node& node) {
  return ports.contains(static_cast<std::uint16_t>(std::stoul(node.target.port)));
}

// `nodes`: those of which it may be one.
Status look_at_server(pid_t pid, std::span<const Node> nodes, std::vector<std::string>& notes) {
  if (const auto usage = process_usage(pid); !usage) return usage.error();
  const auto ports = listening_ports(pid);
  if (!ports) return Nothing{};
  if (ports->empty()) {
    return fail(
        ErrorCode::bad_request,
        fmt::format("--server-pid: process {} listens on no port, so it is no server", pid));
  }
  const auto fits = [&](const Node& node) { return listens_on(*ports, node); };
  if (std::any_of(nodes.begin(), nodes.end(), fits)) return Nothing{};
  // Behind a proxy, or in a container, that is as it should be.
  notes.push_back(
      nodes.size() == 1
          ? fmt::format("Process {} of --server-pid does not listen on port {}: is it the server "
                        "behind {}?",
                        pid, nodes.front().target.port, nodes.front().url)
          : fmt::format("Process {} of --server-pid does not listen on the port of any --url.",
                        pid));
  return Nothing{};
}

Status look_at_servers(RunOptions& options) {
  const std::span<const Node> nodes(options.client.nodes);
  const auto& pids = options.server_pids;
  for (std::size_t i = 0; i < pids.size(); ++i) {
    const auto its_own = pids.size() == nodes.size() ? nodes.subspan(i, 1) : nodes;
    if (auto looked = look_at_server(pids[i], its_own, options.notes); !looked) return looked;
  }
  return Nothing{};
}

std::string_view any_token(const Seed& seed) {
  for (const SeedChat& chat : seed.chats) {
    if (!chat.members.empty()) return seed.users[chat.members.front()].token;
  }
  return {};
}

}  // namespace

Status preflight(CommandLine& line, const Seed& seed) {
  const bool json_alone = line.json_file == kStandardOutput;
  for (const auto& [option, path] :
       {std::pair{"--json", json_alone ? std::string() : line.json_file},
        {"--report", line.html_file}}) {
    if (auto can = writable(option, path); !can) return can;
  }
  if (auto looked = look_at_servers(line.options); !looked) return looked;
  auto& nodes = line.options.client.nodes;
  // Where nobody is to be connected, the run says so.
  const std::string_view token = any_token(seed);
  return nodes.size() > 1 && !token.empty() ? probe(nodes, token) : Nothing{};
}

}  // namespace kith::bench
