#include "tests/chaos/power_cut_scene.h"

#include <map>

#include "protocol/content.h"
#include "protocol/event.h"

namespace kith::test {
namespace {

std::string next_op_id() {
  static std::uint64_t operations = 0;
  return std::to_string(++operations);
}

std::string text_of(const std::string& client_message_id) {
  std::mt19937 length(static_cast<unsigned>(std::hash<std::string>{}(client_message_id)));
  return client_message_id + std::string(length() % 5000, '.');
}

Append append_of(Scene& scene, const std::string& client_message_id) {
  UuidGenerator ids([&scene] { return scene.random(); });
  Append append{.chat = scene.chat, .sender_key = scene.user.key, .sender = scene.user.id};
  append.message = MessageId{ids.next(WallTime{})};
  append.client_message_id = client_message_id;
  append.content = text_content(text_of(client_message_id));
  return append;
}

Record record_of(const Scene& scene, Kind kind, std::string op, std::string op_id) {
  Record record{.kind = kind, .client = "writer", .channel = scene.chat.text()};
  record.op = std::move(op);
  record.op_id = std::move(op_id);
  return record;
}

void settle(Record& answer, const Result<Committed>& committed) {
  if (committed) {
    answer.kind = Kind::Ok;
    answer.seq = committed->events.empty() ? 0 : committed->events.front().seq;
  } else {
    answer.code = to_string(committed.error().code);
  }
}

}  // namespace

void send(TestShard& shard, Scene& scene, const std::set<std::string>& ids, const Note& note) {
  std::map<std::string, std::string> op_ids;
  for (const std::string& id : ids) {
    const std::string op_id = op_ids[id] = next_op_id();
    Append append = append_of(scene, id);
    Record invoke = record_of(scene, Kind::Invoke, "send", op_id);
    invoke.client_message_id = id;
    invoke.digest = content_digest(append.content.json);
    note(std::move(invoke));
    shard.append_later(std::move(append));
  }
  for (const AppendOutcome& outcome : shard.flush()) {
    const std::string& id = outcome.append.client_message_id;
    Record answer = record_of(scene, Kind::Unknown, "send", op_ids[id]);
    answer.client_message_id = id;
    if (outcome.result) {
      answer.kind = Kind::Ok;
      answer.seq = outcome.result->seq;
      answer.message_id = outcome.result->message.text();
      answer.duplicate = outcome.result->duplicate;
    } else {
      answer.code = to_string(outcome.result.error().code);
    }
    note(std::move(answer));
  }
}

void change(TestShard& shard, Scene& scene, const Note& note) {
  if (scene.standing.empty()) return;
  const auto at = static_cast<std::ptrdiff_t>(scene.random() % scene.standing.size());
  const std::string message = scene.standing[static_cast<std::size_t>(at)];
  const Actor actor{.user = scene.user.id, .key = scene.user.key};
  const MessageId id = *MessageId::parse(message);
  const bool deletes = scene.random() % 2 == 0;
  const std::string op_id = next_op_id();
  const Content content = text_content(text_of("edit " + op_id));
  Record invoke = record_of(scene, Kind::Invoke, deletes ? "delete" : "edit", op_id);
  invoke.message_id = message;
  if (deletes) {
    scene.standing.erase(scene.standing.begin() + at);
  } else {
    invoke.digest = content_digest(content.json);
  }
  Record answer = invoke;
  answer.kind = Kind::Unknown;
  note(std::move(invoke));
  settle(answer, deletes ? shard.remove(actor, {.chat = scene.chat, .message = id, .reason = {}})
                         : shard.edit(actor, {scene.chat, id, content}));
  note(std::move(answer));
}

void read_back(TestShard& shard, const Scene& scene, History& history) {
  Record log{.kind = Kind::Final, .channel = scene.chat.text(), .whole = true};
  Seq position = scene.begin;
  for (;;) {
    const auto page =
        shard.read({.channel = scene.chat, .reader = std::nullopt, .after = position});
    REQUIRE_MESSAGE(page.ok(), (page.ok() ? "" : page.error().message));
    for (const DurableEvent& event : page->events) {
      position = event.seq;
      const bool deleted = event.content == kTombstoneJson;
      const bool shown = !deleted && !event.content.empty();
      log.entries.push_back({.seq = event.seq,
                             .event = std::string(to_string(event.type)),
                             .message_id = event.message->text(),
                             .client_message_id = event.client_message_id,
                             .user = {},
                             .digest = shown ? content_digest(event.content) : 0,
                             .deleted = deleted});
    }
    log.from = scene.begin + 1;
    log.to = page->head;
    if (position >= page->head || page->events.empty()) break;
  }
  history.push_back(std::move(log));
}

}  // namespace kith::test
