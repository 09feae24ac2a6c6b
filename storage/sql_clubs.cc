#include "storage/sql_clubs.h"

#include <algorithm>

#include "engine/club_json.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_club_entry.h"
#include "storage/sql_idempotency.h"
#include "storage/sql_membership.h"

namespace kith {
namespace {

constexpr std::size_t kSlugBytesMax = 60;
constexpr int kSlugNumberMax = 20;

bool is_slug_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// "Austin Adventurers!" is austin-adventurers.
std::string slug_of(std::string_view name) {
  std::string slug;
  for (const char c : folded_text(name)) {
    if (slug.size() >= kSlugBytesMax) break;
    if (is_slug_character(c)) {
      slug += c;
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  while (!slug.empty() && slug.back() == '-') slug.pop_back();
  return slug.empty() ? "club" : slug;
}

bool is_taken(SqlConnection& db, const std::string& slug) {
  return db.query("SELECT 1 FROM clubs WHERE slug = $1", slug).next();
}

// Where two ask for the same at once, the unique index undoes one, and it is tried again.
std::string free_slug(SqlConnection& db, const CreateClub& create) {
  const std::string slug = slug_of(create.name);
  if (!is_taken(db, slug)) return slug;
  for (int number = 2; number <= kSlugNumberMax; ++number) {
    std::string numbered = slug + '-' + std::to_string(number);
    if (!is_taken(db, numbered)) return numbered;
  }
  return slug + '-' + folded_text(create.id.text().substr(id_prefix(IdKind::club).size()));
}

std::string tags_json_of(const std::vector<std::string>& tags) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const std::string& tag : tags) json.string(tag);
  json.end_array();
  return out;
}

void index_tags(SqlConnection& db, ChannelKey club, const std::vector<std::string>& tags) {
  db.execute("DELETE FROM club_tags WHERE club_id = $1", club);
  for (const std::string& tag : tags) {
    db.execute(
        "INSERT INTO club_tags(tag, club_id) VALUES($1, $2) ON CONFLICT(tag, club_id) DO NOTHING",
        folded_text(tag), club);
  }
}

std::string tag_words(SqlConnection& db, ChannelKey club) {
  std::string words;
  auto rows = db.query("SELECT tag FROM club_tags WHERE club_id = $1 ORDER BY tag", club);
  while (rows.next()) {
    if (!words.empty()) words += ' ';
    words += rows.text(0);
  }
  return words;
}

void index_words(SqlConnection& db, ChannelKey club, const ClubRecord& record) {
  const std::string tags = tag_words(db, club);
  db.execute("DELETE FROM club_words WHERE rowid = $1", club);
  db.execute("INSERT INTO club_words(rowid, name, description, tags) VALUES($1, $2, $3, $4)", club,
             record.name, record.description, tags);
}

void insert_club(WriteContext& context, const Actor& actor, const CreateClub& create,
                 const ClubStanding& standing) {
  SqlConnection& db = context.db;
  db.execute(
      "INSERT INTO chat_chats(id, type, context_id, name, participant_count, created_at) "
      "VALUES($1, $2, $3, $4, 0, $5)",
      standing.chat.key, static_cast<int>(ChatType::club), standing.club.key, create.name,
      actor.now);
  const std::string slug = free_slug(db, create);
  db.execute(
      "INSERT INTO clubs(id, slug, name, description, city, city_key, tags, privacy_level, "
      "owner_id, chat_id, created_at, updated_at) "
      "VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
      standing.club.key, slug, create.name, create.description, create.city,
      folded_text(create.city), tags_json_of(create.tags), static_cast<int>(create.privacy),
      actor.key, standing.chat.key, actor.now);
  index_tags(db, standing.club.key, create.tags);
  ClubRecord words;
  words.name = create.name;
  words.description = create.description;
  index_words(db, standing.club.key, words);
}

// What stands with the changes applied; nothing where it stands so already.
std::optional<ClubRecord> changed(const ClubRecord& club, const UpdateClub& update) {
  ClubRecord out = club;
  if (update.name) out.name = *update.name;
  if (update.description) out.description = *update.description;
  if (update.city) out.city = *update.city;
  if (update.tags) out.tags_json = tags_json_of(*update.tags);
  if (update.privacy) out.privacy = *update.privacy;
  const bool same = out.name == club.name && out.description == club.description &&
                    out.city == club.city && out.tags_json == club.tags_json &&
                    out.privacy == club.privacy;
  return same ? std::nullopt : std::optional(std::move(out));
}

DurableEvent log_update(WriteContext& context, const Actor& actor, const ClubStanding& standing,
                        const ClubRecord& club) {
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().key("club").begin_object();
  write_club_members(json, club);
  json.end_object().end_object();
  return append_log(
      context, standing.club,
      {.type = EventType::club_updated, .at = actor.now, .payload = std::move(payload)});
}

}  // namespace

std::string folded_text(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

ClubRecord read_club_columns(const SqlCursor& row) {
  ClubRecord out;
  out.id = ClubId{row.uuid(0)};
  out.slug = row.text(1);
  out.name = row.text(2);
  out.description = row.text(3);
  out.city = row.text(4);
  out.tags_json = row.text(5);
  out.privacy = static_cast<ClubPrivacy>(row.integer(6));
  out.owner = UserId{row.uuid(7)};
  out.chat = ChatId{row.uuid(8)};
  out.member_count = static_cast<std::uint32_t>(row.integer(9));
  out.version = static_cast<std::uint64_t>(row.integer(10));
  out.created_at = row.time(11);
  out.updated_at = row.time(12);
  if (!row.is_null(13)) out.status = static_cast<ClubStatus>(row.integer(13));
  if (out.status == ClubStatus::approved) out.role = static_cast<ClubRole>(row.integer(14));
  return out;
}

Result<ClubRecord> read_club(SqlConnection& db, UserKey reader, const ClubId& club) {
  auto row =
      db.query(KITH_SELECT_CLUBS "WHERE c.public_id = $2 AND c.kind = $3 AND k.closed_at IS NULL",
               reader, club, static_cast<int>(IdKind::club));
  if (!row.next()) return fail(ErrorCode::not_found, "no such club");
  return read_club_columns(row);
}

Result<CreatedClub> create_club(WriteContext& context, const Actor& actor,
                                const CreateClub& create) {
  SqlConnection& db = context.db;
  const auto answer = [&](const ClubId& club, bool made,
                          std::vector<DurableEvent> events) -> Result<CreatedClub> {
    auto record = read_club(db, actor.key, club);
    if (!record) return record.error();
    return CreatedClub{.club = std::move(*record), .created = made, .events = std::move(events)};
  };
  if (create.idempotency) {
    const auto made = find_idempotent(db, actor, *create.idempotency);
    if (!made) return made.error();
    const auto club = *made ? ClubId::parse(**made) : std::nullopt;
    if (club) return answer(*club, false, {});
  }
  ClubStanding standing;
  standing.club = {.key = context.insert_channel(create.id), .id = create.id};
  standing.chat = {.key = context.insert_channel(create.chat), .id = create.chat};
  standing.privacy = create.privacy;
  insert_club(context, actor, create, standing);
  auto events = enter_club(
      context, actor, {.standing = standing, .user = reference(actor), .role = ClubRole::owner});
  if (create.idempotency) keep_idempotent(db, actor, *create.idempotency, create.id.text());
  return answer(create.id, true, std::move(events));
}

Result<UpdatedClub> update_club(WriteContext& context, const Actor& actor,
                                const UpdateClub& update) {
  SqlConnection& db = context.db;
  context.hold(update.club);
  const auto standing = require_club_role(db, update.club, actor.key, ClubRole::organizer);
  if (!standing) return standing.error();
  auto club = read_club(db, actor.key, update.club);
  if (!club) return club.error();
  if (update.if_version && *update.if_version != club->version) {
    return UpdatedClub{.club = std::move(*club), .stale = true, .events = {}};
  }
  auto after = changed(*club, update);
  if (!after) return UpdatedClub{.club = std::move(*club), .events = {}};
  ++after->version;
  after->updated_at = actor.now;
  const ChannelKey key = standing->club.key;
  db.execute(
      "UPDATE clubs SET name = $1, description = $2, city = $3, city_key = $4, tags = $5, "
      "privacy_level = $6, version = $7, updated_at = $8 WHERE id = $9",
      after->name, after->description, after->city, folded_text(after->city), after->tags_json,
      static_cast<int>(after->privacy), after->version, actor.now, key);
  if (update.tags) index_tags(db, key, *update.tags);
  index_words(db, key, *after);
  db.execute("UPDATE chat_chats SET name = $1 WHERE id = $2", after->name, standing->chat.key);
  UpdatedClub out{.club = std::move(*after), .events = {}};
  out.events.push_back(log_update(context, actor, *standing, out.club));
  audit_club(context, actor, "club.update", {.club = update.club});
  return out;
}

}  // namespace kith
