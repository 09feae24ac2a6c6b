#include "storage/sql_seed.h"

#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "engine/ports/chats.h"
#include "engine/ports/clubs.h"
#include "storage/sql_board_seed.h"

namespace kith {
namespace {

// So that no statement of a shared database comes near its time limit.
constexpr std::size_t kMembersAtOnce = 10'000;

std::uint64_t random_bits() {
  std::uint64_t bits = 0;
  randombytes_buf(&bits, sizeof bits);
  return bits;
}

std::int64_t first_free_number(SqlConnection& db) {
  std::int64_t first = 0;
  auto rows = db.query("SELECT email_key FROM users WHERE email_key LIKE 'user%@seed.kith'");
  while (rows.next()) {
    const std::string_view name = rows.text(0).substr(std::string_view("user").size());
    std::int64_t number = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
    if (parsed.ec == std::errc() && *parsed.ptr == '@') first = std::max(first, number + 1);
  }
  return first;
}

std::int64_t insert_channel(SqlConnection& db, const ChannelId& id) {
  auto rows = db.query("INSERT INTO channels(kind, public_id) VALUES($1, $2) RETURNING id",
                       static_cast<int>(id.kind), id.uuid);
  return rows.next() ? rows.integer(0) : 0;
}

bool is_taken(SqlConnection& db, const std::string& email) {
  return db.query("SELECT 1 FROM users WHERE email_key = $1", email).next();
}

bool has_users(SqlConnection& db) {
  return db.query("SELECT 1 FROM users LIMIT 1").next();
}

class Seeder {
 public:
  Seeder(SqlConnection& db, const SeedRequest& request) : db_(db), request_(request) {}

  Seeded run() {
    if (request_.named.empty()) {
      const std::int64_t first = first_free_number(db_);
      for (std::uint32_t i = 0; i < request_.users && !db_.failure(); ++i) add_user(first + i);
    } else {
      for (const SeedUser& user : request_.named) add_user(user);
    }
    for (std::uint32_t i = 0; i < request_.rooms && !db_.failure(); ++i) add_room(i);
    if (request_.scores && !db_.failure()) seed_scores(db_, keys_, request_.now);
    for (std::uint32_t i = 0; i < request_.clubs && !db_.failure(); ++i) add_club(i);
    return std::move(seeded_);
  }

 private:
  void add_user(std::int64_t number) {
    const std::string text = std::to_string(number);
    add_user({.email = "user" + text + "@seed.kith", .display_name = "User " + text});
  }

  void add_user(const SeedUser& user) {
    const UserId id{ids_.next(request_.now)};
    const std::int64_t key = insert_channel(db_, id);
    db_.execute(
        "INSERT INTO users(id, email, email_key, password_hash, display_name, role, signup_source,"
        " created_at, updated_at) VALUES($1, $2, $2, $3, $4, $5, 'seed', $6, $6)",
        key, user.email, request_.password_hash, user.display_name, static_cast<int>(user.role),
        request_.now);
    db_.execute("INSERT INTO user_profiles(user_id) VALUES($1)", key);
    keys_.push_back(key);
    seeded_.users.push_back({.id = id, .email = user.email});
  }

  void add_room(std::uint32_t room) {
    const ChatId id{ids_.next(request_.now)};
    const std::string name =
        request_.room_name.empty() ? "Room " + std::to_string(room) : request_.room_name;
    const std::int64_t key = insert_channel(db_, id);
    db_.execute(
        "INSERT INTO chat_chats(id, type, name, participant_count, created_at)"
        " VALUES($1, $2, $3, $4, $5)",
        key, static_cast<int>(ChatType::group), name, request_.members, request_.now);
    Seeded::Chat chat{.id = id, .members = {}};
    for (std::uint64_t i = 0; i < request_.members; ++i) {
      const std::size_t user = (std::uint64_t{room} * request_.members + i) % keys_.size();
      const auto role = i == 0 ? ParticipantRole::owner : ParticipantRole::member;
      db_.execute(
          "INSERT INTO chat_participants(chat_id, user_id, role, joined_at)"
          " VALUES($1, $2, $3, $4)",
          key, keys_[user], static_cast<int>(role), request_.now);
      chat.members.push_back(seeded_.users[user].id);
    }
    seeded_.chats.push_back(std::move(chat));
  }

