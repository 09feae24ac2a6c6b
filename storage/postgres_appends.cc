// The quick way of PostgresAppends, and what both ways share.
#include "storage/postgres_appends.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <unordered_set>

#include "protocol/assert.h"
#include "protocol/failpoint.h"

namespace kith {
namespace {

// kind 1: IdKind::chat
constexpr const char* kFindChats =
    "SELECT id, public_id FROM channels WHERE public_id = ANY($1) AND kind = 1";
static_assert(static_cast<int>(IdKind::chat) == 1);

constexpr const char* kRaiseHeads =
    "WITH held AS MATERIALIZED (SELECT c.id, w.n FROM unnest($1, $2) AS w(id, n)"
    " JOIN channels c ON c.id = w.id ORDER BY c.id FOR UPDATE OF c)"
    " UPDATE channels c SET last_seq = c.last_seq + h.n FROM held h WHERE c.id = h.id"
    " RETURNING c.id, c.last_seq";

// `later`: how many of the batch come behind it in its channel. muted_until lies in the past of
// whoever may send. LIMIT has each message look up its own participant: as a join, a table of which
// the server has no statistics yet is gone through for every message of the batch.
#define KITH_QUICK(reply_column, reply_value, reply_parameter, reply_name, reply_join)          \
  "WITH put AS (INSERT INTO chat_messages(position, chat_id, seq, sender_id, sent_at, id,"      \
  " first_digest, client_message_id, content" reply_column                                      \
  ") SELECT nextval('log_positions'), m.chat, c.last_seq - m.later, m.sender, m.at, m.id,"      \
  " m.digest, m.client_id, m.content" reply_value                                               \
  " FROM unnest($1, $2, $3, $4, $5, $6, $7, $8" reply_parameter                                 \
  ") WITH ORDINALITY AS m(chat, later, sender, at, id, digest, client_id, content" reply_name   \
  ", n) CROSS JOIN LATERAL (SELECT h.last_seq FROM channels h WHERE h.id = m.chat LIMIT 1) c"   \
  " CROSS JOIN LATERAL (SELECT 1 FROM chat_participants p WHERE p.chat_id = m.chat"             \
  " AND p.user_id = m.sender AND p.status = 0 AND coalesce(p.muted_until, 0) <= m.at LIMIT 1) " \
  "p" reply_join                                                                                \
  " ORDER BY m.n RETURNING position)"                                                           \
  " SELECT array_agg(position), require_rows($9, count(*)) FROM put"
constexpr const char* kQuick = KITH_QUICK("", "", "", "", "");
constexpr const char* kQuickWithReplies =
    KITH_QUICK(", reply_to", ", r.position", ", $10", ", reply",
               " LEFT JOIN chat_messages r ON r.id = m.reply AND r.chat_id = m.chat"
               " WHERE m.reply IS NULL OR r.position IS NOT NULL");
#undef KITH_QUICK

constexpr const char* kAttachments =
    "INSERT INTO message_attachments(message_id, media_id, type, metadata)"
    " SELECT m.position, a.media, a.type, a.metadata"
    " FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS a(message, media, type, metadata, n)"
    " JOIN chat_messages m ON m.id = a.message ORDER BY a.n";

constexpr Oid kInt8 = static_cast<Oid>(PostgresType::int8);
constexpr std::size_t kArrayHeadBytes = 20;

std::string big_endian(std::uint64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
  return out;
}

std::int64_t integer_of_element(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8U | static_cast<std::uint8_t>(c);
  return static_cast<std::int64_t>(value);
}

}  // namespace

PostgresAppends::PostgresAppends(WriteContext& context, PostgresConnection& connection)
    : context_(context), connection_(connection) {}

bool PostgresAppends::promising(Jobs jobs) {
  bool all_new = true;
  for (const AppendJob* job : jobs) all_new = !recent_.seen(job->append) && all_new;
  return all_new;
}

bool PostgresAppends::commit_quickly(Jobs jobs) {
  connection_.begin_write();
  find_chats(jobs);
  std::vector<ChannelKey> chats;
  chats.reserve(jobs.size());
  for (const AppendJob* job : jobs) {
    const auto chat = context_.cached_key(job->append.chat);
    if (!chat) return false;
    chats.push_back(*chat);
  }
  send_quick(jobs, chats);
  send_attachments(jobs);
  KITH_FAILPOINT("before_commit");
  const auto results = connection_.commit_with_answers();
  if (connection_.failure()) return true;
  KITH_FAILPOINT("after_commit");
  answer_quick(jobs, chats, results);
  return true;
}

void PostgresAppends::find_chats(Jobs jobs) {
  std::unordered_set<ChannelId, IdHash> missing;
  for (const AppendJob* job : jobs) {
    if (!context_.cached_key(job->append.chat)) missing.insert(job->append.chat);
  }
  if (missing.empty()) return;
  PostgresArray ids(PostgresType::uuid);
  ids.start(missing.size());
  for (const ChannelId& id : missing) ids.add(id.uuid);
  connection_.send(kFindChats, {{&ids.data(), ids.type()}});
  const auto results = connection_.exchange();
  if (connection_.failure()) return;
  const PGresult* rows = results.back().get();
  for (int row = 0; row < PQntuples(rows); ++row) {
    Uuid id{};
    std::memcpy(id.data(), PQgetvalue(rows, row, 1), id.size());
    context_.learn_key(ChannelId(IdKind::chat, id), ChannelKey{integer_of(rows, row, 0)});
  }
}

void PostgresAppends::send_quick(Jobs jobs, const std::vector<ChannelKey>& chats) {
  std::map<ChannelKey, std::int64_t> counts;
  for (const ChannelKey chat : chats) ++counts[chat];
  // The id of the transaction comes back before the COMMIT is run: should the connection be lost
  // meanwhile, it is what the outcome is asked by.
  connection_.send_begin();
  connection_.ask_for_answers();
  connection_.mark_position();
  Columns& c = columns_;
  c.chat.start(counts.size());
  c.seq.start(counts.size());
  for (const auto& [chat, count] : counts) {
    c.chat.add(static_cast<std::int64_t>(chat));
    c.seq.add(count);
  }
  connection_.send(kRaiseHeads, {{&c.chat.data(), c.chat.type()}, {&c.seq.data(), c.seq.type()}});

  bool replies = false;
  for (PostgresArray* column : {&c.chat, &c.seq, &c.sender, &c.sent_at, &c.id, &c.digest,
                                &c.client_id, &c.content, &c.reply_id}) {
    column->start(jobs.size());
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Append& append = jobs[i]->append;
    c.chat.add(static_cast<std::int64_t>(chats[i]));
    c.seq.add(--counts[chats[i]]);
    c.sender.add(static_cast<std::int64_t>(append.sender_key));
    c.sent_at.add(append.sent_at.time_since_epoch().count());
    c.id.add(append.message.uuid);
    c.digest.add(jobs[i]->digest);
    c.client_id.add(std::string_view(append.client_message_id));
    c.content.add(std::string_view(append.content.json));
    replies = replies || append.reply_to;
    append.reply_to ? c.reply_id.add(append.reply_to->uuid) : c.reply_id.add_null();
  }
  const std::string wanted = big_endian(jobs.size());
  const auto of = [](const PostgresArray& array) {
    return PostgresConnection::Parameter{&array.data(), array.type()};
  };
  if (replies) {
    connection_.send(kQuickWithReplies, {of(c.chat),
                                         of(c.seq),
                                         of(c.sender),
                                         of(c.sent_at),
                                         of(c.id),
                                         of(c.digest),
                                         of(c.client_id),
                                         of(c.content),
                                         {&wanted, kInt8},
                                         of(c.reply_id)});
  } else {
    connection_.send(kQuick, {of(c.chat),
                              of(c.seq),
                              of(c.sender),
                              of(c.sent_at),
                              of(c.id),
                              of(c.digest),
                              of(c.client_id),
                              of(c.content),
                              {&wanted, kInt8}});
  }
}

void PostgresAppends::send_attachments(Jobs jobs) {
  std::size_t count = 0;
  for (const AppendJob* job : jobs) {
    if (!job->outcome || *job->outcome) count += job->append.content.attachments.size();
  }
  if (count == 0) return;
  PostgresArray message(PostgresType::uuid);
  PostgresArray media(PostgresType::text);
  PostgresArray type(PostgresType::text);
  PostgresArray metadata(PostgresType::text);
  for (PostgresArray* column : {&message, &media, &type, &metadata}) column->start(count);
  for (const AppendJob* job : jobs) {
    if (job->outcome && !*job->outcome) continue;
    for (const Attachment& attachment : job->append.content.attachments) {
      message.add(job->append.message.uuid);
      media.add(std::string_view(attachment.media_id));
      type.add(std::string_view(attachment.type));
      attachment.metadata.empty() ? metadata.add_null()
                                  : metadata.add(std::string_view(attachment.metadata));
    }
  }
  connection_.send(kAttachments, {{&message.data(), message.type()},
                                  {&media.data(), media.type()},
                                  {&type.data(), type.type()},
                                  {&metadata.data(), metadata.type()}});
}

void PostgresAppends::answer_quick(Jobs jobs, const std::vector<ChannelKey>& chats,
                                   const std::vector<PostgresResult>& results) {
  KITH_ASSERT(results.size() >= 3);  // the mark, the heads, the positions
  std::unordered_map<ChannelKey, Seq> next;
  const PGresult* heads = results[1].get();
  for (int row = 0; row < PQntuples(heads); ++row) {
    next[ChannelKey{integer_of(heads, row, 0)}] = static_cast<Seq>(integer_of(heads, row, 1)) + 1;
  }
  for (const ChannelKey chat : chats) --next.at(chat);
  std::string_view positions = bytes_of(results[2].get(), 0, 0).substr(kArrayHeadBytes);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Append& append = jobs[i]->append;
    jobs[i]->outcome = Result<Appended>(
        Appended{.seq = next.at(chats[i])++,
                 .position = static_cast<Position>(integer_of_element(next_element(positions))),
                 .message = append.message,
                 .sent_at = append.sent_at});
  }
}

}  // namespace kith
