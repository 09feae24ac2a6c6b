#include "storage/sql_profiles.h"

#include "protocol/json_writer.h"
#include "storage/sql_accounts.h"
#include "storage/sql_blocks.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_json_texts.h"
#include "storage/sql_logins.h"
#include "storage/sql_notices.h"
#include "storage/sql_ports.h"

namespace kith {
namespace {

constexpr int kLoginsMax = 100;

std::vector<ClubId> mutual_clubs(SqlConnection& db, UserKey one, UserKey other) {
  std::vector<ClubId> out;
  auto rows = db.query(
      "SELECT c.public_id FROM club_memberships m JOIN club_memberships n "
      "ON n.club_id = m.club_id AND n.user_id = $1 AND n.status = 0 "
      "JOIN channels c ON c.id = m.club_id WHERE m.user_id = $2 AND m.status = "
      "0 "
      "ORDER BY m.club_id LIMIT $3",
      other, one, kMutualClubsMax);
  while (rows.next()) out.push_back(ClubId{rows.uuid(0)});
  return out;
}

std::vector<Badge> newest_badges(SqlConnection& db, UserKey user) {
  std::vector<Badge> out;
  auto rows = db.query(
      "SELECT badge_code, earned_at FROM user_badges WHERE user_id = $1 "
      "ORDER BY earned_at DESC, badge_code LIMIT $2",
      user, kProfileBadgesMax);
  while (rows.next()) {
    out.push_back({.code = std::string(rows.text(0)), .earned_at = rows.time(1)});
  }
  return out;
}

std::uint64_t version_of(SqlConnection& db, UserKey user) {
  auto row = db.query("SELECT updated_at FROM users WHERE id = $1", user);
  return row.next() ? static_cast<std::uint64_t>(row.integer(0)) : 0;
}

Committed tell_updated(WriteContext& context, const Actor& actor, const UpdateProfile& update) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().key("changed").begin_array();
  if (update.display_name) json.string("display_name");
  if (update.bio) json.string("bio");
  if (update.city) json.string("city");
  if (update.avatar_url) json.string("avatar_url");
  if (update.interests) json.string("interests");
  if (update.icebreaker_prompt_id) json.string("icebreaker_prompt_id");
  const bool any = !payload.ends_with('[');
  json.end_array().field("updated_at", actor.now).end_object();
  Committed out;
  if (!any) return out;
  out.events.push_back(append_log(
      context, own_channel(reference(actor)),
      {.type = EventType::user_updated, .at = actor.now, .payload = std::move(payload)}));
  return out;
}

void set_text(SqlConnection& db, const char* sql, const std::optional<std::string>& value,
              UserKey user) {
  if (value) db.execute(sql, *value, user);
}

}  // namespace

Result<Profile> read_profile(SqlConnection& db, const Actor& reader, const UserId& user) {
  auto record = read_user(db, user);
  if (!record) return record.error();
  const bool own = record->key == reader.key;
  if (!own && is_blocked_between(db, reader.key, record->key)) {
    return fail(ErrorCode::not_found, "no such user");
  }
  Profile out{.user = std::move(*record)};
  if (!own) {
    out.user.email.clear();
    out.mutual_clubs = mutual_clubs(db, reader.key, out.user.key);
  }
  out.badges = newest_badges(db, out.user.key);
  auto row = db.query(
      "SELECT u.premium_tier, f.icebreaker_prompt_id, u.updated_at FROM users u "
      "LEFT JOIN user_profiles f ON f.user_id = u.id WHERE u.id = $1",
      out.user.key);
  if (row.next()) {
    out.premium_tier = row.text(0);
    if (out.user.role == SystemRole::premium_plus) out.premium_tier = "plus";
    if (!row.is_null(1)) out.icebreaker_prompt_id = std::string(row.text(1));
    out.version = static_cast<std::uint64_t>(row.integer(2));
  }
  return out;
}

