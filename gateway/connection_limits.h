// How many connections the process holds: per address, and before their handshake. Shared by the
// shards; taken at accept and given back at the end, never on the path of a message.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <map>
#include <mutex>

namespace kith {

class ConnectionLimits {
 public:
  struct Options {
    std::uint32_t per_address = 0;         // 0: no limit; loopback has none
    std::uint32_t pending_handshakes = 0;  // 0: no limit
  };
  explicit ConnectionLimits(Options options) : options_(options) {}

  // A connection was accepted: it counts for its address and as pending. False: one too many.
  bool admit(const boost::asio::ip::address& address);
  // It is no longer pending: a WebSocket now, or closed.
  void settled();
  // One more of an address that was admitted: a WebSocket that outlives its HTTP connection.
  void hold(const boost::asio::ip::address& address);
  // It is gone.
  void release(const boost::asio::ip::address& address);

 private:
  const Options options_;
  std::mutex mutex_;
  std::map<boost::asio::ip::address, std::uint32_t> per_address_;  // guarded by mutex_
  std::uint32_t pending_ = 0;                                      // guarded by mutex_
};

}  // namespace kith
