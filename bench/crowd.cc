#include "bench/crowd.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace kith::bench {
namespace {

std::vector<std::size_t> of_first_chats(const Seed& seed, std::size_t count) {
  std::vector<bool> taken(seed.users.size(), false);
  std::vector<std::size_t> users;
  for (const SeedChat& chat : seed.chats) {
    for (const std::size_t user : chat.members) {
      if (users.size() == count) return users;
      if (!taken[user]) users.push_back(user);
      taken[user] = true;
    }
  }
  return users;
}

}  // namespace

Crowd Crowd::everybody(const Seed& seed, std::size_t connections, bool subscribes) {
  Crowd crowd(seed);
  std::vector<std::size_t> users;
  for (std::size_t user = 0; user < seed.users.size(); ++user) {
    if (!seed.users[user].chats.empty()) users.push_back(user);
  }
  if (users.empty()) return crowd;
  if (connections == 0) connections = users.size();
  if (subscribes && connections < users.size()) users = of_first_chats(seed, connections);
  for (std::size_t i = 0; i < connections; ++i) {
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

bool Crowd::is_shared(const std::vector<std::size_t>& members) const {
  return std::any_of(members.begin(), members.end(), [&](std::size_t member) {
    return clients_[member].user != clients_[members.front()].user;
  });
}

bool Crowd::anybody_shares() const {
  return std::any_of(of_chat_.begin(), of_chat_.end(),
                     [this](const auto& members) { return is_shared(members); });
}

void Crowd::require_shared() const {
  if (clients_.empty() || anybody_shares()) return;  // nobody at all has a reason of its own
  throw std::runtime_error(
      clients_.size() == 1
          ? "nothing to be delivered: there is only one connection"
          : fmt::format("nothing to be delivered: no two of the {} connections are of different "
                        "users and share a chat",
                        clients_.size()));
}

std::size_t Crowd::lonely_chats() const {
  return static_cast<std::size_t>(std::count_if(
      of_chat_.begin(), of_chat_.end(),
      [this](const auto& members) { return !members.empty() && !is_shared(members); }));
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
