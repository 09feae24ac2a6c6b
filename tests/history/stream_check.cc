#include "tests/history/stream_check.h"

#include <algorithm>

namespace kith::test {

StreamCheck::Client& StreamCheck::client_of(const Record& record) {
  const Index index = facts_.clients.of(record.client);
  if (clients_.size() <= index) clients_.resize(index + 1);
  return clients_[index];
}

Index StreamCheck::user_of(const Record& record) {
  if (!record.user.empty()) return facts_.users.of(record.user);
  return record.client.empty() ? kNone : client_of(record).user;
}

std::int64_t StreamCheck::connected_at(const Record& record) {
  return client_of(record).connected_at;
}

std::string StreamCheck::who(const Record& record) const {
  return record.client + " (connection " + std::to_string(record.conn) + ") in " + record.channel;
}

void StreamCheck::connect(const Record& record) {
  Client& client = client_of(record);
  if (!record.user.empty()) client.user = facts_.users.of(record.user);
  client.conn = record.conn;
  client.connected_at = record.t;
  client.streams.clear();
}

void StreamCheck::disconnect(const Record& record) {
  Client& client = client_of(record);
  if (client.conn != record.conn) return;  // an older one's end
  client.conn = 0;
  client.streams.clear();
}

void StreamCheck::subscribing(const Record& record) {
  Client& client = client_of(record);
  Stream& stream = client.streams[facts_.channel_names.of(record.channel)];
  if (stream.live) stream.asked = record.from;
}

// The replay went from the number behind the one that was asked to the head, and left none out.
void StreamCheck::resumed(Stream& stream, const Record& record, Line line) {
  const Seq from = *record.from;
  const Seq begin = stream.replay_first == 0 ? from : stream.replay_first - 1;
  const Seq end = stream.replay_first == 0 ? from : stream.position;
  if (begin == from && end == record.seq) return;
  const Seq wrong = begin != from ? begin + 1 : end;
  reporter_.report("C4",
                   who(record) + " resumed from #" + std::to_string(from) + " to #" +
                       std::to_string(record.seq) + ", and the replay was wrong at #" +
                       std::to_string(wrong),
                   {stream.replay_line, line});
}

void StreamCheck::attach(const Record& record, Line line) {
  Client& client = client_of(record);
  const Index channel = facts_.channel_names.of(record.channel);
  Stream& stream = client.streams[channel];
  Coverage& covered = coverage(facts_.clients.of(record.client), channel);
  const bool was_live = stream.live && stream.replay_first == 0;
  if (record.from && record.recovered) {
    resumed(stream, record, line);
  } else if (was_live && record.recovered && stream.position != record.seq) {
    reporter_.report("C4",
                     who(record) + " is said to be at #" + std::to_string(record.seq) +
                         ", and was told of no more than #" + std::to_string(stream.position),
                     {stream.line, line});
  }
  if (!covered.follows) {
    covered.follows = true;
    covered.base = record.from.value_or(record.seq);
  }
  // Not recovered: what lies between was announced as missed. From now on: it was not asked for.
  if (!(record.from && record.recovered)) {
    const Seq known = record.from.value_or(was_live ? stream.position : covered.base);
    covered.told.add({known + 1, record.seq});
  }
  stream = {.live = true, .position = record.seq, .line = line};
}

void StreamCheck::detach(const Record& record) {
  Client& client = client_of(record);
  client.streams.erase(facts_.channel_names.of(record.channel));
}

void StreamCheck::gap(const Record& record, Line line) {
  if (!record.from || !record.to) return;
  const Index channel = facts_.channel_names.of(record.channel);
  coverage(facts_.clients.of(record.client), channel).told.add({*record.from, *record.to});
  auto& streams = client_of(record).streams;
  const auto stream = streams.find(channel);
  if (stream == streams.end() || !stream->second.live) return;
  stream->second.position = std::max(stream->second.position, *record.to);
  stream->second.line = line;
}

void StreamCheck::replayed(Stream& stream, const Record& record, Line line) {
  // Events of the old subscription may stand before the replay of the new one.
  const bool begins = stream.asked && record.seq == *stream.asked + 1;
  if (stream.replay_first == 0 || begins) {
    stream.replay_first = record.seq;
    stream.replay_line = line;
  } else if (record.seq != stream.position + 1) {
    reporter_.report("C4",
                     who(record) + ": #" + std::to_string(record.seq) + " came after #" +
                         std::to_string(stream.position) + " in a replay",
                     {stream.line, line});
  }
  stream.position = record.seq;
}

void StreamCheck::moved(Stream& stream, const Record& record, Line line) {
  if (stream.asked && record.seq == *stream.asked + 1) {
    stream = {.position = record.seq,
              .replay_first = record.seq,
              .replay_line = line,
              .asked = stream.asked};
    return;
  }
  if (record.seq == stream.position + 1) {
    stream.position = record.seq;
    return;
  }
  if (record.seq <= stream.position && stream.own_acks.erase(record.seq) != 0) return;
  const bool skipped = record.seq > stream.position;
  reporter_.report("C4",
                   who(record) + ": #" + std::to_string(record.seq) + " came after #" +
                       std::to_string(stream.position) +
                       (skipped ? ", what lies between did not" : ""),
                   {stream.line, line});
  stream.position = std::max(stream.position, record.seq);
}

void StreamCheck::deliver(const Record& record, Line line) {
  ++reporter_.verdict().deliveries;
  Client& client = client_of(record);
  const Index channel = facts_.channel_names.of(record.channel);
  Stream& stream = client.streams[channel];
  if (stream.live) {
    moved(stream, record, line);
  } else {
    replayed(stream, record, line);
  }
  stream.line = line;
  coverage(facts_.clients.of(record.client), channel).seen.add(record.seq);
}

void StreamCheck::acked(const Record& record, Line line) {
  Client& client = client_of(record);
  const Index channel = facts_.channel_names.of(record.channel);
  coverage(facts_.clients.of(record.client), channel).seen.add(record.seq);
  const auto found = client.streams.find(channel);
  if (found == client.streams.end() || !found->second.live || record.duplicate) return;
  Stream& stream = found->second;
  if (record.seq != stream.position + 1) return;  // outside of the stream
  stream.position = record.seq;
  stream.own_acks.insert(record.seq);
  stream.line = line;
}

void StreamCheck::page(const Record& record) {
  const Index channel = facts_.channel_names.of(record.channel);
  Coverage& covered = coverage(facts_.clients.of(record.client), channel);
  for (const Entry& entry : record.entries) covered.seen.add(entry.seq);
}

}  // namespace kith::test
