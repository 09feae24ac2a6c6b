// What happened in a run, one record per happening, as the clients saw it: the checker's only
// input (checker.h), whoever ran: kith-bench, the simulation, the chaos runs, a test.
//
// On disk a history is JSON lines, one record a line, fields that are empty or zero left out.
// Records of one client stand in the order in which it saw them; all together in the order of `t`
// (a history of several files is merged by it).
//
// Which fields a kind has ([] may be missing; every record has `t` and `kind`):
//
//   begin       channel, seq: the head of the channel's log before the run. What stands at or below
//               it is not judged. Without one: 0.
//   invoke      client, op, op_id, [conn]: an operation went out. op_id is unique in its client.
//                 send:   channel, client_message_id, digest, [user: else the client's]
//                 edit:   channel, message_id, digest
//                 delete, hide: channel, message_id: makes a tombstone; restore: takes it away
//                 erase:  of a user: any message may be a tombstone from then on
//                 history: channel        subscribe: channel, [from] (the after_seq that was sent)
//                 react, read_mark, anything else: channel, [message_id]
//   ok          client, op, op_id, [conn]: it was answered.
//                 send:   channel, client_message_id, seq, message_id, [duplicate], [user]
//                 edit, delete, react: channel, message_id, [seq: the event's; none: no change]
//                 history: channel, entries, [from], [to]: the page holds every message numbered
//                          from..to, both inclusive; without `to`, up to the end of the log.
//   fail        client, op, op_id, [code]: definitely refused; it must never show anywhere.
//   unknown     client, op, op_id, [code]: no answer, or `unavailable`: it may have happened or
//               not. (An operation that gets none of the three counts as unknown.)
//   connect     client, conn, user          disconnect  client, conn
//               conn numbers a client's connections: 1, 2, 3 ... A client that never disconnects
//               is finally connected, and must have reached the end of what it follows.
//   attach      client, conn, channel, seq, [from], [recovered], [presence]: `subscribed` came.
//               seq: the head that it names; from: the after_seq that was asked for (none: from now
//               on). The replay's `deliver` records stand before it. Not recovered with a `from`:
//               what lies between is a gap, told by this record or by a `gap` beside it.
//   detach      client, conn, channel: `unsubscribed` came.
//   gap         client, conn, channel, from, to: numbers that the server said it does not deliver.
//   deliver     client, conn, channel, seq, event, [message_id], [client_message_id], [digest],
//               [deleted], [user: who did it]: a durable event.
//   ephemeral   client, conn, channel, user, event: typing.start, typing.stop, presence.join,
//               presence.leave (also one presence.join for each user that `subscribed` lists).
//   truth       user, channel, what ("presence" or "typing"), value (1 or 0): it is so from t on.
//   right       user, channel, change ("gained" or "lost"), seq: by the durable event of that
//               number, at t.
//   final       channel, entries, [from], [to], [whole]: the log as it is read at the end, as one
//               record or as several pages. whole: every number from..to is there, not only the
//               messages. A channel without a `final` is not judged by what is stored.
//   resource    what ("rss", "fds", "queue bytes" ...), value, limit
//   process     what (its name), event ("started", "exited", "sanitizer"), [code: of the exit, or
//               the signal's name, or the report's first line], [expected: the run wanted this end]
//   heal        what (the fault), deadline: a fault ended at t; all must be well by `deadline` (on
//               the clock of t). well: when it was; none: never seen to be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kith::test {

enum class Kind : std::uint8_t {
  Begin,
  Invoke,
  Ok,
  Fail,
  Unknown,
  Connect,
  Disconnect,
  Attach,
  Detach,
  Gap,
  Deliver,
  Ephemeral,
  Truth,
  Right,
  Final,
  Resource,
  Process,
  Heal,
};

// One line of a log or of a page of messages.
struct Entry {
  std::uint64_t seq = 0;
  std::string event = "message.new";
  std::string message_id;
  std::string client_message_id;
  std::string user;          // who wrote it, or did it
  std::uint64_t digest = 0;  // of the content as it is now; 0: none, or not looked at
  bool deleted = false;      // a tombstone stands there

  bool operator==(const Entry&) const = default;
};

struct Record {
  std::int64_t t = 0;  // ns, one monotonic clock for the whole run
  Kind kind = Kind::Invoke;
  std::string client;
  std::uint32_t conn = 0;
  std::string user;
  std::string channel;
  std::string op;
  std::string op_id;
  std::uint64_t seq = 0;
  std::string event;
  std::string message_id;
  std::string client_message_id;
  std::uint64_t digest = 0;
  bool deleted = false;
  bool duplicate = false;
  bool recovered = false;
  bool presence = false;
  bool whole = false;
  bool expected = false;
  std::optional<std::uint64_t> from;
  std::optional<std::uint64_t> to;
  std::string code;
  std::string what;
  std::string change;
  std::int64_t value = 0;
  std::int64_t limit = 0;
  std::int64_t deadline = 0;
  std::optional<std::int64_t> well;
  std::vector<Entry> entries;

  bool operator==(const Record&) const = default;
};

using History = std::vector<Record>;

// Of `content.text`, the same for whoever sends it and whoever sees it. Never 0.
std::uint64_t content_digest(std::string_view text);

std::string_view name_of(Kind kind);

// Appends one line, its newline included.
void append_json(std::string& out, const Record& record);
std::string to_json(const Record& record);  // without a newline

// One line back. Throws std::invalid_argument with the reason: a history that cannot be read proves
// nothing, so there is no half-read record.
Record from_json(std::string_view line);

}  // namespace kith::test
