#include "storage/memory_log.h"

#include <sodium.h>

#include <algorithm>

namespace kith::memory {

namespace {

// About what the frame of an event takes beside its texts: ids, times, keys.
constexpr std::size_t kEventBytes = 220;

Error no_such_channel() {
  return fail(ErrorCode::forbidden, "no such channel, or not yours");
}

// The meaning of a message as first sent. A hash, so that a deleted text is not kept.
std::string digest(const Append& append) {
  std::string meaning = append.reply_to ? append.reply_to->text() : std::string();
  meaning += '\n';
  meaning += append.content.json;
  std::string out(crypto_generichash_BYTES, '\0');
  crypto_generichash(reinterpret_cast<unsigned char*>(out.data()), out.size(),
                     reinterpret_cast<const unsigned char*>(meaning.data()), meaning.size(),
                     nullptr, 0);
  return out;
}

std::size_t size_of(const DurableEvent& event) {
  return kEventBytes + event.content.size() + event.payload.size() + event.reason.size() +
         event.client_message_id.size();
}

bool may_read(Tables& tables, ChannelKey key, UserKey user) {
  const ChannelId& id = tables.channel(key).id;
  if (id.kind == IdKind::user) return key == own_channel(user);
  return id.is_chat() && tables.find_place(id.chat(), user).has_value();
}

}  // namespace

bool names_participants(const Chat& chat) {
  return chat.participant_count <= limits::kReceiptsParticipantsMax;
}

Result<Appended> append(Tables& tables, const Append& append) {
  const auto place = tables.find_place(append.chat, append.sender_key);
  if (!place) return fail(ErrorCode::forbidden, "no such chat, or you are not in it");
  std::string meaning = digest(append);
  std::tuple client_id{place->key, append.sender_key, append.client_message_id};
  const auto original = tables.messages_by_client_id.find(client_id);
  if (original != tables.messages_by_client_id.end()) {
    const Message& sent = tables.message(original->second);
    if (sent.first_digest != meaning) {
      return fail(ErrorCode::conflict, "this client_message_id was used for another message",
                  "client_message_id");
    }
    return Appended{.seq = sent.seq,
                    .position = sent.position,
                    .message = sent.id,
                    .sent_at = sent.sent_at,
                    .duplicate = true};
  }
  if (place->member->muted(append.sent_at)) {
    return fail(ErrorCode::forbidden, "you are muted in this chat");
  }
  std::optional<MessageKey> reply_to;
  if (append.reply_to) {
    reply_to = tables.find_message(place->key, *append.reply_to);
    if (!reply_to) return fail(ErrorCode::not_found, "no such message in this chat", "reply_to");
  }

  const MessageKey key{tables.messages.size()};
  Message sent{.id = append.message,
               .chat = place->key,
               .sender = append.sender_key,
               .sent_at = append.sent_at,
               .edited_at = std::nullopt,
               .deleted_at = std::nullopt,
               .reply_to = reply_to,
               .client_message_id = append.client_message_id,
               .first_digest = std::move(meaning),
               .content = append.content.json,
               .reactions = {}};
  sent.seq = tables.channel(place->key).head() + 1;
  sent.position = tables.positions.size() + 1;
  const Appended done{.seq = sent.seq,
                      .position = sent.position,
                      .message = sent.id,
                      .sent_at = sent.sent_at,
                      .duplicate = false};
  tables.messages.push_back(std::move(sent));
  tables.messages_by_id.emplace(append.message, key);
  tables.messages_by_client_id.emplace(std::move(client_id), key);
  place->chat->messages.emplace(done.seq, key);
  tables.append(place->key, {.type = EventType::message_new,
                             .at = append.sent_at,
                             .user = append.sender_key,
                             .by = std::nullopt,
                             .message = key,
                             .until = std::nullopt,
                             .detail = {}});
  return done;
}

Result<Attached> attach(Tables& tables, const ChannelId& channel, UserKey user) {
  const auto key = tables.find_channel(channel);
  if (!key || !may_read(tables, *key, user)) return no_such_channel();
  Attached out{.key = *key, .head = tables.channel(*key).head(), .receipts = {}};
  if (!channel.is_chat()) return out;
  const Chat& chat = tables.chats.at(*key);
  out.participants = chat.participant_count;
  out.role = chat.members.at(user).role;
  out.muted_until = chat.members.at(user).muted_until;
  if (names_participants(chat)) {
    for (const auto& [participant, member] : chat.members) {
      if (member.standing != Standing::in) continue;
      out.receipts.push_back({tables.user_id(participant), member.last_read_seq});
    }
  }
  return out;
}

Result<Page> read(Tables& tables, const PageRequest& request) {
  const auto key = tables.find_channel(request.channel);
  if (!key) return no_such_channel();
  if (request.reader && !may_read(tables, *key, *request.reader)) return no_such_channel();
  const Channel& channel = tables.channel(*key);
  Page page{.events = {}, .head = channel.head()};
  Seq from = request.after;
  if (from < channel.trimmed) from = page.trimmed_to = channel.trimmed;
  std::size_t bytes = 0;
  for (Seq seq = from + 1; seq <= channel.head() && page.events.size() < request.events_max;
       ++seq) {
    DurableEvent event = tables.durable_event(channel, channel.log[seq - 1]);
    bytes += size_of(event);
    if (bytes > request.bytes_max && !page.events.empty()) break;
    page.events.push_back(std::move(event));
  }
  return page;
}

Result<Measure> measure(Tables& tables, const ChannelId& channel_id, Seq after) {
  const auto key = tables.find_channel(channel_id);
  if (!key) return no_such_channel();
  const Channel& channel = tables.channel(*key);
  Measure out;
  if (after >= channel.head()) return out;
  out.events = channel.head() - after;
  for (Seq seq = std::max(after, channel.trimmed) + 1; seq <= channel.head(); ++seq) {
    if (out.bytes > limits::kReplayBytesMax) break;
    out.bytes += size_of(tables.durable_event(channel, channel.log[seq - 1]));
  }
  return out;
}

Heads heads_since(Tables& tables, std::optional<Position> position, const AskedChannels& asked) {
  Heads out{.position = tables.positions.size(), .heads = {}};
  if (!position) return out;
  std::map<ChannelKey, Seq> newest;
  if (look_at_each(asked, *position, out)) {
    for (const ChannelId& id : *asked) {
      const auto key = tables.find_channel(id);
      if (key) newest[*key] = tables.channel(*key).head();
    }
  } else {
    for (Position at = *position; at < tables.positions.size(); ++at) {
      newest[tables.positions[at].first] = tables.positions[at].second;
    }
  }
  for (const auto& [key, seq] : newest) out.heads.push_back({tables.channel(key).id, seq});
  return out;
}

}  // namespace kith::memory
