#include "storage/memory_seed.h"

#include <fmt/format.h>

#include "storage/memory_accounts.h"

namespace kith::memory {

namespace {

// Numbers go on where an earlier seed ended.
UserRecord add_user(Tables& tables, const SeedRequest& request) {
  std::size_t number = tables.users.size();
  NewUser user;
  user.id = UserId{tables.new_uuid(request.now)};
  do {
    user.email = fmt::format("user{}@seed.kith", number);
    user.display_name = fmt::format("User {}", number);
    ++number;
  } while (tables.users_by_email.contains(user.email));
  user.password_hash = request.password_hash;
  user.signup_source = "seed";
  user.now = request.now;
  return create_user(tables, user).value();
}

}  // namespace

Result<Seeded> seed(Tables& tables, const SeedRequest& request) {
  if (!request.named.empty()) {
    return fail(ErrorCode::bad_request, "the store in memory names its users itself");
  }
  if (request.members > request.users) {
    return fail(ErrorCode::bad_request, "a room has more members than there are users");
  }
  Seeded out;
  std::vector<UserKey> keys;
  for (std::uint32_t number = 0; number < request.users; ++number) {
    const UserRecord user = add_user(tables, request);
    keys.push_back(user.key);
    out.users.push_back({.id = user.id, .email = user.email});
  }
  std::size_t next = 0;
  for (std::uint32_t number = 0; number < request.rooms; ++number) {
    Seeded::Chat room{.id = ChatId{tables.new_uuid(request.now)}, .members = {}};
    const ChannelKey key = tables.add_channel(room.id);
    Chat& chat = tables.chats[key];
    chat.name = fmt::format("Room {}", number);
    chat.created_at = request.now;
    chat.participant_count = request.members;
    for (std::uint32_t member = 0; member < request.members; ++member) {
      const std::size_t user = next++ % keys.size();
      chat.members[keys[user]].role =
          member == 0 ? ParticipantRole::owner : ParticipantRole::member;
      tables.chats_of_user[keys[user]].insert(key);
      room.members.push_back(out.users[user].id);
    }
    out.chats.push_back(std::move(room));
  }
  return out;
}

}  // namespace kith::memory
