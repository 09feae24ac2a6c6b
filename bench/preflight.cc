#include "bench/preflight.h"

#include <fmt/format.h>

#include <fstream>

#include "bench/server_usage.h"

namespace kith::bench {
namespace {

Status writable(std::string_view option, const std::string& path) {
  if (path.empty()) return Nothing{};
  std::ofstream file(path, std::ios::app);
  if (file) return Nothing{};
  return fail(ErrorCode::bad_request, fmt::format("{}: cannot write {}", option, path));
}

Status look_at_server(RunOptions& options) {
  const pid_t pid = *options.server_pid;
  if (const auto usage = process_usage(pid); !usage) return usage.error();
  const auto ports = listening_ports(pid);
  if (!ports) return Nothing{};
  if (ports->empty()) {
    return fail(
        ErrorCode::bad_request,
        fmt::format("--server-pid: process {} listens on no port, so it is no server", pid));
  }
  const std::string& port = options.client.target.port;
  if (ports->contains(static_cast<std::uint16_t>(std::stoul(port)))) return Nothing{};
  // Behind a proxy, or in a container, that is as it should be.
  options.notes.push_back(fmt::format(
      "Process {} of --server-pid does not listen on port {}: is it the server behind --url?", pid,
      port));
  return Nothing{};
}

}  // namespace

Status preflight(CommandLine& line) {
  for (const auto& [option, path] :
       {std::pair{"--json", line.json_file}, {"--report", line.html_file}}) {
    if (auto can = writable(option, path); !can) return can;
  }
  return line.options.server_pid ? look_at_server(line.options) : Nothing{};
}

}  // namespace kith::bench
