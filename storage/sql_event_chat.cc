#include "storage/sql_event_chat.h"

#include "storage/sql_chat_access.h"
#include "storage/sql_membership.h"

namespace kith {

void enter_chat(WriteContext& context, const EventRow& event, const Actor& who,
                std::vector<DurableEvent>& events) {
  SqlConnection& db = context.db;
  const ChannelKey chat = event.chat.key;
  const auto row = find_participant(db, chat, who.key);
  if (row && (row->status == ParticipantStatus::in || row->banned(who.now))) return;
  db.execute(
      "INSERT INTO chat_participants(chat_id, user_id, role, status, joined_at) "
      "VALUES($1, $2, 0, 0, $3) ON CONFLICT(chat_id, user_id) DO UPDATE SET "
      "role = excluded.role, status = 0, banned_until = NULL, joined_at = excluded.joined_at",
      chat, who.key, who.now);
  db.execute("UPDATE chat_chats SET participant_count = participant_count + 1 WHERE id = $1", chat);
  context.rights_changed(chat);
  const Arrival arrival{
      .chat = event.chat, .user = reference(who), .role = ParticipantRole::member};
  events.push_back(log_join(context, who, arrival));
  events.push_back(notify_joined(context, who, arrival));
}

void leave_chat(WriteContext& context, const EventRow& event, const Actor& who,
                std::vector<DurableEvent>& events) {
  SqlConnection& db = context.db;
  const ChannelKey chat = event.chat.key;
  const auto row = find_participant(db, chat, who.key);
  const bool in = row && row->status == ParticipantStatus::in;
  if (!in || row->role == ParticipantRole::owner) return;
  db.execute(
      "UPDATE chat_participants SET status = 1, role = 0 WHERE chat_id = $1 AND user_id = $2", chat,
      who.key);
  db.execute("UPDATE chat_chats SET participant_count = participant_count - 1 WHERE id = $1", chat);
  context.rights_changed(chat);
  events.push_back(append_log(context, event.chat,
                              {.type = EventType::participant_leave,
                               .at = who.now,
                               .user = reference(who),
                               .by = reference(who)}));
}

}  // namespace kith
