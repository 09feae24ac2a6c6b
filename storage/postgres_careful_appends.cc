// The careful way of PostgresAppends.
#include <algorithm>
#include <cstring>

#include "protocol/assert.h"
#include "protocol/keyed_hash.h"
#include "storage/postgres_appends.h"

namespace kith {
namespace {

constexpr const char* kLock =
    "SELECT id, last_seq FROM channels WHERE id = ANY($1) ORDER BY id FOR UPDATE";
// LIMIT: as in KITH_QUICK (postgres_appends.cc).
constexpr const char* kRights =
    "SELECT w.n, p.status, p.muted_until FROM unnest($1, $2) WITH ORDINALITY AS w(chat, sender, n)"
    " CROSS JOIN LATERAL (SELECT t.status, t.muted_until FROM chat_participants t"
    " WHERE t.chat_id = w.chat AND t.user_id = w.sender LIMIT 1) p";
constexpr const char* kOriginals =
    "SELECT w.n, m.position, m.seq, m.id, m.sent_at, m.first_digest"
    " FROM unnest($1, $2, $3) WITH ORDINALITY AS w(client_id, sender, chat, n)"
    " CROSS JOIN LATERAL (SELECT o.position, o.seq, o.id, o.sent_at, o.first_digest"
    " FROM chat_messages o WHERE o.client_message_id = w.client_id AND o.sender_id = w.sender"
    " AND o.chat_id = w.chat LIMIT 1) m";
constexpr const char* kReplies =
    "SELECT w.n, m.position FROM unnest($1, $2) WITH ORDINALITY AS w(id, chat, n)"
    " CROSS JOIN LATERAL (SELECT o.position FROM chat_messages o"
    " WHERE o.id = w.id AND o.chat_id = w.chat LIMIT 1) m";
constexpr const char* kDraw =
    "SELECT nextval('log_positions') FROM unnest($1) WITH ORDINALITY AS w(chat, n) ORDER BY w.n";
constexpr const char* kInsert =
    "INSERT INTO chat_messages(position, chat_id, seq, sender_id, sent_at, reply_to, id,"
    " first_digest, client_message_id, content)"
    " SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

PostgresConnection::Parameter of(const PostgresArray& array) {
  return {&array.data(), array.type()};
}

Error another_content() {
  return fail(ErrorCode::conflict, "this client_message_id was sent with another content",
              "client_message_id");
}

}  // namespace

std::size_t PostgresAppends::MessageKeyHash::operator()(const MessageKey& key) const {
  const auto chat = static_cast<std::uint64_t>(key.chat) * 0x9e3779b97f4a7c15ULL;
  const auto sender = static_cast<std::uint64_t>(key.sender) * 0xc2b2ae3d27d4eb4fULL;
  return KeyedTextHash{}(key.client_message_id) ^ static_cast<std::size_t>(chat ^ (sender >> 7U));
}

void PostgresAppends::run(Jobs jobs, Own own) {
  std::vector<Known> known(jobs.size());
  lock_chats(jobs, known);
  if (!connection_.failure()) look_up(jobs, known, own);
  if (connection_.failure()) return;
  decide(jobs, known);
  insert(jobs, known);
}

void PostgresAppends::lock_chats(Jobs jobs, std::vector<Known>& known) {
  find_chats(jobs);
  if (connection_.failure()) return;
  std::vector<ChannelKey> chats;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    known[i].chat = context_.cached_key(jobs[i]->append.chat);
    if (known[i].chat) chats.push_back(*known[i].chat);
  }
  std::sort(chats.begin(), chats.end());
  chats.erase(std::unique(chats.begin(), chats.end()), chats.end());
  PostgresArray keys(PostgresType::int8);
  keys.start(chats.size());
  for (const ChannelKey chat : chats) keys.add(static_cast<std::int64_t>(chat));
  connection_.send(kLock, {of(keys)});
  const auto results = connection_.exchange();
  if (connection_.failure()) return;
  for (int row = 0; row < PQntuples(results.back().get()); ++row) {
    context_.learn_head({.channel = ChannelKey{integer_of(results.back().get(), row, 0)},
                         .seq = static_cast<Seq>(integer_of(results.back().get(), row, 1))});
  }
}

void PostgresAppends::look_up(Jobs jobs, std::vector<Known>& known, Own own) {
  Columns& c = columns_;
  for (PostgresArray* column : {&c.chat, &c.sender, &c.client_id, &c.reply_id}) {
    column->start(jobs.size());
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const Append& append = jobs[i]->append;
    c.chat.add(static_cast<std::int64_t>(known[i].chat.value_or(ChannelKey{})));
    c.sender.add(static_cast<std::int64_t>(append.sender_key));
    c.client_id.add(std::string_view(append.client_message_id));
    append.reply_to ? c.reply_id.add(append.reply_to->uuid) : c.reply_id.add_null();
  }
  // Drawn for each, let in or not: positions may have holes.
  connection_.mark_position();
  connection_.send(kRights, {of(c.chat), of(c.sender)});
  connection_.send(kOriginals, {of(c.client_id), of(c.sender), of(c.chat)});
  connection_.send(kReplies, {of(c.reply_id), of(c.chat)});
  connection_.send(kDraw, {of(c.chat)});
  const auto answers = connection_.exchange();
  if (connection_.failure()) return;
  const auto results = std::span(answers).last(4);  // without the mark's
  const auto place = [](const PGresult* rows, int row) {
    return static_cast<std::size_t>(integer_of(rows, row, 0) - 1);
  };
  const PGresult* rights = results[0].get();
  for (int row = 0; row < PQntuples(rights); ++row) {
    known[place(rights, row)].right = {.participant = integer_of(rights, row, 1) == 0,
                                       .muted_until_ms = integer_of(rights, row, 2)};
  }
  read_originals(jobs, known, results[1].get(), own);
  const PGresult* replies = results[2].get();
  for (int row = 0; row < PQntuples(replies); ++row) {
    known[place(replies, row)].reply_to = static_cast<Position>(integer_of(replies, row, 1));
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    known[i].position = static_cast<Position>(integer_of(results[3].get(), static_cast<int>(i), 0));
  }
}

