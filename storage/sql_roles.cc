#include "storage/sql_roles.h"

#include "protocol/json_writer.h"
#include "storage/sql_audit.h"
#include "storage/sql_notices.h"
#include "storage/sql_ports.h"

namespace kith {
namespace {

SystemRole role_of(SqlConnection& db, UserKey user) {
  auto row = db.query("SELECT role FROM users WHERE id = $1 AND deleted_at IS NULL", user);
  return row.next() ? static_cast<SystemRole>(row.integer(0)) : SystemRole::user;
}

bool is_last_admin(SqlConnection& db, const UserRecord& user) {
  if (user.role != SystemRole::admin) return false;
  auto row = db.query(
      "SELECT COUNT(*) FROM users WHERE role IN (1, 3) AND role = 3 AND deleted_at IS NULL");
  return row.next() && row.integer(0) <= 1;
}
static_assert(static_cast<int>(SystemRole::moderator) == 1);
static_assert(static_cast<int>(SystemRole::admin) == 3);

// `by`: nothing on the command line.
DurableEvent change_role(WriteContext& context, const UserRecord& user, SystemRole role,
                         const std::optional<UserKey>& by, WallTime now) {
  context.db.execute("UPDATE users SET role = $1, updated_at = $2 WHERE id = $3",
                     static_cast<int>(role), now, user.key);
  std::string detail;
  JsonWriter(detail)
      .begin_object()
      .field("user_id", user.id)
      .field("role", to_string(role))
      .field("before", to_string(user.role))
      .end_object();
  append_audit(context.db,
               {.at = now, .action = "user.grant", .user = by, .detail = std::move(detail)});
  std::string payload;
  JsonWriter(payload).begin_object().field("role", to_string(role)).end_object();
  return notify(context, {.user = {.key = user.key, .id = user.id},
                          .type = "role.changed",
                          .payload = std::move(payload),
                          .at = now,
                          .by = by});
}

}  // namespace

Result<ChangedRole> set_role(WriteContext& context, const Actor& actor, const UserId& user,
                             SystemRole role) {
  SqlConnection& db = context.db;
  context.hold(user);
  // One role changes at a time, so that of two last admins who take it from each other one stays.
  db.lock_audit_log();
  if (role_of(db, actor.key) != SystemRole::admin) {
    return fail(ErrorCode::forbidden, "for admins alone");
  }
  const auto record = read_user(db, user);
  if (!record) return record.error();
  ChangedRole out{.role = role, .events = {}};
  if (record->role == role) return out;
  if (is_last_admin(db, *record)) {
    return fail(ErrorCode::conflict, "the last admin stays one: make another first");
  }
  out.events.push_back(change_role(context, *record, role, actor.key, actor.now));
  return out;
}

Status grant_role(WriteContext& context, const UserId& user, SystemRole role, WallTime now) {
  context.hold(user);
  const auto record = read_user(context.db, user);
  if (!record) return record.error();
  if (record->role != role) change_role(context, *record, role, std::nullopt, now);
  return Nothing{};
}

bool keeps_order(SqlConnection& db, UserKey user) {
  const SystemRole role = role_of(db, user);
  return role == SystemRole::moderator || role == SystemRole::admin;
}

std::vector<UserRef> keepers_of_order(SqlConnection& db, std::uint32_t limit) {
  std::vector<UserRef> out;
  auto rows = db.query(
      "SELECT u.id, c.public_id FROM users u JOIN channels c ON c.id = u.id "
      "WHERE u.role IN (1, 3) AND u.deleted_at IS NULL ORDER BY u.id LIMIT $1",
      limit);
  while (rows.next()) out.push_back({.key = UserKey{rows.integer(0)}, .id = UserId{rows.uuid(1)}});
  return out;
}

}  // namespace kith
