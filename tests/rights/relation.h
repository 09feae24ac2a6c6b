// What somebody is to a chat, as far as it can be today. A relation that comes with a new feature
// gets a column in both tables, or they do not compile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kith::test {

enum class Relation : std::uint8_t {
  anonymous,         // without a token
  erased,            // with a token that holds, of a user who was erased since
  stranger,          // never was in the chat
  admin,             // the server's, and a stranger to the chat: no system role opens a chat
  server_moderator,  // likewise
  server_organizer,  // likewise
  removed,           // was in it, and wrote
  banned,
  muted,
  member,
  moderator,
  owner,
};
inline constexpr std::array<std::string_view, 12> kRelationNames = {
    "anonymous", "erased", "stranger", "admin",  "server moderator", "server organizer",
    "removed",   "banned", "muted",    "member", "moderator",        "owner"};
inline constexpr std::size_t kRelations = kRelationNames.size();

constexpr std::size_t index_of(Relation relation) {
  return static_cast<std::size_t>(relation);
}
constexpr bool sees_the_chat(Relation relation) {
  return relation >= Relation::muted;
}

// Whom or what {user} and {message} of a row stand for.
enum class Subject : std::uint8_t {
  theirs,    // a member and their message; the owner gets another one than the moderator
  own,       // who asks, and their own message
  owners,    // the owner and the owner's message
  newcomer,  // a user who is not in the chat
};

// What the club of a row is, and its event.
enum class Setting : std::uint8_t {
  closed,    // private; the event is published for its members
  open,      // public; the event is for everybody
  unlisted,  // public; the event is for who knows its id
  draft,     // public; the event is not published
};

}  // namespace kith::test
