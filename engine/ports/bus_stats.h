// What the bus between nodes counts, as the metrics read it. Filled by storage/, shown by gateway/.
// All zeros and healthy where there is none.
#pragma once

#include <cstdint>

namespace kith {

// Read by /metrics and /readyz, on any thread.
struct BusStats {
  bool between_nodes = false;         // there is one at all
  bool healthy = true;                // what is published comes back within seconds
  std::uint64_t connects = 0;         // logins that Redis has accepted, of either connection
  std::uint64_t failures = 0;         // attempts that came to nothing, and connections that broke
  std::uint64_t published = 0;        // envelopes handed to the socket
  std::uint64_t publish_dropped = 0;  // over the queue's bytes, or too old when it came to them
  std::uint64_t publish_errors = 0;   // refused by Redis
  std::uint64_t received = 0;         // envelopes of other nodes
  std::uint64_t received_own = 0;     // this node's own, come back
  std::uint64_t decode_errors = 0;    // no envelope of ours, or not for the channel it came on
  std::uint64_t foreign = 0;          // of another history of the log (epoch)
  std::uint64_t inbound_dropped = 0;  // a shard had too much waiting
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t subscriptions = 0;  // gauge: channels that Redis sends
  std::uint64_t resubscribed = 0;   // channels subscribed anew after a connection was lost
  std::uint64_t queued_bytes = 0;   // gauge: waits to be published
};

}  // namespace kith