void PostgresAppends::read_originals(Jobs jobs, std::vector<Known>& known, const PGresult* rows,
                                     Own own) const {
  for (int row = 0; row < PQntuples(rows); ++row) {
    const auto at = static_cast<std::size_t>(integer_of(rows, row, 0) - 1);
    const AppendJob& job = *jobs[at];
    const std::string_view digest = bytes_of(rows, row, 5);
    if (digest.size() != job.digest.size() ||
        std::memcmp(digest.data(), job.digest.data(), digest.size()) != 0) {
      known[at].original = another_content();
      continue;
    }
    Uuid id{};
    std::memcpy(id.data(), PQgetvalue(rows, row, 3), id.size());
    const bool ours = own == Own::ours && id == job.append.message.uuid;
    // It was let in when it was stored, whatever has happened to its sender since.
    if (ours) known[at].right.participant = true;
    known[at].original = Result<Appended>(
        Appended{.seq = static_cast<Seq>(integer_of(rows, row, 2)),
                 .position = static_cast<Position>(integer_of(rows, row, 1)),
                 .message = MessageId{id},
                 .sent_at = WallTime{std::chrono::milliseconds{integer_of(rows, row, 4)}},
                 .duplicate = !ours});
  }
}

void PostgresAppends::decide(Jobs jobs, std::vector<Known>& known) {
  let_in_.clear();
  let_in_by_id_.clear();
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    context_.begin_job();
    jobs[i]->outcome = decide_one(*jobs[i], known[i], known, jobs);
    if (!*jobs[i]->outcome || known[i].original) continue;
    const Append& append = jobs[i]->append;
    if ((*jobs[i]->outcome)->duplicate) continue;  // of one before it in the batch
    let_in_.emplace(MessageKey{*known[i].chat, append.sender_key, append.client_message_id}, i);
    let_in_by_id_.emplace(append.message, i);
  }
}

Result<Appended> PostgresAppends::decide_one(const AppendJob& job, Known& known,
                                             const std::vector<Known>& all, Jobs jobs) {
  const Append& append = job.append;
  if (!known.chat || !known.right.participant) {
    return fail(ErrorCode::forbidden, "no such chat, or not in it");
  }
  if (known.original) return *known.original;
  const auto same =
      let_in_.find(MessageKey{*known.chat, append.sender_key, append.client_message_id});
  if (same != let_in_.end()) {
    const AppendJob& first = *jobs[same->second];
    if (first.digest != job.digest) return another_content();
    Appended repeated = **first.outcome;
    repeated.duplicate = true;
    return repeated;
  }
  if (let_in_by_id_.contains(append.message)) {
    return fail(ErrorCode::internal, "the message's id is taken");
  }
  if (known.right.muted_until_ms > append.sent_at.time_since_epoch().count()) {
    return fail(ErrorCode::forbidden, "muted");
  }
  if (append.reply_to && !known.reply_to) {
    const auto base = let_in_by_id_.find(*append.reply_to);
    if (base == let_in_by_id_.end() || all[base->second].chat != known.chat) {
      return fail(ErrorCode::not_found, "reply_to is no message of this chat", "reply_to");
    }
    known.reply_to = all[base->second].position;
  }
  return Appended{.seq = context_.next_seq(*known.chat),
                  .position = known.position,
                  .message = append.message,
                  .sent_at = append.sent_at};
}

void PostgresAppends::insert(Jobs jobs, const std::vector<Known>& known) {
  if (let_in_.empty()) return;
  Columns& c = columns_;
  for (PostgresArray* column : {&c.position, &c.chat, &c.seq, &c.sender, &c.sent_at, &c.reply_to,
                                &c.id, &c.digest, &c.client_id, &c.content}) {
    column->start(let_in_.size());
  }
  std::vector<AppendJob*> inserted;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto by_id = let_in_by_id_.find(jobs[i]->append.message);
    if (by_id == let_in_by_id_.end() || by_id->second != i) continue;
    const Append& append = jobs[i]->append;
    inserted.push_back(jobs[i]);
    c.position.add(static_cast<std::int64_t>(known[i].position));
    c.chat.add(static_cast<std::int64_t>(*known[i].chat));
    c.seq.add(static_cast<std::int64_t>((*jobs[i]->outcome)->seq));
    c.sender.add(static_cast<std::int64_t>(append.sender_key));
    c.sent_at.add(append.sent_at.time_since_epoch().count());
    known[i].reply_to ? c.reply_to.add(static_cast<std::int64_t>(*known[i].reply_to))
                      : c.reply_to.add_null();
    c.id.add(append.message.uuid);
    c.digest.add(jobs[i]->digest);
    c.client_id.add(std::string_view(append.client_message_id));
    c.content.add(std::string_view(append.content.json));
  }
  connection_.send(
      kInsert, {of(c.position), of(c.chat), of(c.seq), of(c.sender), of(c.sent_at), of(c.reply_to),
                of(c.id), of(c.digest), of(c.client_id), of(c.content)});
  send_attachments(inserted);
  connection_.exchange();
}

}  // namespace kith
