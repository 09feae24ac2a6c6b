#include "storage/sql_erasure_scan.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "engine/ports/events.h"
#include "protocol/json_writer.h"
#include "protocol/keyed_hash.h"

namespace kith {
namespace {

constexpr std::int64_t kScannedAtOnce = 2'000;
constexpr std::size_t kRewritesAtOnce = 200;
constexpr std::int64_t kSnapshotsAtOnce = 100;  // of some kilobytes

// Members whose strings are words or ids of ours.
bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 9> kNames = {
      "id", "type", "by", "status", "role", "code", "currency", "visibility", "audience"};
  return name.ends_with("_id") || name.ends_with("_at") || name.ends_with("_time") ||
         name == "created_by" || std::ranges::find(kNames, name) != kNames.end();
}

void write_without_texts(JsonWriter& json, std::string_view name, simdjson::dom::element value) {
  simdjson::dom::object object;
  simdjson::dom::array array;
  if (name == "location") {
    json.null();
  } else if (value.get(object) == simdjson::SUCCESS) {
    json.begin_object();
    for (const auto member : object) {
      json.key(member.key);
      write_without_texts(json, member.key, member.value);
    }
    json.end_object();
  } else if (value.get(array) == simdjson::SUCCESS) {
    json.begin_array();
    for (const simdjson::dom::element entry : array) write_without_texts(json, name, entry);
    json.end_array();
  } else if (value.is_string() && !is_ours(name)) {
    json.string("");
  } else {
    json.raw(simdjson::minify(value));
  }
}

// What is looked for: the user, and what was the user's and has lost its texts.
class Traces {
 public:
  Traces(SqlConnection& db, const UserRef& user)
      : user_(user), named_('"' + user.id.text() + '"'), author_(R"("author":{"id":)" + named_) {
    auto events = db.query(
        "SELECT e.id, c.public_id FROM events e JOIN channels c ON c.id = e.id "
        "WHERE e.creator_id = $1",
        user.key);
    while (events.next()) {
      channels_.insert(events.integer(0));
      events_.insert(EventId{events.uuid(1)}.text());
    }
    auto clubs =
        db.query("SELECT id FROM clubs WHERE owner_id = $1 AND closed_at IS NOT NULL", user.key);
    while (clubs.next()) channels_.insert(clubs.integer(0));
  }

  // As it is to be told from now on; nothing: as it was.
  std::optional<std::string> of_notice(std::string_view payload) const {
    if (!names_user(payload) && !names_event(payload)) return std::nullopt;
    return if_changed(payload, without_texts(payload));
  }
  // Of the log's columns channel_id, type, user_id, by_id, detail, from `first` on.
  std::optional<std::string> of_log_row(const SqlCursor& row, int first) const {
    if (row.is_null(first + 4)) return std::nullopt;
    const std::string_view detail = row.text(first + 4);
    switch (static_cast<EventType>(row.integer(first + 1))) {
      case EventType::system_moderation:
        return is_user(row, first + 2) || is_user(row, first + 3) ? if_changed(detail, "")
                                                                  : std::nullopt;
      case EventType::notification_new:
        return of_notice(detail);
      case EventType::feed_item:
        if (detail.find(author_) == std::string_view::npos && !names_event(detail)) {
          return std::nullopt;
        }
        return if_changed(detail, without_texts(detail));
      case EventType::club_post:
        // A post from before its place was noted.
        if (detail.find(author_) == std::string_view::npos) return std::nullopt;
        return if_changed(detail, without_texts(detail));
      case EventType::event_updated:
      case EventType::club_updated:
        if (!channels_.contains(row.integer(first))) return std::nullopt;
        return if_changed(detail, without_texts(detail));
      default:
        return std::nullopt;
    }
  }

 private:
  static std::optional<std::string> if_changed(std::string_view before, std::string after) {
    return before == after ? std::nullopt : std::optional(std::move(after));
  }
  bool is_user(const SqlCursor& row, int column) const {
    return row.maybe_integer(column) == static_cast<std::int64_t>(user_.key);
  }
  bool names_user(std::string_view text) const {
    return text.find(named_) != std::string_view::npos;
  }
  bool names_event(std::string_view text) const {
    constexpr std::string_view kQuoted = "\"evt_";
    if (events_.empty()) return false;
    for (auto at = text.find(kQuoted); at != std::string_view::npos;
         at = text.find(kQuoted, at + 1)) {
      const auto end = text.find('"', at + 1);
      if (end == std::string_view::npos) return false;
      if (events_.contains(std::string(text.substr(at + 1, end - at - 1)))) return true;
    }
    return false;
  }