Result<Committed> update_profile(WriteContext& context, const Actor& actor,
                                 const UpdateProfile& update) {
  SqlConnection& db = context.db;
  context.hold(actor.user);
  if (update.if_version && *update.if_version != version_of(db, actor.key)) {
    return fail(ErrorCode::conflict, "the profile was changed meanwhile",
                std::string(kProfileVersionField));
  }
  set_text(db, "UPDATE users SET display_name = $1 WHERE id = $2", update.display_name, actor.key);
  set_text(db, "UPDATE users SET bio = $1 WHERE id = $2", update.bio, actor.key);
  set_text(db, "UPDATE users SET city = $1 WHERE id = $2", update.city, actor.key);
  set_text(db, "UPDATE users SET avatar_url = $1 WHERE id = $2", update.avatar_url, actor.key);
  // Also its version: two changes within one millisecond are two.
  db.execute(
      "UPDATE users SET updated_at = CASE WHEN updated_at < $1 THEN $1 ELSE updated_at + 1 END "
      "WHERE id = $2",
      actor.now, actor.key);
  if (update.interests) {
    db.execute(
        "INSERT INTO user_profiles(user_id, interests) VALUES($1, $2) "
        "ON CONFLICT(user_id) DO UPDATE SET interests = excluded.interests",
        actor.key, texts_to_json(*update.interests));
    index_interests(db, actor.key, *update.interests);
  }
  if (update.icebreaker_prompt_id) {
    const std::string& id = *update.icebreaker_prompt_id;
    db.execute(
        "INSERT INTO user_profiles(user_id, icebreaker_prompt_id) "
        "VALUES($1, $2) "
        "ON CONFLICT(user_id) DO UPDATE SET icebreaker_prompt_id = "
        "excluded.icebreaker_prompt_id",
        actor.key, id.empty() ? std::nullopt : std::optional(id));
  }
  return tell_updated(context, actor, update);
}

std::vector<LoginRecord> list_logins(SqlConnection& db, UserKey user) {
  std::vector<LoginRecord> out;
  auto rows = db.query(
      "SELECT public_id, created_at, last_used_at, "
      "client_address, user_agent FROM sessions "
      "WHERE user_id = $1 AND revoked_at IS NULL ORDER BY "
      "created_at DESC, id DESC LIMIT $2",
      user, kLoginsMax);
  while (rows.next()) {
    out.push_back({.id = AuthSessionId{rows.uuid(0)},
                   .created_at = rows.time(1),
                   .last_used_at = rows.time(2),
                   .client_address = std::string(rows.text(3)),
                   .user_agent = std::string(rows.text(4))});
  }
  return out;
}

Result<Committed> end_own_login(WriteContext& context, const Actor& actor,
                                const AuthSessionId& login) {
  {
    auto row = context.db.query("SELECT 1 FROM sessions WHERE public_id = $1 AND user_id = $2",
                                login, actor.key);
    if (!row.next()) return fail(ErrorCode::not_found, "no such login");
  }
  return revoke_session(context, actor.key, login, actor.now);
}

Tastes read_tastes(SqlConnection& db, UserKey user) {
  Tastes out;
  auto row = db.query(
      "SELECT u.city, COALESCE(f.interests, '[]') FROM users u "
      "LEFT JOIN user_profiles f ON f.user_id = u.id WHERE u.id = $1",
      user);
  if (!row.next()) return out;
  out.city = row.text(0);
  out.interests = texts_of_json(row.text(1));
  return out;
}

std::vector<std::string> interest_keys(const std::vector<std::string>& interests) {
  std::vector<std::string> keys;
  for (const std::string& interest : interests) {
    if (interest.find('\0') == std::string::npos) keys.push_back(email_key_of(interest));
  }
  return keys;
}

void index_interests(SqlConnection& db, UserKey user, const std::vector<std::string>& interests) {
  db.execute("DELETE FROM user_interests WHERE user_id = $1", user);
  for (const std::string& key : interest_keys(interests)) {
    db.execute(
        "INSERT INTO user_interests(interest, user_id) VALUES($1, $2) "
        "ON CONFLICT(interest, user_id) DO NOTHING",
        key, user);
  }
}

}  // namespace kith
