#include "bench/server_usage.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace kith::bench {
namespace {

// schedstat counts nanoseconds (Documentation/scheduler/sched-stats.rst); where the kernel keeps
// none, the clock ticks of stat must do.
double thread_cpu_s(const std::filesystem::path& task) {
  std::ifstream schedstat(task / "schedstat");
  std::uint64_t on_cpu_ns = 0;
  if (schedstat >> on_cpu_ns) return static_cast<double>(on_cpu_ns) / 1e9;
  std::ifstream stat(task / "stat");
  std::string line;
  std::getline(stat, line);
  const auto end_of_name = line.rfind(')');
  if (end_of_name == std::string::npos) return 0;
  unsigned long long user = 0;
  unsigned long long system = 0;
  // Fields 14 and 15 of proc(5); the name is the second.
  if (std::sscanf(line.c_str() + end_of_name + 1,
                  " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &user, &system) != 2) {
    return 0;
  }
  return static_cast<double>(user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

// Inode of the socket -> port, of all that listen in the namespace of `process`.
std::map<std::string, std::uint16_t> listeners(const std::filesystem::path& process) {
  constexpr std::string_view kListening = "0A";
  std::map<std::string, std::uint16_t> found;
  for (const char* table : {"tcp", "tcp6"}) {
    std::ifstream file(process / "net" / table);
    std::string line;
    std::getline(file, line);  // the heading
    while (std::getline(file, line)) {
      // proc_pid_net(5): number, local address:port, remote, state, queues, timer, retransmits,
      // user, timeout, inode.
      std::istringstream words(line);
      std::vector<std::string> fields{std::istream_iterator<std::string>(words), {}};
      if (fields.size() < 10 || fields[3] != kListening) continue;
      const std::string port = fields[1].substr(fields[1].rfind(':') + 1);
      found[fields[9]] = static_cast<std::uint16_t>(std::strtoul(port.c_str(), nullptr, 16));
    }
  }
  return found;
}

}  // namespace

std::optional<std::set<std::uint16_t>> listening_ports(pid_t pid) {
  const std::filesystem::path process = fmt::format("/proc/{}", pid);
  const auto all = listeners(process);
  std::set<std::uint16_t> ports;
  std::error_code error;
  for (std::filesystem::directory_iterator descriptor(process / "fd", error), end;
       !error && descriptor != end; descriptor.increment(error)) {
    std::error_code gone;  // it was closed meanwhile
    const std::string target = std::filesystem::read_symlink(descriptor->path(), gone).string();
    constexpr std::string_view kSocket = "socket:[";
    if (gone || !target.starts_with(kSocket)) continue;
    const auto listener =
        all.find(target.substr(kSocket.size(), target.size() - kSocket.size() - 1));
    if (listener != all.end()) ports.insert(listener->second);
  }
  if (error) return std::nullopt;
  return ports;
}

Result<ProcessUsage> process_usage(pid_t pid) {
  const std::filesystem::path process = fmt::format("/proc/{}", pid);
  ProcessUsage usage;
  std::uint64_t pages_total = 0;
  std::uint64_t pages_resident = 0;
  std::ifstream statm(process / "statm");
  // What has ended has no memory any more.
  if (!(statm >> pages_total >> pages_resident) || pages_total == 0) {
    return fail(ErrorCode::bad_request, fmt::format("--server-pid: no process {} to look at", pid));
  }
  usage.rss_bytes = pages_resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  std::error_code error;
  for (std::filesystem::directory_iterator task(process / "task", error), end;
       !error && task != end; task.increment(error)) {
    std::ifstream comm(task->path() / "comm");
    std::string name;
    std::getline(comm, name);
    (name.starts_with("store") ? usage.store_cpu_s : usage.cpu_s) += thread_cpu_s(task->path());
  }
  if (error) return fail(ErrorCode::bad_request, "--server-pid: " + error.message());
  return usage;
}

}  // namespace kith::bench
