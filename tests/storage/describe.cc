#include "tests/storage/describe.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/time_format.h"

namespace kith {
namespace {

std::string text(const std::optional<WallTime>& time) {
  return time ? format_time(*time) : std::string("-");
}

template <typename IdType>
std::string text(const std::optional<IdType>& id) {
  return id ? id->text() : std::string("-");
}

// Notification ids are the store's own: blotted out.
std::string without_notification_id(std::string json) {
  const auto at = json.find("ntf_");
  if (at != std::string::npos) json.replace(at, 4 + kIdDigits, "ntf");
  return json;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) {
    out += "\n    ";
    out += line;
  }
  return out;
}

template <typename T>
std::string all(const std::vector<T>& values) {
  std::vector<std::string> lines;
  for (const T& value : values) lines.push_back(describe(value));
  return joined(lines);
}

}  // namespace

std::string describe(const DurableEvent& event) {
  DurableEvent shown = event;
  shown.payload = without_notification_id(shown.payload);
  std::string out;
  append_event_json(out, shown);
  return out;
}

std::string describe(const Appended& appended) {
  return fmt::format("appended {} {} {}{}", appended.seq, appended.message.text(),
                     format_time(appended.sent_at), appended.duplicate ? " duplicate" : "");
}

std::string describe(const Committed& committed) {
  return "committed by " + text(committed.by) + all(committed.events);
}

std::string describe(const MarkedRead& marked) {
  return fmt::format("read {} moved {} of {}", marked.seq, marked.moved, marked.participants);
}

std::string describe(const MessageRecord& message) {
  std::string out = fmt::format(
      "message {} {} {} {} {} reply {} sent {} edited {} deleted {} read {} delivered {} of {}",
      message.seq, message.message.text(), message.client_message_id, message.sender.text(),
      message.content, text(message.reply_to), format_time(message.sent_at),
      text(message.edited_at), text(message.deleted_at), message.read_count,
      message.delivered_count, message.others);
  for (const auto& reaction : message.reactions) {
    out += fmt::format(" {}x{}{}", reaction.emoji, reaction.count, reaction.me ? "!" : "");
  }
  for (const auto& reader : message.read_by) out += " by " + reader.text();
  return out;
}

std::string describe(const ChatRecord& chat) {
  std::string out = fmt::format("chat {} {} '{}' {} head {} count {} role {} read {} unread {}",
                                chat.id.text(), to_string(chat.type), chat.name,
                                format_time(chat.created_at), chat.head, chat.participant_count,
                                to_string(chat.role), chat.last_read_seq, chat.unread_count);
  for (const auto& participant : chat.participants) {
    out += fmt::format("\n      {} {} {} {}", participant.user.text(), to_string(participant.role),
                       participant.display_name, participant.last_read_seq);
  }
  if (chat.last_message) out += "\n      last " + describe(*chat.last_message);
  return out;
}

std::string describe(const CreatedChat& created) {
  return fmt::format("{} {}{}", created.created ? "created" : "existing", describe(created.chat),
                     all(created.events));
}

std::string describe(const ChatList& list) {
  return "list" + all(list.chats) + (list.next_cursor ? "\n    more" : "");
}

std::string describe(const std::vector<ChatId>& chats) {
  std::vector<std::string> lines;
  for (const auto& chat : chats) lines.push_back(chat.text());
  return "chats" + joined(lines);
}

std::string describe(const HistoryPage& page) {
  return fmt::format("history of {}{}{}", page.participants, page.more ? ", more" : "",
                     all(page.messages));
}

std::string describe(const Attached& attached) {
  std::vector<std::string> lines;
  for (const auto& receipt : attached.receipts) {
    lines.push_back(fmt::format("{} {}", receipt.user.text(), receipt.last_read_seq));
  }
  return fmt::format("attached head {} of {} as {} muted {}{}", attached.head,
                     attached.participants, to_string(attached.role), text(attached.muted_until),
                     joined(lines));
}

std::string describe(const Page& page) {
  return fmt::format("page head {} trimmed {}{}", page.head, page.trimmed_to, all(page.events));
}

std::string describe(const Heads& heads) {
  std::vector<std::string> lines;
  for (const auto& head : heads.heads) {
    lines.push_back(fmt::format("{} {}", head.channel.text(), head.seq));
  }
  std::sort(lines.begin(), lines.end());
  return "heads" + joined(lines);
}

std::string describe(const ReportId& report) {
  return "report " + report.text();
}

std::string describe(const UserRecord& user) {
  return fmt::format("user {} {} {} {} {} {} created {} active {}", user.id.text(), user.email,
                     user.display_name, user.city, user.interests_json, to_string(user.role),
                     format_time(user.created_at), text(user.last_active_at));
}

std::string describe(const Error& error) {
  std::string out(to_string(error.code));
  if (!error.field.empty()) out += " (" + error.field + ")";
  return out;
}

std::string describe(const Nothing&) {
  return "done";
}

}  // namespace kith
