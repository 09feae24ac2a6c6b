#include "bench/seed_file.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <string_view>
#include <unordered_map>

namespace kith::bench {
namespace {

using UserIndex = std::unordered_map<std::string_view, std::size_t>;

Error wrong(const std::string& path, std::string_view what) {
  return fail(ErrorCode::bad_request, fmt::format("{}: {}", path, what));
}

Result<Nothing> read_chat(const std::string& path, simdjson::dom::element item,
                          const UserIndex& index, Seed& seed) {
  std::string_view id;
  simdjson::dom::array members;
  if (item["id"].get(id) != simdjson::SUCCESS ||
      item["members"].get(members) != simdjson::SUCCESS) {
    return wrong(path, "a chat needs `id` and `members`");
  }
  SeedChat chat{.id = std::string(id), .members = {}};
  for (const auto member : members) {
    std::string_view user;
    if (member.get(user) != simdjson::SUCCESS) return wrong(path, "members are strings");
    const auto found = index.find(user);
    if (found == index.end()) return wrong(path, fmt::format("{} has no user {}", id, user));
    chat.members.push_back(found->second);
    seed.users[found->second].chats.push_back(seed.chats.size());
  }
  seed.chats.push_back(std::move(chat));
  return Nothing{};
}

// Older files have none.
Result<Nothing> read_clubs(const std::string& path, simdjson::dom::element root,
                           const UserIndex& index, Seed& seed) {
  simdjson::dom::array clubs;
  if (root["clubs"].get(clubs) != simdjson::SUCCESS) return Nothing{};
  for (const auto item : clubs) {
    std::string_view id;
    std::string_view owner;
    if (item["id"].get(id) != simdjson::SUCCESS || item["owner"].get(owner) != simdjson::SUCCESS) {
      return wrong(path, "a club needs `id` and `owner`");
    }
    const auto found = index.find(owner);
    if (found == index.end()) return wrong(path, fmt::format("{} has no user {}", id, owner));
    std::uint64_t members = seed.users.size();  // older files do not say: everybody
    if (item["members"].error() == simdjson::SUCCESS &&
        (item["members"].get(members) != simdjson::SUCCESS || members > seed.users.size())) {
      return wrong(path, fmt::format("{} has more `members` than there are users", id));
    }
    seed.clubs.push_back({.id = std::string(id), .owner = found->second, .members = members});
  }
  return Nothing{};
}

}  // namespace

Result<Seed> read_seed_file(const std::string& path) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto error = parser.load(path).get(root); error != simdjson::SUCCESS) {
    return wrong(path, simdjson::error_message(error));
  }
  simdjson::dom::array users;
  simdjson::dom::array chats;
  if (root["users"].get(users) != simdjson::SUCCESS ||
      root["chats"].get(chats) != simdjson::SUCCESS) {
    return wrong(path, "needs `users` and `chats`");
  }
  Seed seed;
  UserIndex index;
  for (const auto item : users) {
    std::string_view id;
    std::string_view token;
    if (item["id"].get(id) != simdjson::SUCCESS || item["token"].get(token) != simdjson::SUCCESS) {
      return wrong(path, "a user needs `id` and `token`");
    }
    index.emplace(id, seed.users.size());
    seed.users.push_back({.id = std::string(id), .token = std::string(token), .chats = {}});
  }
  for (const auto item : chats) {
    if (auto read = read_chat(path, item, index, seed); !read) return read.error();
  }
  if (auto read = read_clubs(path, root, index, seed); !read) return read.error();
  return seed;
}

}  // namespace kith::bench
