#include "storage/sql_export.h"

#include <array>
#include <limits>

#include "protocol/json_writer.h"
#include "storage/sql_event_cursor.h"

namespace kith {
namespace {

enum class Value : std::uint8_t {
  text,
  time,
  integer,
  json,
  user,
  chat,
  club,
  event,
  rsvp,
  message,
  login
};
struct Column {
  const char* name;
  Value value;
};

// Selects two numbers that say where the row stands, then `columns`. $1 is the user, $2 and $3 the
// numbers of the last row told, $4 how many rows to tell. What is one row alone has 1 for both.
struct Section {
  const char* kind;
  const char* sql;
  std::array<Column, 12> columns;  // those without a name are none
};

constexpr std::array kSections = {
    Section{"profile",
            "SELECT 1, 1, c.public_id, u.email, u.display_name, u.bio, u.city, u.avatar_url, "
            "u.premium_tier, u.signup_source, u.created_at, u.last_active_at, "
            "COALESCE(f.interests, '[]'), f.icebreaker_prompt_id FROM users u "
            "JOIN channels c ON c.id = u.id LEFT JOIN user_profiles f ON f.user_id = u.id "
            "WHERE u.id = $1 AND $2 < 1 AND $3 < 1 LIMIT $4",
            {Column{"id", Value::user}, Column{"email", Value::text},
             Column{"display_name", Value::text}, Column{"bio", Value::text},
             Column{"city", Value::text}, Column{"avatar_url", Value::text},
             Column{"premium_tier", Value::text}, Column{"signup_source", Value::text},
             Column{"created_at", Value::time}, Column{"last_active_at", Value::time},
             Column{"interests", Value::json}, Column{"icebreaker_prompt_id", Value::text}}},
    Section{"login",
            "SELECT s.id, 1, s.public_id, s.created_at, s.last_used_at, s.revoked_at, "
            "s.client_address, s.user_agent FROM sessions s "
            "WHERE s.user_id = $1 AND s.id > $2 AND $3 >= 0 ORDER BY s.id LIMIT $4",
            {Column{"id", Value::login}, Column{"created_at", Value::time},
             Column{"last_used_at", Value::time}, Column{"revoked_at", Value::time},
             Column{"client_address", Value::text}, Column{"user_agent", Value::text}}},
    Section{"block",
            "SELECT b.blocked_id, 1, c.public_id, b.created_at FROM user_blocks b "
            "JOIN channels c ON c.id = b.blocked_id "
            "WHERE b.blocker_id = $1 AND b.blocked_id > $2 AND $3 >= 0 "
            "ORDER BY b.blocked_id LIMIT $4",
            {Column{"user_id", Value::user}, Column{"created_at", Value::time}}},
    Section{"club_membership",
            "SELECT m.club_id, 1, c.public_id, m.role, m.status, m.joined_at, m.message "
            "FROM club_memberships m JOIN channels c ON c.id = m.club_id "
            "WHERE m.user_id = $1 AND m.club_id > $2 AND $3 >= 0 ORDER BY m.club_id LIMIT $4",
            {Column{"club_id", Value::club}, Column{"role", Value::integer},
             Column{"status", Value::integer}, Column{"joined_at", Value::time},
             Column{"message", Value::text}}},
    Section{"club_post",
            "SELECT p.id, 1, c.public_id, p.content, p.media_ids, p.created_at FROM club_posts p "
            "JOIN channels c ON c.id = p.club_id "
            "WHERE p.author_id = $1 AND p.id > $2 AND $3 >= 0 ORDER BY p.id LIMIT $4",
            {Column{"club_id", Value::club}, Column{"content", Value::text},
             Column{"media_ids", Value::json}, Column{"created_at", Value::time}}},
    Section{"event",
            "SELECT e.id, 1, c.public_id, e.title, e.description, e.start_time, e.end_time, "
            "e.place_name, e.city, e.tags, e.created_at FROM events e "
            "JOIN channels c ON c.id = e.id "
            "WHERE e.creator_id = $1 AND e.id > $2 AND $3 >= 0 ORDER BY e.id LIMIT $4",
            {Column{"event_id", Value::event}, Column{"title", Value::text},
             Column{"description", Value::text}, Column{"start_time", Value::time},
             Column{"end_time", Value::time}, Column{"location_name", Value::text},
             Column{"city", Value::text}, Column{"tags", Value::json},
             Column{"created_at", Value::time}}},
    Section{"rsvp",
            "SELECT a.event_id, 1, c.public_id, a.public_id, a.status, a.guest_count, "
            "a.checked_in_at, a.created_at, a.updated_at FROM event_attendees a "
            "JOIN channels c ON c.id = a.event_id "
            "WHERE a.user_id = $1 AND a.event_id > $2 AND $3 >= 0 ORDER BY a.event_id LIMIT $4",
            {Column{"event_id", Value::event}, Column{"rsvp_id", Value::rsvp},
             Column{"status", Value::integer}, Column{"guest_count", Value::integer},
             Column{"checked_in_at", Value::time}, Column{"created_at", Value::time},
             Column{"updated_at", Value::time}}},
    Section{"chat",
            "SELECT p.chat_id, 1, c.public_id, p.role, p.status, p.joined_at, p.last_read_at, "
            "p.muted_until FROM chat_participants p JOIN channels c ON c.id = p.chat_id "
            "WHERE p.user_id = $1 AND p.chat_id > $2 AND $3 >= 0 ORDER BY p.chat_id LIMIT $4",
            {Column{"chat_id", Value::chat}, Column{"role", Value::integer},
             Column{"status", Value::integer}, Column{"joined_at", Value::time},
             Column{"last_read_at", Value::time}, Column{"muted_until", Value::time}}},
    // Messages have no index by their sender: they are found by the chats that one is or was in.
    Section{"message",
            "SELECT m.chat_id, m.seq, c.public_id, m.id, m.sent_at, m.edited_at, m.content "
            "FROM chat_participants p JOIN chat_messages m ON m.chat_id = p.chat_id "
            "JOIN channels c ON c.id = p.chat_id WHERE p.user_id = $1 AND m.sender_id = $1 "
            "AND (p.chat_id > $2 OR (p.chat_id = $2 AND m.seq > $3)) "
            "ORDER BY p.chat_id, m.seq LIMIT $4",
            {Column{"chat_id", Value::chat}, Column{"message_id", Value::message},
             Column{"sent_at", Value::time}, Column{"edited_at", Value::time},
             Column{"content", Value::json}}},
    Section{"notification",
            "SELECT 1, l.seq, l.at, l.detail FROM channel_log l WHERE l.channel_id = $1 "
            "AND l.type = 10 AND ($2 < 1 OR l.seq > $3) ORDER BY l.seq LIMIT $4",
            {Column{"at", Value::time}, Column{"notification", Value::json}}},
    Section{"badge",
            "SELECT x.n, 1, x.badge_code, x.earned_at FROM (SELECT badge_code, earned_at, "
            "ROW_NUMBER() OVER (ORDER BY earned_at, badge_code) AS n FROM user_badges "
            "WHERE user_id = $1) x WHERE x.n > $2 AND $3 >= 0 ORDER BY x.n LIMIT $4",
            {Column{"code", Value::text}, Column{"earned_at", Value::time}}},
    Section{
        "audit_entry",
        "SELECT d.audit_id, 1, l.at, l.action, d.detail FROM audit_details d "
        "JOIN audit_log l ON l.id = d.audit_id "
        "WHERE d.user_id = $1 AND d.audit_id > $2 AND $3 >= 0 ORDER BY d.audit_id LIMIT $4",
        {Column{"at", Value::time}, Column{"action", Value::text}, Column{"detail", Value::json}}},
};
static_assert(static_cast<int>(EventType::notification_new) == 10);

template <IdKind kKind>
void write_id(JsonWriter& json, const SqlCursor& row, int column) {
  json.id(Id<kKind>{row.uuid(column)});
}

void write_value(JsonWriter& json, const SqlCursor& row, int column, Value value) {
  if (row.is_null(column)) {
    json.null();
    return;
  }
  switch (value) {
    case Value::text:
      json.string(row.text(column));
      return;
    case Value::time:
      json.time(row.time(column));
      return;
    case Value::integer:
      json.integer(row.integer(column));
      return;
    case Value::json:
      json.raw(row.text(column));
      return;
    case Value::user:
      return write_id<IdKind::user>(json, row, column);
    case Value::chat:
      return write_id<IdKind::chat>(json, row, column);
    case Value::club:
      return write_id<IdKind::club>(json, row, column);
    case Value::event:
      return write_id<IdKind::event>(json, row, column);
    case Value::rsvp:
      return write_id<IdKind::rsvp>(json, row, column);
    case Value::message:
      return write_id<IdKind::message>(json, row, column);
    case Value::login:
      return write_id<IdKind::session>(json, row, column);
  }
}

std::string entry_of(const Section& section, const SqlCursor& row) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("kind", section.kind);
  int at = 2;
  for (const Column& column : section.columns) {
    if (column.name == nullptr) break;
    json.key(column.name);
    write_value(json, row, at++, column.value);
  }
  json.end_object();
  return out;
}

}  // namespace

Result<ExportPage> read_export(SqlConnection& db, const Actor& actor, const ExportQuery& query) {
  std::array<std::int64_t, 3> place{};  // the section, and the last row's two numbers
  if (query.cursor) {
    const auto given = parse_event_cursor<3>(*query.cursor);
    const auto sections = static_cast<std::int64_t>(kSections.size());
    if (!given || (*given)[0] < 0 || (*given)[0] >= sections) {
      return fail(ErrorCode::bad_request, "not one of our cursors", "cursor");
    }
    place = *given;
  }
  ExportPage out;
  for (; static_cast<std::size_t>(place[0]) < kSections.size(); place = {place[0] + 1, 0, 0}) {
    const Section& section = kSections[static_cast<std::size_t>(place[0])];
    auto rows = db.query(section.sql, actor.key, place[1], place[2], query.limit + 1);
    while (rows.next()) {
      if (out.entries.size() == query.limit) {
        out.next_cursor = make_event_cursor<3>(place);
        return out;
      }
      place[1] = rows.integer(0);
      place[2] = rows.integer(1);
      out.entries.push_back(entry_of(section, rows));
    }
  }
  return out;
}

}  // namespace kith
