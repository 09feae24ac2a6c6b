// search_clubs of sql_clubs.h. Words are found by SQLite's FTS5 or Postgres' full text: the one
// thing here that no SQL says for both. Filters that are not asked for hold for every club.
#include <algorithm>

#include "storage/sql_chat_cursor.h"
#include "storage/sql_clubs.h"

namespace kith {
namespace {

#define KITH_FOUND_CLUBS                                                     \
  KITH_SELECT_CLUBS                                                          \
  "WHERE k.id < $2 AND ($3 = '' OR k.city_key = $3) AND ($4 = '' OR EXISTS " \
  "(SELECT 1 FROM club_tags t WHERE t.tag = $4 AND t.club_id = k.id)) "      \
  "AND ($5 = '' OR k.slug = $5) AND ($6 = 0 OR m.status = 0) AND k.closed_at IS NULL "

// SQLite numbers parameters as they appear: the words come before the limit.
constexpr const char* kAll = KITH_FOUND_CLUBS "ORDER BY k.id DESC LIMIT $7";
constexpr const char* kByWordsSqlite = KITH_FOUND_CLUBS
    "AND k.id IN (SELECT rowid FROM club_words WHERE club_words MATCH $7) "
    "ORDER BY k.id DESC LIMIT $8";
constexpr const char* kByWordsPostgres = KITH_FOUND_CLUBS
    "AND k.id IN (SELECT rowid FROM club_words WHERE words @@ plainto_tsquery('simple', $7)) "
    "ORDER BY k.id DESC LIMIT $8";

// Each word as a string of FTS5's language: nothing in it is an operator.
std::string fts5_query(std::string_view text) {
  std::string out;
  bool in_word = false;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!space && !in_word) out += out.empty() ? "\"" : " \"";
    if (!space && c == '"') out += '"';
    if (!space) out += c;
    if (space && in_word) out += '"';
    in_word = !space;
  }
  if (in_word) out += '"';
  return out;
}

}  // namespace

Result<ClubList> search_clubs(SqlConnection& db, const Actor& actor, const ClubSearch& search) {
  const std::uint32_t limit = std::clamp(search.limit, 1u, limits::kClubListMax);
  std::int64_t before = INT64_MAX;
  if (search.cursor) {
    const auto place = parse_chat_cursor(db, actor.key, *search.cursor);
    if (!place || place->activity != 0) {
      return fail(ErrorCode::bad_request, "not one of our cursors", "cursor");
    }
    before = static_cast<std::int64_t>(place->chat);
  }
  const bool by_words = search.text.find_first_not_of(" \t\r\n") != std::string::npos;
  const std::string city = folded_text(search.city);
  const std::string tag = folded_text(search.tag);
  const std::string words = db.is_shared() ? search.text : fts5_query(search.text);
  const char* const words_sql = db.is_shared() ? kByWordsPostgres : kByWordsSqlite;
  const int mine = search.mine ? 1 : 0;
  SqlCursor rows =
      by_words
          ? db.query(words_sql, actor.key, before, city, tag, search.slug, mine, words, limit + 1)
          : db.query(kAll, actor.key, before, city, tag, search.slug, mine, limit + 1);
  ClubList out;
  std::int64_t last = 0;
  while (rows.next()) {
    if (out.clubs.size() == limit) {
      out.next_cursor = make_chat_cursor(db, actor.key, {.activity = 0, .chat = ChannelKey{last}});
      break;
    }
    last = rows.integer(15);
    out.clubs.push_back(read_club_columns(rows));
  }
  return out;
}

}  // namespace kith
