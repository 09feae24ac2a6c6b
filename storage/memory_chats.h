// Chats' operations on the memory store's tables; their contracts stand in engine/ports/chats.h.
// What happens to messages is in memory_messages.cc, to the chats themselves in memory_chats.cc and
// memory_participants.cc, what is only read in memory_history.cc.
#pragma once

#include "storage/memory_tables.h"

namespace kith::memory {

Result<Committed> edit(Tables& tables, const Actor& actor, const EditMessage& edit);
Result<Committed> remove(Tables& tables, const Actor& actor, const DeleteMessage& remove);
Result<Committed> react(Tables& tables, const Actor& actor, const SetReaction& reaction);
Result<Committed> moderate(Tables& tables, const Actor& actor, const Moderate& moderate);
Result<MarkedRead> mark_read(Tables& tables, const Actor& actor, const ChatId& chat,
                             const MessageId& last_read);
void mark_delivered(Tables& tables, const std::vector<DeliveredMark>& marks);
Result<ReportId> report(Tables& tables, const Actor& actor, const ChatId& chat,
                        const MessageId& message, const ReportId& id);

Result<CreatedChat> create(Tables& tables, const Actor& actor, const CreateChat& create);
Result<Committed> add_participant(Tables& tables, const Actor& actor, const ChatId& chat,
                                  const UserId& user, ParticipantRole role);
Result<Committed> remove_participant(Tables& tables, const Actor& actor, const ChatId& chat,
                                     const UserId& user);

Result<ChatRecord> get(Tables& tables, const Actor& actor, const ChatId& chat);
Result<ChatList> list(Tables& tables, const Actor& actor, const std::optional<std::string>& cursor,
                      std::uint32_t limit);
std::vector<ChatId> followable(Tables& tables, UserKey user, std::uint32_t limit);
Result<HistoryPage> history(Tables& tables, const Actor& actor, const HistoryRequest& request);
Result<Attached> access(Tables& tables, UserKey user, const ChatId& chat);

// --- shared by them ---

Error no_such_chat();

// Puts a user into the chat: role, numbers, participant.join.
DurableEvent join(Tables& tables, ChannelKey chat, UserKey user, ParticipantRole role,
                  const Actor& by);
// notification.new of type "chat.joined" into the user's own channel.
DurableEvent notify_joined(Tables& tables, ChannelKey chat, UserKey user, ParticipantRole role,
                           const Actor& by);
// Ends a membership, with the standing that is left of it.
void end_membership(Tables& tables, ChannelKey chat, UserKey user, Standing standing);

// The message as `reader` sees it.
MessageRecord record_of(Tables& tables, const Message& message, UserKey reader,
                        bool with_read_by = false);
ChatRecord record_of(Tables& tables, ChannelKey chat, UserKey reader);

}  // namespace kith::memory
