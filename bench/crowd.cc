#include "bench/crowd.h"

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
    const std::size_t user = users[i % users.size()];
    crowd.add({.user = user, .chats = seed.users[user].chats, .subscribes = subscribes});
  }
  return crowd;
}

std::vector<std::size_t> Crowd::chats() const {
  std::vector<std::size_t> chats;
  for (std::size_t chat = 0; chat < of_chat_.size(); ++chat) {
    if (!of_chat_[chat].empty()) chats.push_back(chat);
  }
  return chats;
}

}  // namespace kith::bench
