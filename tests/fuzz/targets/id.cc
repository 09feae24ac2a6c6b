// Ids, times and cursors: read exactly where they are of the grammar, and one text for each value.
#include <algorithm>
#include <compare>

#include "gateway/rest/history_cursor.h"
#include "protocol/ids.h"
#include "protocol/time_format.h"
#include "storage/sql_chat_cursor.h"
#include "storage/sqlite_connection.h"
#include "tests/fuzz/fuzz.h"

namespace kith::fuzz {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

bool is_id(std::string_view prefix, std::string_view text) {
  return text.size() == prefix.size() + 26 && text.substr(0, prefix.size()) == prefix &&
         text.find_first_not_of(kDigits, prefix.size()) == text.npos;
}

template <typename Known>
void check_id(std::string_view prefix, std::string_view text) {
  const auto id = Known::parse(text);
  KITH_ASSERT(id.has_value() == is_id(prefix, text));
  if (!id) return;
  // Above 2^128 - 1 stands the id of nothing.
  const bool fits = text[prefix.size()] <= '7';
  KITH_ASSERT(!fits || id->text() == text);
  KITH_ASSERT(fits ||
              std::all_of(id->uuid.begin(), id->uuid.end(), [](auto b) { return b == 255; }));
}

void check_ids(std::string_view text) {
  check_id<UserId>("usr_", text);
  check_id<ChatId>("chat_", text);
  check_id<MessageId>("msg_", text);
  check_id<AuthSessionId>("ses_", text);
  check_id<ReportId>("rpt_", text);
  check_id<NotificationId>("ntf_", text);
  bool any = false;
  for (const std::string_view prefix : {"chat_", "usr_", "club_", "evt_", "board_"}) {
    any = any || is_id(prefix, text);
  }
  const auto channel = ChannelId::parse(text);
  KITH_ASSERT(channel.has_value() == any);
  if (channel) KITH_ASSERT(ChannelId::parse(channel->text()) == channel);
}

// Two UUIDs: their texts come back, and sort as they do.
void check_uuids(Input& input) {
  MessageId one;
  MessageId other;
  for (auto& byte : one.uuid) byte = input.byte();
  for (auto& byte : other.uuid) byte = input.byte();
  KITH_ASSERT(MessageId::parse(one.text()) == one && MessageId::parse(other.text()) == other);
  KITH_ASSERT((one <=> other) == (one.text() <=> other.text()));
  KITH_ASSERT(ack_token(one).substr(4) == one.text().substr(4));
  UuidGenerator generator([&] { return input.number(); });
  Uuid last{};
  for (std::int64_t ms = static_cast<std::int64_t>(input.number() >> 8); !input.empty();
       ms += static_cast<std::int8_t>(input.byte())) {
    const Uuid next = generator.next(WallTime{std::chrono::milliseconds{ms}});
    KITH_ASSERT(next > last && next[6] >> 4 == 7 && next[8] >> 6 == 2);
    last = next;
  }
}

void check_time(std::string_view text) {
  const auto time = parse_time(text);
  if (!time) return;
  const std::string canonical = format_time(*time);
  KITH_ASSERT(canonical.size() == 24 && parse_time(canonical) == time);
  KITH_ASSERT(text.size() >= 20 && text[4] == '-' && text[7] == '-' && text[13] == ':');
  KITH_ASSERT(text.find_first_not_of("0123456789-+:.TtZz") == text.npos);
  const bool utc = text.size() == 24 && text.back() == 'Z' && text[10] == 'T';
  if (utc && text.substr(17, 2) != "60") KITH_ASSERT(canonical == text);
}

void check_history_cursor(std::string_view text) {
  const ChatId chat{Uuid{1, 2, 3}};
  const ChatId other{Uuid{1, 2, 4}};
  const auto before = decode_history_cursor(chat, text);
  if (!before) return;
  KITH_ASSERT(encode_history_cursor(chat, *before) == text);
  KITH_ASSERT(!decode_history_cursor(other, text));
}

SqlConnection& store() {
  static const auto connection = [] {
    auto opened = SqliteConnection::open(":memory:", SqliteConnection::Mode::create);
    KITH_ASSERT(opened);
    KITH_ASSERT(
        (*opened)->run_script("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT) STRICT;"
                              "INSERT INTO meta VALUES ('digest_key', 'sixteen byte key');"));
    return std::move(*opened);
  }();
  return *connection;
}

void check_chat_cursor(std::string_view text) {
  const auto place = parse_chat_cursor(store(), UserKey{7}, text);
  if (!place) return;
  KITH_ASSERT(make_chat_cursor(store(), UserKey{7}, *place) == text);
  KITH_ASSERT(!parse_chat_cursor(store(), UserKey{8}, text));
}

// Shorter than a cursor's tag: the fuzzer finds whole cursors in what is compared, and a whole one
// that was put in the other's place is valid.
constexpr std::size_t kMostChanged = 8;

// Cursors of ours come back; one that was changed anywhere does not.
void check_changed_cursors(Input& input) {
  const std::uint64_t number = input.number();
  const ChatId chat{Uuid{static_cast<std::uint8_t>(number)}};
  const ChatPlace place{.activity = number, .chat = ChannelKey{static_cast<int>(number >> 40)}};
  std::string history = encode_history_cursor(chat, number);
  std::string list = make_chat_cursor(store(), UserKey{7}, place);
  KITH_ASSERT(decode_history_cursor(chat, history) == number);
  KITH_ASSERT(parse_chat_cursor(store(), UserKey{7}, list) == place);
  const std::string_view given = input.text().substr(0, kMostChanged);
  if (given.empty()) return;
  const std::size_t at = input.byte();
  for (std::string* cursor : {&history, &list}) {
    const std::string was = *cursor;
    cursor->replace(at % cursor->size(), given.size(), given);
    if (*cursor == was) continue;
    // The check of a history's cursor has 32 bits: it is none against forgery, and is not tried so.
    if (cursor == &list) KITH_ASSERT(!parse_chat_cursor(store(), UserKey{7}, *cursor));
  }
  check_history_cursor(history);
}

}  // namespace
}  // namespace kith::fuzz

KITH_FUZZ_TARGET(id) {
  using namespace kith::fuzz;
  Input given(input);
  switch (given.below(4)) {
    case 0:
      return check_uuids(given);
    case 1:
      return check_changed_cursors(given);
    case 2:
      return check_time(given.rest());
    default:
      break;
  }
  const std::string_view text = given.rest();
  check_ids(text);
  check_history_cursor(text);
  check_chat_cursor(text);
}