  void add_club(std::uint32_t club) {
    const ClubId id{ids_.next(request_.now)};
    const ChatId chat{ids_.next(request_.now)};
    const std::string name = "Club " + std::to_string(club);
    const std::string slug = "club-" + id.text().substr(id_prefix(IdKind::club).size());
    const std::int64_t key = insert_channel(db_, id);
    const std::int64_t chat_key = insert_channel(db_, chat);
    const std::size_t members = members_of_club();
    db_.execute(
        "INSERT INTO chat_chats(id, type, context_id, name, participant_count, created_at)"
        " VALUES($1, $2, $3, $4, $5, $6)",
        chat_key, static_cast<int>(ChatType::club), key, name, std::uint64_t{members},
        request_.now);
    db_.execute(
        "INSERT INTO clubs(id, slug, name, owner_id, chat_id, member_count, created_at,"
        " updated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $7)",
        key, slug, name, keys_.front(), chat_key, std::uint64_t{members}, request_.now);
    db_.execute("INSERT INTO club_words(rowid, name, description, tags) VALUES($1, $2, '', '')",
                key, name);
    for (std::size_t first = 0; first < members && !db_.failure(); first += kMembersAtOnce) {
      add_members(key, chat_key, first, std::min(first + kMembersAtOnce, members));
    }
    seeded_.clubs.push_back({.id = id,
                             .owner = seeded_.users.front().id,
                             .members = static_cast<std::uint32_t>(members)});
  }

  std::size_t members_of_club() const {
    return request_.club_members == 0 ? keys_.size()
                                      : std::min<std::size_t>(request_.club_members, keys_.size());
  }

  // Users [first, last) of those that were made. Two statements for all of them: a row at a time, a
  // large club would take a shared database a minute of round trips.
  void add_members(std::int64_t club, std::int64_t chat, std::size_t first, std::size_t last) {
    // Between the first key and the last there may be users that somebody else has made meanwhile.
    db_.execute(
        "INSERT INTO club_memberships(club_id, user_id, role, joined_at)"
        " SELECT CAST($1 AS BIGINT), id, CASE WHEN id = $2 THEN CAST($3 AS SMALLINT) ELSE CAST($4 "
        "AS SMALLINT) END, created_at"
        " FROM users WHERE id >= $5 AND id <= $6 AND created_at = $7 AND signup_source = 'seed'"
        " ORDER BY id",
        club, keys_.front(), static_cast<int>(ClubRole::owner), static_cast<int>(ClubRole::member),
        keys_[first], keys_[last - 1], request_.now);
    db_.execute(
        "INSERT INTO chat_participants(chat_id, user_id, role, joined_at)"
        " SELECT CAST($1 AS BIGINT), id, CASE WHEN id = $2 THEN CAST($3 AS SMALLINT) ELSE CAST($4 "
        "AS SMALLINT) END, created_at"
        " FROM users WHERE id >= $5 AND id <= $6 AND created_at = $7 AND signup_source = 'seed'"
        " ORDER BY id",
        chat, keys_.front(), static_cast<int>(ParticipantRole::owner),
        static_cast<int>(ParticipantRole::member), keys_[first], keys_[last - 1], request_.now);
  }

  SqlConnection& db_;
  const SeedRequest& request_;
  UuidGenerator ids_{random_bits};
  std::vector<std::int64_t> keys_;
  Seeded seeded_;
};

}  // namespace

Result<Seeded> seed_database(SqlConnection& connection, const SeedRequest& request) {
  const std::size_t users = request.named.empty() ? request.users : request.named.size();
  if (request.members > users) {
    return fail(ErrorCode::bad_request, "a room has more members than there are users");
  }
  if (request.clubs > 0 && request.users == 0) {
    return fail(ErrorCode::bad_request, "a club needs a user to own it");
  }
  if (!request.named.empty()) {
    if (is_taken(connection, request.named.front().email)) return Seeded{};
    if (has_users(connection)) return fail(ErrorCode::bad_request, "there are users already");
  }
  connection.begin_write();
  Seeded seeded = Seeder(connection, request).run();
  connection.commit();
  if (!connection.failure()) return seeded;
  const std::string text = connection.failure()->text;
  connection.clear_failure();
  if (connection.in_transaction()) connection.rollback();
  connection.clear_failure();
  return fail(ErrorCode::unavailable, "seeding failed: " + text);
}

}  // namespace kith
