// Who connects in a run, and to what: a scenario fills it, the workers share it out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "bench/seed_file.h"

namespace kith::bench {

// What a scenario does to a part of the crowd only (cut, hold, stop reading).
enum class Group : std::uint8_t { steady, affected };

struct ClientPlan {
  std::size_t user = 0;            // into Seed::users
  std::vector<std::size_t> chats;  // into Seed::chats
  bool subscribes = true;
  bool measured = true;  // its latencies count
  Group group = Group::steady;
  // On a thread with its like: what the crowd costs this client must not show in its latency.
  bool apart = false;
  int receive_buffer_bytes = 0;  // of its socket; 0: what the kernel thinks best
};

class Crowd {
 public:
  explicit Crowd(const Seed& seed) : of_chat_(seed.chats.size()) {}

  void add(ClientPlan plan) {
    for (const std::size_t chat : plan.chats) of_chat_[chat].push_back(clients_.size());
    clients_.push_back(std::move(plan));
  }

  // One socket per user that has a chat, in turn, until there are `connections` (0: one each).
  // Where they are fewer: of subscribers, those of the first chats, so that members stay together;
  // of others, some from all over, so that as many chats as can be are represented.
  static Crowd everybody(const Seed& seed, std::size_t connections, bool subscribes);

  const std::vector<ClientPlan>& clients() const { return clients_; }
  // Indices into clients().
  const std::vector<std::size_t>& of_chat(std::size_t chat) const { return of_chat_[chat]; }
  std::vector<std::size_t> chats() const;  // those that somebody is in
  bool anybody_apart() const;
  // Some two connections of different users share a chat, so that there is something to deliver.
  bool anybody_shares() const;
  // Throws std::runtime_error, in a line that says why, where there is nothing to deliver.
  void require_shared() const;
  // Chats that somebody is in, but no two connections of different users.
  std::size_t lonely_chats() const;

  // Which client belongs to which of so many workers; those apart have the first to themselves.
  struct Place {
    std::size_t worker = 0;
    std::size_t slot = 0;  // among the worker's clients
  };
  std::vector<Place> places(std::size_t workers) const;

  // Which client belongs to which of so many nodes. Each in turn goes where the fewest are of those
  // that it shares chats with, of equals where the fewest are at all, of equals to the first: in a
  // chat whose members have no other, one after the other. The same for the same crowd.
  std::vector<std::size_t> nodes(std::size_t count) const;

 private:
  bool is_shared(const std::vector<std::size_t>& members) const;

  std::vector<ClientPlan> clients_;
  std::vector<std::vector<std::size_t>> of_chat_;
};

}  // namespace kith::bench
