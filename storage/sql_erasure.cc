#include "storage/sql_erasure.h"

#include "protocol/failpoint.h"
#include "protocol/json_writer.h"
#include "storage/sql_audit.h"
#include "storage/sql_boards.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_erasure_steps.h"
#include "storage/sql_notices.h"

namespace kith {
namespace {

// Sockets are cut within two seconds, and a request's transaction takes less.
constexpr std::chrono::seconds kBeginsAfter{5};
constexpr int kAuditedAtOnce = 500;

void audit(WriteContext& context, const char* action, const UserId& user, WallTime now) {
  std::string detail;
  JsonWriter(detail).begin_object().field("user_id", user).end_object();
  // Nobody's: the user's own entries lose their personal part, and this one is to stay.
  append_audit(context.db,
               {.at = now, .action = action, .user = std::nullopt, .detail = std::move(detail)});
}

template <typename Rewrites>
void rewrite(SqlConnection& db, const char* sql, const Rewrites& rewrites) {
  for (const auto& rewrite : rewrites) db.execute(sql, rewrite.text, rewrite.row);
}

bool take_step(ErasureJob& job, const DueErasure& due) {
  SqlConnection& db = job.context.db;
  switch (due.step) {
    case ErasureStep::clubs:
      return leave_clubs(job);
    case ErasureStep::events:
      return give_events_up(job);
    case ErasureStep::rsvps:
      return withdraw_rsvps(job);
    case ErasureStep::posts:
      return take_posts_away(job);
    case ErasureStep::broadcasts:
      return take_broadcasts_away(job);
    case ErasureStep::chats:
      return leave_chats(job);
    case ErasureStep::reactions:
      return take_reactions_away(job);
    case ErasureStep::rows:
      return delete_rows(job);
    case ErasureStep::audit:
      return erase_audit_details(db, due.user.key, kAuditedAtOnce) < kAuditedAtOnce;
    case ErasureStep::boards:
      job.boards = erase_from_boards(job.context, due.user.key);
      return true;
    case ErasureStep::snapshots:
      rewrite(db, "UPDATE leaderboard_snapshots SET data = $1 WHERE id = $2", due.scan.rewrites);
      break;
    case ErasureStep::notices:
      rewrite(db, "UPDATE notifications SET payload = $1 WHERE id = $2", due.scan.rewrites);
      break;
    case ErasureStep::log:
      rewrite(db, "UPDATE channel_log SET detail = $1 WHERE position = $2", due.scan.rewrites);
      break;
    case ErasureStep::own_log:
      return empty_own_log(job);
    case ErasureStep::cases:
      rewrite(db, "UPDATE moderation_cases SET note = $1 WHERE id = $2", due.scan.rewrites);
      break;
    case ErasureStep::others_audit:
      for (const auto& entry : due.scan.rewrites) {
        db.execute("DELETE FROM audit_details WHERE audit_id = $1", entry.row);
      }
      break;
  }
  job.position = due.scan.to;
  return due.scan.last;
}

void move_on(WriteContext& context, const DueErasure& due, bool step_done, std::int64_t position,
             WallTime now) {
  SqlConnection& db = context.db;
  if (!step_done) {
    db.execute("UPDATE user_erasures SET position = $1 WHERE user_id = $2", position, due.user.key);
  } else if (due.step != kLastErasureStep) {
    db.execute("UPDATE user_erasures SET step = $1, position = 0 WHERE user_id = $2",
               static_cast<int>(due.step) + 1, due.user.key);
  } else {
    db.execute("UPDATE user_erasures SET finished_at = $1 WHERE user_id = $2", now, due.user.key);
    audit(context, "user.erased", due.user.id, now);
  }
}

}  // namespace

Result<Committed> begin_erasure(WriteContext& context, const Actor& actor,
                                const AuthSessionId& login) {
  SqlConnection& db = context.db;
  context.hold(actor.user);
  // Of a mail there is the address alone to know it by.
  db.execute(
      "DELETE FROM outbox WHERE email_key = (SELECT email_key FROM users WHERE id = $1 AND "
      "email_key IS NOT NULL)",
      actor.key);
  const std::int64_t gone = db.execute(
      "UPDATE users SET deleted_at = $1, updated_at = $1, last_active_at = NULL, email = NULL, "
      "email_key = NULL, email_verified_at = NULL, password_hash = NULL, display_name = '', "
      "bio = '', city = '', avatar_url = '', signup_source = '', premium_tier = 'free', "
      "time_zone = 'UTC', role = 0 WHERE id = $2 AND deleted_at IS NULL",
      actor.now, actor.key);
  if (gone == 0) return fail(ErrorCode::unauthorized, "the account is gone");
  db.execute("DELETE FROM user_profiles WHERE user_id = $1", actor.key);
  db.execute("DELETE FROM user_interests WHERE user_id = $1", actor.key);
  db.execute("UPDATE sessions SET revoked_at = $1 WHERE user_id = $2 AND revoked_at IS NULL",
             actor.now, actor.key);
  db.execute("INSERT INTO user_erasures(user_id, requested_at, due_at) VALUES($1, $2, $3)",
             actor.key, actor.now, actor.now + kBeginsAfter);
  context.content_went();
  audit(context, "user.erase", actor.user, actor.now);
  std::string payload;
  JsonWriter(payload).begin_object().field("session_id", login).field("all", true).end_object();
  Committed out;
  out.events.push_back(append_log(context, own_channel(reference(actor)),
                                  {.type = EventType::session_revoked,
                                   .at = actor.now,
                                   .user = reference(actor),
                                   .payload = std::move(payload)}));
  return out;
}

std::optional<DueErasure> find_due_erasure(SqlConnection& db, WallTime now) {
  DueErasure due;
  {
    auto row = db.query(
        "SELECT e.user_id, c.public_id, e.step, e.position FROM user_erasures e "
        "JOIN channels c ON c.id = e.user_id WHERE e.finished_at IS NULL AND e.due_at <= $1 "
        "ORDER BY e.due_at, e.user_id LIMIT 1",
        now);
    if (!row.next()) return std::nullopt;
    due.user = {.key = UserKey{row.integer(0)}, .id = UserId{row.uuid(1)}};
    due.step = static_cast<ErasureStep>(row.integer(2));
    due.position = row.integer(3);
  }
  if (due.step == ErasureStep::snapshots) due.scan = scan_snapshots(db, due.user, due.position);
  if (due.step == ErasureStep::notices) due.scan = scan_notices(db, due.user, due.position);
  if (due.step == ErasureStep::log) due.scan = scan_log(db, due.user, due.position);
  if (due.step == ErasureStep::cases) due.scan = scan_cases(db, due.user, due.position);
  if (due.step == ErasureStep::others_audit) due.scan = scan_audit(db, due.user, due.position);
  return due;
}

Result<ErasureWork> run_erasure(WriteContext& context, const DueErasure& due, WallTime now) {
  ErasureWork out;
  out.more = true;
  // Who comes second waits here for the first, and then finds it moved on.
  const std::int64_t held = context.db.execute(
      "UPDATE user_erasures SET due_at = due_at WHERE user_id = $1 AND step = $2 "
      "AND position = $3 AND finished_at IS NULL",
      due.user.key, static_cast<int>(due.step), due.position);
  if (held == 0) return out;
  const Actor actor{.user = due.user.id, .key = due.user.key, .now = now};
  ErasureJob job{.context = context,
                 .actor = actor,
                 .position = due.position,
                 .events = out.events,
                 .boards = out.boards};
  const bool step_done = take_step(job, due);
  move_on(context, due, step_done, job.position, now);
  context.content_went();
  KITH_FAILPOINT("in_erasure");
  return out;
}

}  // namespace kith
