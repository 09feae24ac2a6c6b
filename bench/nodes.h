// The nodes that a run drives: where they are, and who is on which.
//
// Clients are dealt out so that the members of a chat are on different nodes (Crowd::nodes), and
// each stays where it is. Where its connection breaks it tries its own node first, then the next
// in the order of the --urls, around and around: as an app does behind a load balancer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result.h"

namespace kith::bench {

// ws://HOST:PORT[/path]; the path is /ws where there is none.
struct Target {
  std::string host;
  std::string port;
  std::string path;
};
Result<Target> parse_target(std::string_view url);

struct Node {
  std::string url;  // as it was given
  Target target;
  std::string build{};  // once it was asked
};
inline constexpr std::size_t kNodesMax = 64;

// Each text is a URL, or several with commas between them. bad_request names the one that is none,
// or that stands there twice.
Result<std::vector<Node>> parse_nodes(const std::vector<std::string>& texts);
std::string urls_of(const std::vector<Node>& nodes);  // with commas between them

// On which node each client is, and since when. A seat is written on its client's thread and read
// on all.
class Seats {
 public:
  using Clock = std::chrono::steady_clock;

  // `homes`: the node of each client. Nobody has moved yet.
  explicit Seats(const std::vector<std::size_t>& homes) : seats_(homes.size()) {
    for (std::size_t i = 0; i < homes.size(); ++i) seats_[i].store(homes[i]);
  }

  std::size_t node(std::size_t client) const { return seats_[client].load() % kNodesMax; }
  // False: it is the node where the client was.
  bool move(std::size_t client, std::size_t node, Clock::time_point now);
  // The node over which a client has sent what was due at `due`. None where it has come to its
  // node only since then: nothing shows over which of them that went.
  std::optional<std::size_t> node_at(std::size_t client, Clock::time_point due) const;

 private:
  // Microseconds of the clock since when, times kNodesMax, plus the node: both change at once.
  std::vector<std::atomic<std::uint64_t>> seats_;
};

}  // namespace kith::bench
