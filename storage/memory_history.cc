#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <functional>

#include "storage/memory_chats.h"
#include "storage/memory_log.h"

namespace kith::memory {

namespace {

// About what a message takes in the answer beside its content.
constexpr std::size_t kRecordBytes = 400;

bool has_read(const Member& member, const Message& message) {
  return member.last_read_seq >= message.seq;
}

// What only concerns the participants other than the sender.
void count_readers(Tables& tables, const Message& message, MessageRecord& record,
                   bool with_read_by) {
  const Chat& chat = tables.chats.at(message.chat);
  const bool named = with_read_by && names_participants(chat);
  for (const auto& [user, member] : chat.members) {
    if (member.standing != Standing::in || user == message.sender) continue;
    ++record.others;
    if (std::max(member.delivered_seq, member.last_read_seq) >= message.seq) {
      ++record.delivered_count;
    }
    if (!has_read(member, message)) continue;
    ++record.read_count;
    if (named) record.read_by.push_back(tables.user_id(user));
  }
}

void count_reactions(const Message& message, UserKey reader, MessageRecord& record) {
  for (const auto& [user, emoji] : message.reactions) {
    auto count = std::find_if(record.reactions.begin(), record.reactions.end(),
                              [&](const auto& other) { return other.emoji == emoji; });
    if (count == record.reactions.end()) {
      count = record.reactions.insert(count, {.emoji = emoji});
    }
    ++count->count;
    count->me = count->me || user == reader;
  }
}

std::uint64_t unread_count(Tables& tables, const Chat& chat, UserKey reader, Seq last_read) {
  std::uint64_t count = 0;
  std::uint32_t looked_at = 0;
  for (auto at = chat.messages.rbegin(); at != chat.messages.rend(); ++at) {
    if (at->first <= last_read || ++looked_at > limits::kUnreadCountMax) break;
    const Message& message = tables.message(at->second);
    if (message.sender != reader && !message.gone()) ++count;
  }
  return count;
}

void add_participants(Tables& tables, const Chat& chat, UserKey reader, ChatRecord& record) {
  const auto add = [&](UserKey user, const Member& member) {
    const UserRecord& of = tables.users.at(user).record;
    record.participants.push_back({.user = of.id,
                                   .role = member.role,
                                   .display_name = of.display_name,
                                   .last_read_seq = member.last_read_seq});
  };
  add(reader, chat.members.at(reader));
  for (const auto& [user, member] : chat.members) {
    if (record.participants.size() >= limits::kReceiptsParticipantsMax) return;
    if (user != reader && member.standing == Standing::in) add(user, member);
  }
}

// Where a chat stands in a list: by its newest activity, then (where nothing has happened yet) by
// its key.
using ChatPlace = std::pair<Position, ChannelKey>;

// A cursor is the place of the last chat on the page, sealed for this user by this store.
std::string seal(const Tables& tables, UserKey user, const ChatPlace& place) {
  std::string text =
      std::to_string(place.first) + '.' + std::to_string(static_cast<std::int64_t>(place.second));
  const std::string sealed = std::to_string(static_cast<std::int64_t>(user)) + ':' + text;
  std::array<unsigned char, crypto_shorthash_BYTES> tag{};
  crypto_shorthash(tag.data(), reinterpret_cast<const unsigned char*>(sealed.data()), sealed.size(),
                   tables.cursor_key.data());
  std::string hex(tag.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), tag.data(), tag.size());
  hex.pop_back();
  return text + '.' + hex;
}

std::optional<ChatPlace> open_cursor(const Tables& tables, UserKey user,
                                     const std::string& cursor) {
  Position activity = 0;
  std::int64_t chat = 0;
  const char* end = cursor.data() + cursor.size();
  const auto first = std::from_chars(cursor.data(), end, activity);
  if (first.ec != std::errc{} || first.ptr == end) return std::nullopt;
  if (std::from_chars(first.ptr + 1, end, chat).ec != std::errc{}) return std::nullopt;
  const ChatPlace place{activity, ChannelKey{chat}};
  if (cursor != seal(tables, user, place)) return std::nullopt;
  return place;
}

// The user's chats, most recent activity first.
std::set<ChatPlace, std::greater<>> by_activity(Tables& tables, UserKey user) {
  std::set<ChatPlace, std::greater<>> out;
  for (const ChannelKey chat : tables.chats_of_user[user]) {
    out.emplace(tables.channel(chat).activity(), chat);
  }
  return out;
}

}  // namespace