  UserRef user_;
  std::string named_;
  std::string author_;
  std::unordered_set<std::string, KeyedTextHash> events_;
  std::unordered_set<std::int64_t> channels_;  // of events and of clubs
};

// Goes through rows that begin with where they stand, at most kScannedAtOnce of them. `rewrite`
// says what is to be in a row from now on; nothing: what there is.
template <typename Rewrite>
ErasureScan scan_rows(std::int64_t after, SqlCursor rows, Rewrite rewrite) {
  ErasureScan out{.to = after, .last = true, .rewrites = {}};
  std::int64_t looked_at = 0;
  while (out.rewrites.size() < kRewritesAtOnce && rows.next()) {
    ++looked_at;
    out.to = rows.integer(0);
    if (std::optional<std::string> text = rewrite(rows)) {
      out.rewrites.push_back({.row = out.to, .text = std::move(*text)});
    }
  }
  out.last = looked_at < kScannedAtOnce && out.rewrites.size() < kRewritesAtOnce;
  return out;
}

}  // namespace

std::string without_texts(std::string_view json) {
  thread_local simdjson::dom::parser parser;
  simdjson::dom::element value;
  // No row of ours is anything else; what it was, nobody knows, so it goes.
  if (parser.parse(json.data(), json.size()).get(value) != simdjson::SUCCESS) return "{}";
  std::string out;
  JsonWriter writer(out);
  write_without_texts(writer, {}, value);
  return out;
}

ErasureScan scan_snapshots(SqlConnection& db, const UserRef& user, std::int64_t after) {
  const std::string name = '"' + user.id.text() + '"';
  ErasureScan out{.to = after, .last = true, .rewrites = {}};
  std::int64_t looked_at = 0;
  auto rows =
      db.query("SELECT id, data FROM leaderboard_snapshots WHERE id > $1 ORDER BY id LIMIT $2",
               after, kSnapshotsAtOnce);
  while (rows.next()) {
    ++looked_at;
    out.to = rows.integer(0);
    std::string data(rows.text(1));
    const auto at = data.find(name);  // on a board one stands once
    if (at == std::string::npos) continue;
    out.rewrites.push_back({.row = out.to, .text = data.replace(at, name.size(), "null")});
  }
  out.last = looked_at < kSnapshotsAtOnce;
  return out;
}

ErasureScan scan_notices(SqlConnection& db, const UserRef& user, std::int64_t after) {
  const Traces traces(db, user);
  return scan_rows(after,
                   db.query("SELECT id, payload FROM notifications WHERE id > $1 ORDER BY id "
                            "LIMIT $2",
                            after, kScannedAtOnce),
                   [&](const SqlCursor& row) { return traces.of_notice(row.text(1)); });
}

ErasureScan scan_log(SqlConnection& db, const UserRef& user, std::int64_t after) {
  const Traces traces(db, user);
  const Position settled = db.settled_position();
  return scan_rows(
      after,
      db.query("SELECT position, channel_id, type, user_id, by_id, detail FROM channel_log "
               "WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3",
               after, settled, kScannedAtOnce),
      [&](const SqlCursor& row) { return traces.of_log_row(row, 1); });
}

ErasureScan scan_cases(SqlConnection& db, const UserRef& user, std::int64_t after) {
  return scan_rows(
      after,
      db.query("SELECT k.id, m.sender_id, k.note FROM moderation_cases k "
               "JOIN chat_messages m ON m.position = k.message_id WHERE k.id > $1 ORDER BY k.id "
               "LIMIT $2",
               after, kScannedAtOnce),
      [&](const SqlCursor& row) -> std::optional<std::string> {
        if (UserKey{row.integer(1)} != user.key || row.text(2).empty()) return std::nullopt;
        return "";
      });
}

ErasureScan scan_audit(SqlConnection& db, const UserRef& user, std::int64_t after) {
  const std::string name = '"' + user.id.text() + '"';
  return scan_rows(
      after,
      db.query("SELECT d.audit_id, d.detail, l.action FROM audit_details d "
               "JOIN audit_log l ON l.id = d.audit_id WHERE d.audit_id > $1 ORDER BY d.audit_id "
               "LIMIT $2",
               after, kScannedAtOnce),
      [&](const SqlCursor& row) -> std::optional<std::string> {
        if (row.text(2).starts_with("user.erase")) return std::nullopt;  // user.erase, user.erased
        if (row.text(1).find(name) == std::string_view::npos) return std::nullopt;
        return "";
      });
}

}  // namespace kith
