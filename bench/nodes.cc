#include "bench/nodes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace kith::bench {
namespace {

constexpr unsigned kPortMax = 65'535;

std::uint64_t microseconds(Seats::Clock::time_point at) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count());
}

Status add_node(std::string_view url, std::vector<Node>& nodes) {
  auto target = parse_target(url);
  if (!target) return target.error();
  const auto same = [&](const Node& node) {
    return node.target.host == target->host && node.target.port == target->port;
  };
  if (std::any_of(nodes.begin(), nodes.end(), same)) {
    return fail(ErrorCode::bad_request, fmt::format("--url: {} stands there twice", url));
  }
  if (nodes.size() == kNodesMax) {
    return fail(ErrorCode::bad_request, fmt::format("--url: at most {} nodes", kNodesMax));
  }
  nodes.push_back({.url = std::string(url), .target = std::move(target.value())});
  return Nothing{};
}

}  // namespace

Result<Target> parse_target(std::string_view url) {
  constexpr std::string_view kScheme = "ws://";
  const std::string whole(url);
  if (url.starts_with("wss://") || url.starts_with("https://")) {
    return fail(ErrorCode::bad_request,
                fmt::format("the URL '{}': kith-bench speaks no TLS; take ws:// and the port "
                            "behind the proxy, where the server itself listens",
                            url));
  }
  if (!url.starts_with(kScheme)) {
    return fail(ErrorCode::bad_request, fmt::format("the URL '{}' does not begin with ws://", url));
  }
  url.remove_prefix(kScheme.size());
  const auto slash = url.find('/');
  std::string_view authority = url.substr(0, slash);
  Target target{.host = {}, .port = "80", .path = "/ws"};
  if (slash != std::string_view::npos && slash + 1 < url.size()) target.path = url.substr(slash);
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    target.port = authority.substr(colon + 1);
    authority = authority.substr(0, colon);
  }
  if (authority.starts_with('[') && authority.ends_with(']')) {
    authority = authority.substr(1, authority.size() - 2);
  }
  if (authority.empty() || target.port.empty()) {
    return fail(ErrorCode::bad_request, fmt::format("the URL '{}' names no host or port", whole));
  }
  unsigned port = 0;
  const char* end = target.port.data() + target.port.size();
  const auto parsed = std::from_chars(target.port.data(), end, port);
  if (parsed.ec != std::errc{} || parsed.ptr != end || port == 0 || port > kPortMax) {
    return fail(ErrorCode::bad_request, fmt::format("the URL '{}': its port {} is none: 1 to {}",
                                                    whole, target.port, kPortMax));
  }
  target.host = authority;
  return target;
}

Result<std::vector<Node>> parse_nodes(const std::vector<std::string>& texts) {
  std::vector<Node> nodes;
  for (const std::string& text : texts) {
    for (std::size_t begin = 0; begin <= text.size();) {
      const auto end = std::min(text.find(',', begin), text.size());
      if (auto added = add_node(text.substr(begin, end - begin), nodes); !added) {
        return added.error();
      }
      begin = end + 1;
    }
  }
  return nodes;
}

std::string urls_of(const std::vector<Node>& nodes) {
  std::string text;
  for (const Node& node : nodes) text += (text.empty() ? "" : ",") + node.url;
  return text;
}

bool Seats::move(std::size_t client, std::size_t node, Clock::time_point now) {
  if (this->node(client) == node) return false;
  seats_[client].store(microseconds(now) * kNodesMax + node);
  return true;
}

std::optional<std::size_t> Seats::node_at(std::size_t client, Clock::time_point due) const {
  const std::uint64_t seat = seats_[client].load();
  if (microseconds(due) <= seat / kNodesMax && seat >= kNodesMax) return std::nullopt;
  return seat % kNodesMax;
}

}  // namespace kith::bench
