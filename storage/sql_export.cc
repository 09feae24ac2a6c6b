#include "storage/sql_export.h"

#include <algorithm>
#include <array>

#include "engine/ports/boards.h"
#include "engine/ports/clubs.h"
#include "engine/ports/events.h"
#include "engine/ports/notifications.h"
#include "protocol/event.h"
#include "protocol/json_writer.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_event_cursor.h"
#include "storage/sql_export_sections.h"

namespace kith {
namespace {

using Section = ExportSection;
using Value = ExportValue;
constexpr const auto& kSections = export_sections::kAll;

template <IdKind kKind>
void write_id(JsonWriter& json, const SqlCursor& row, int column) {
  json.id(Id<kKind>{row.uuid(column)});
}

std::string_view word_of(ParticipantStatus status) {
  constexpr std::array<std::string_view, 3> kWords = {"in", "gone", "banned"};
  return kWords.at(static_cast<std::size_t>(status));
}

// Of a value that is stored as a number; empty where it is none of those.
std::string_view word_of(Value value, std::int64_t number) {
  switch (value) {
    case Value::club_role:
      return to_string(static_cast<ClubRole>(number));
    case Value::club_status:
      return to_string(static_cast<ClubStatus>(number));
    case Value::chat_role:
      return to_string(static_cast<ParticipantRole>(number));
    case Value::chat_status:
      return word_of(static_cast<ParticipantStatus>(number));
    case Value::rsvp_status:
      return to_string(static_cast<RsvpStatus>(number));
    case Value::notice_mode:
      return to_string(static_cast<NoticeMode>(number));
    case Value::digest_every:
      return to_string(static_cast<DigestEvery>(number));
    case Value::board_period:
      return to_string(static_cast<BoardPeriod>(number));
    default:
      return {};
  }
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
    case Value::notification:
      return write_id<IdKind::notification>(json, row, column);
    case Value::activity:
      return write_id<IdKind::activity>(json, row, column);
    case Value::report:
      return write_id<IdKind::report>(json, row, column);
    case Value::broadcast:
      return write_id<IdKind::broadcast>(json, row, column);
    case Value::channel:
      json.id(ChannelId(static_cast<IdKind>(row.integer(column)), row.uuid(column + 1)));
      return;
    case Value::flag:
      json.boolean(row.integer(column) != 0);
      return;
    default:
      json.string(word_of(value, row.integer(column)));
      return;
  }
}

std::string entry_of(const Section& section, const SqlCursor& row) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("kind", section.kind);
  int at = 2;
  for (const ExportColumn& column : section.columns) {
    if (column.name == nullptr) break;
    json.key(column.name);
    write_value(json, row, at, column.value);
    at += column.value == Value::channel ? 2 : 1;
  }
  json.end_object();
  return out;
}

}  // namespace

bool exports(std::string_view kind) {
  return std::ranges::any_of(kSections,
                             [kind](const Section& section) { return section.kind == kind; });
}

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
