// How many connections the process holds: per address, and before their handshake. Shared by the
// shards; taken at accept and given back at the end, never on the path of a message.
//
// An address that stands for many people, a trusted proxy, has no limit of its own: behind it the
// WebSockets count for the addresses that it names. Neither has loopback.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "gateway/config_address.h"

namespace kith {

class ConnectionLimits {
 public:
  using Address = boost::asio::ip::address;
  struct Options {
    std::uint32_t per_address = 0;         // 0: no limit
    std::uint32_t pending_handshakes = 0;  // 0: no limit
    AddressRanges trusted_proxies{};
  };
  explicit ConnectionLimits(Options options) : options_(std::move(options)) {}

 private:
  using Counts = std::map<Address, std::uint32_t>;  // a place refers to its node

 public:
  // Counts for an address while it lives, which must not be longer than the limits do.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept
        : limits_(std::exchange(other.limits_, nullptr)), count_(other.count_) {}
    Place& operator=(Place&& other) noexcept {
      std::swap(limits_, other.limits_);
      std::swap(count_, other.count_);
      return *this;
    }
    ~Place() {
      if (limits_ != nullptr) limits_->release(count_);
    }

   private:
    friend class ConnectionLimits;
    Place(ConnectionLimits& limits, Counts::iterator count) : limits_(&limits), count_(count) {}
    ConnectionLimits* limits_ = nullptr;
    Counts::iterator count_{};
  };

  // A connection was accepted: it counts as pending until settled(). Nothing: one too many.
  std::optional<Place> admit(const Address& address);
  // It is no longer pending: a WebSocket now, or closed.
  void settled();
  // For a WebSocket of `client` over an admitted connection of `peer`, which it outlives. Nothing:
  // one too many of a client that a proxy named. Who is the peer itself was counted already.
  std::optional<Place> keep(const Address& peer, const Address& client);

 private:
  bool counts(const Address& address) const;
  std::optional<Place> take(const Address& address, std::uint32_t limit);  // mutex_ is held
  void release(Counts::iterator count);

  const Options options_;
  std::mutex mutex_;
  Counts per_address_;         // guarded by mutex_
  std::uint32_t pending_ = 0;  // guarded by mutex_
};

}  // namespace kith
