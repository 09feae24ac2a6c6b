#include "bench/crowd.h"

#include <algorithm>
#include <tuple>

namespace kith::bench {

Crowd Crowd::everybody(const Seed& seed, std::size_t connections, bool subscribes) {
  Crowd crowd(seed);
  std::vector<std::size_t> users;
  for (std::size_t user = 0; user < seed.users.size(); ++user) {
    if (!seed.users[user].chats.empty()) users.push_back(user);
  }
  if (users.empty()) return crowd;
  if (connections == 0) connections = users.size();
  for (std::size_t i = 0; i < connections; ++i) {
    // Fewer than users: from all over the list, so that as many chats as can be are represented.
    const std::size_t user = connections < users.size() ? users[i * users.size() / connections]
                                                        : users[i % users.size()];
    crowd.add({.user = user, .chats = seed.users[user].chats, .subscribes = subscribes});
  }
  return crowd;
}

bool Crowd::anybody_apart() const {
  return std::any_of(clients_.begin(), clients_.end(),
                     [](const ClientPlan& client) { return client.apart; });
}

bool Crowd::anybody_shares() const {
  return std::any_of(of_chat_.begin(), of_chat_.end(), [this](const auto& members) {
    return std::any_of(members.begin(), members.end(), [&](std::size_t member) {
      return clients_[member].user != clients_[members.front()].user;
    });
  });
}

std::vector<Crowd::Place> Crowd::places(std::size_t workers) const {
  const std::size_t first = anybody_apart() && workers > 1 ? 1 : 0;
  std::vector<std::size_t> taken(workers, 0);
  std::vector<Place> places;
  places.reserve(clients_.size());
  std::size_t next = first;
  for (const ClientPlan& client : clients_) {
    const std::size_t worker = client.apart ? 0 : next;
    if (!client.apart && ++next == workers) next = first;
    places.push_back({.worker = worker, .slot = taken[worker]++});
  }
  return places;
}

std::vector<std::size_t> Crowd::nodes(std::size_t count) const {
  using Counts = std::vector<std::size_t>;  // by node
  std::vector<Counts> in_chat(of_chat_.size(), Counts(count));
  Counts all(count);
  std::vector<std::size_t> nodes;
  nodes.reserve(clients_.size());
  for (const ClientPlan& client : clients_) {
    Counts shared(count);
    for (const std::size_t chat : client.chats) {
      for (std::size_t node = 0; node < count; ++node) shared[node] += in_chat[chat][node];
    }
    std::size_t best = 0;
    for (std::size_t node = 1; node < count; ++node) {
      if (std::tie(shared[node], all[node]) < std::tie(shared[best], all[best])) best = node;
    }
    for (const std::size_t chat : client.chats) ++in_chat[chat][best];
    ++all[best];
    nodes.push_back(best);
  }
  return nodes;
}

std::vector<std::size_t> Crowd::chats() const {
  std::vector<std::size_t> chats;
  for (std::size_t chat = 0; chat < of_chat_.size(); ++chat) {
    if (!of_chat_[chat].empty()) chats.push_back(chat);
  }
  return chats;
}

}  // namespace kith::bench