MessageRecord record_of(Tables& tables, const Message& message, UserKey reader, bool with_read_by) {
  MessageRecord out;
  out.message = message.id;
  out.seq = message.seq;
  out.client_message_id = message.client_message_id;
  out.sender = tables.user_id(message.sender);
  out.content = message.shown();
  if (message.reply_to) out.reply_to = tables.message(*message.reply_to).id;
  out.sent_at = message.sent_at;
  out.edited_at = message.edited_at;
  out.deleted_at = message.deleted_at;
  if (!message.gone()) count_reactions(message, reader, out);
  count_readers(tables, message, out, with_read_by);
  return out;
}

ChatRecord record_of(Tables& tables, ChannelKey key, UserKey reader) {
  const Chat& chat = tables.chats.at(key);
  const Member& member = chat.members.at(reader);
  ChatRecord out;
  out.id = tables.channel(key).id.chat();
  out.type = chat.type;
  out.name = chat.name;
  out.created_at = chat.created_at;
  out.head = tables.channel(key).head();
  out.participant_count = chat.participant_count;
  add_participants(tables, chat, reader, out);
  out.role = member.role;
  out.last_read_seq = member.last_read_seq;
  out.unread_count = unread_count(tables, chat, reader, member.last_read_seq);
  if (!chat.messages.empty()) {
    out.last_message = record_of(tables, tables.message(chat.messages.rbegin()->second), reader);
  }
  return out;
}

Result<ChatRecord> get(Tables& tables, const Actor& actor, const ChatId& chat) {
  const auto place = tables.find_place(chat, actor.key);
  if (!place) return no_such_chat();
  return record_of(tables, place->key, actor.key);
}

Result<ChatList> list(Tables& tables, const Actor& actor, const std::optional<std::string>& cursor,
                      std::uint32_t limit) {
  auto chats = by_activity(tables, actor.key);
  auto at = chats.begin();
  if (cursor) {
    const auto place = open_cursor(tables, actor.key, *cursor);
    if (!place) return fail(ErrorCode::bad_request, "not a cursor of this list", "cursor");
    at = chats.upper_bound(*place);
  }
  const std::size_t count = std::clamp(limit, 1U, limits::kChatListMax);
  ChatList out;
  ChatPlace last{};
  for (; at != chats.end() && out.chats.size() < count; ++at) {
    ChatRecord record = record_of(tables, at->second, actor.key);
    record.participants.clear();
    if (record.last_message && !names_participants(tables.chats.at(at->second))) {
      // Not worth counting for a list.
      record.last_message->others = 0;
      record.last_message->read_count = 0;
      record.last_message->delivered_count = 0;
    }
    out.chats.push_back(std::move(record));
    last = *at;
  }
  if (at != chats.end() && !out.chats.empty()) out.next_cursor = seal(tables, actor.key, last);
  return out;
}

std::vector<ChatId> followable(Tables& tables, UserKey user, std::uint32_t limit) {
  std::vector<ChatId> out;
  for (const auto& [activity, chat] : by_activity(tables, user)) {
    if (out.size() >= limit) break;
    out.push_back(tables.channel(chat).id.chat());
  }
  return out;
}

Result<HistoryPage> history(Tables& tables, const Actor& actor, const HistoryRequest& request) {
  const auto place = tables.find_place(request.chat, actor.key);
  if (!place) return fail(ErrorCode::forbidden, "no such chat, or you are not in it");
  HistoryPage out{.messages = {},
                  .participants = place->chat->participant_count,
                  .head = tables.channel(place->key).head()};
  const std::uint32_t limit = std::clamp(request.limit, 1U, limits::kHistoryLimitMax);
  std::size_t bytes = 0;
  // False: the page is full, and this message is one more.
  const auto take = [&](const Message& message) {
    bytes += kRecordBytes + message.shown().size();
    const bool full = out.messages.size() >= limit || bytes > request.bytes_max;
    if (full && !out.messages.empty()) {
      out.more = true;
      return false;
    }
    out.messages.push_back(record_of(tables, message, actor.key, request.with_read_by));
    return true;
  };
  const auto& messages = place->chat->messages;
  if (request.after_seq) {
    for (auto at = messages.upper_bound(*request.after_seq); at != messages.end(); ++at) {
      if (!take(tables.message(at->second))) break;
    }
    return out;
  }
  auto end = request.before_seq ? messages.lower_bound(*request.before_seq) : messages.end();
  while (end != messages.begin()) {
    const Message& message = tables.message((--end)->second);
    if (request.before_time && message.sent_at >= *request.before_time) continue;
    if (!take(message)) break;
  }
  std::reverse(out.messages.begin(), out.messages.end());
  return out;
}

Result<Attached> access(Tables& tables, UserKey user, const ChatId& chat) {
  return attach(tables, chat, user);
}

}  // namespace kith::memory
