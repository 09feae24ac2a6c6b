#include "tests/history/facts.h"

#include <algorithm>

namespace kith::test {

Channel& Facts::channel(Index index) {
  if (channels_.size() <= index) channels_.resize(index + 1);
  return channels_[index];
}

const std::vector<Change>* Facts::changes_of(const Message& message) const {
  const auto found = changes_.find(message.id);
  return message.id == 0 || found == changes_.end() ? nullptr : &found->second;
}

std::string Facts::place(Index channel, Seq seq) const {
  return channel_names.name(channel) + " #" + std::to_string(seq);
}

Index Facts::message_of(const Sent& sent) {
  // The channel's number and the name make the key; the sender is compared, since not every
  // history names it.
  const std::uint64_t key =
      fingerprint(sent.client_message_id) ^ (std::uint64_t{sent.channel} + 1) * 0x9E3779B97F4A7C15;
  const auto [first, fresh] = by_client_id_.emplace(key, static_cast<Index>(messages_.size()));
  for (Index at = fresh ? kNone : first->second; at != kNone; at = messages_[at].next) {
    Message& message = messages_[at];
    if (message.user == kNone) message.user = sent.user;
    if (sent.user == kNone || message.user == sent.user) return at;
  }
  const auto index = static_cast<Index>(messages_.size());
  messages_.push_back({.client_message_id = std::string(sent.client_message_id),
                       .channel = sent.channel,
                       .user = sent.user,
                       .next = fresh ? kNone : first->second});
  first->second = index;
  return index;
}

void Facts::place_message(Index index, Seq seq, Line line) {
  Message& message = messages_[index];
  if (message.seq == 0) {
    message.seq = seq;
    message.placed = line;
    return;
  }
  if (message.seq == seq || message.moved) return;
  message.moved = true;
  reporter_.report("C2",
                   "message " + name_of(message) + " stands at " +
                       place(message.channel, message.seq) + " and again at #" +
                       std::to_string(seq),
                   {message.placed, line});
}

void Facts::learn_id(Message& message, std::uint64_t id, Line line) {
  if (id == 0 || message.id == id) return;
  if (message.id == 0) {
    message.id = id;
    by_id_.emplace(id, static_cast<Index>(&message - messages_.data()));
    return;
  }
  if (message.moved) return;
  message.moved = true;
  reporter_.report("C2", "message " + name_of(message) + " has two message_ids",
                   {message.placed, line});
}

void Facts::acked(Index index, const Ack& ack) {
  Message& message = messages_[index];
  Channel& log = channel(message.channel);
  if (ack.seq <= log.baseline) return;  // of before the run
  place_message(index, ack.seq, ack.line);
  learn_id(message, ack.message_id, ack.line);
  if (message.acked == 0) {
    message.acked = ack.line;
    message.acked_t = ack.t;
  }
  Slot& slot = log.slots[ack.seq];
  log.acked_max = std::max(log.acked_max, ack.seq);
  if (slot.acked == kNone) {
    slot.acked = index;
    slot.acked_line = ack.line;
  } else if (slot.acked != index && !slot.contradicted) {
    slot.contradicted = true;
    reporter_.report("C2",
                     place(message.channel, ack.seq) + " was given to two messages, " +
                         name_of(messages_[slot.acked]) + " and " + name_of(message),
                     {slot.acked_line, ack.line});
  }
  if (slot.seen_line == 0 || slot.message == index) return;
  if (slot.is_message && slot.message == kNone) {
    slot.message = index;  // it had been seen without its name
    return;
  }
  contradict(slot, message.channel, ack.seq, ack.line);
}

void Facts::took_number(Index channel_index, Seq seq, Line line) {
  Channel& log = channel(channel_index);
  if (seq <= log.baseline) return;
  Slot& slot = log.slots[seq];
  log.acked_max = std::max(log.acked_max, seq);
  if (slot.acked_line == 0) slot.acked_line = line;
}

Index Facts::message_by_id(std::uint64_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? kNone : found->second;
}

void Facts::contradict(Slot& slot, Index channel, Seq seq, Line line) {
  if (slot.contradicted) return;
  slot.contradicted = true;
  const Line other =
      slot.seen_line != 0 && slot.seen_line != line ? slot.seen_line : slot.acked_line;
  reporter_.report("C5", place(channel, seq) + " is not the same message to everybody",
                   {other, line});
}

Index Facts::message_of_entry(Index channel, Index user, const Entry& entry) {
  if (entry.client_message_id.empty()) return message_by_id(fingerprint(entry.message_id));
  return message_of(
      {.channel = channel, .user = user, .client_message_id = entry.client_message_id});
}

void Facts::add_version(Slot& slot, const Entry& entry, const Sighting& sighting) {
  for (Version& version : slot.versions) {
    if (version.digest != entry.digest || version.deleted != entry.deleted) continue;
    if (version.as_of >= sighting.as_of) return;
    version.as_of = sighting.as_of;
    version.line = sighting.line;
    version.final = sighting.final;
    return;
  }
  if (entry.digest == 0 && !entry.deleted) return;
  slot.versions.push_back({.digest = entry.digest,
                           .deleted = entry.deleted,
                           .final = sighting.final,
                           .as_of = sighting.as_of,
                           .line = sighting.line});
}

void Facts::seen(Index channel_index, Index user, const Entry& entry, const Sighting& sighting) {
  if (entry.seq <= channel(channel_index).baseline) return;
  const bool is_message = entry.event == "message.new";
  const std::uint64_t event = fingerprint(entry.event);
  const std::uint64_t id = fingerprint(entry.message_id);
  const Index index = is_message ? message_of_entry(channel_index, user, entry) : kNone;
  Slot& slot = channel(channel_index).slots[entry.seq];
  if (slot.seen_line == 0) {
    slot.seen_line = sighting.line;
    slot.seen_t = sighting.t;
    slot.event = event;
    slot.is_message = is_message;
    slot.target = is_message ? 0 : id;
    slot.message = index;
  }
  if (index != kNone) {
    place_message(index, entry.seq, sighting.line);
    learn_id(messages_[index], id, sighting.line);
    if (slot.message == kNone && slot.is_message) slot.message = index;
    Seq& seen_max = channel(channel_index).seen_max;
    seen_max = std::max(seen_max, entry.seq);
  }
  bool same = slot.event == event;
  if (is_message && index != kNone) {
    same = same && slot.message == index && (slot.acked == kNone || slot.acked == index);
  } else if (!is_message) {
    same = same && slot.acked == kNone && (slot.target == id || slot.target == 0 || id == 0);
  }
  if (!same) contradict(slot, channel_index, entry.seq, sighting.line);
  add_version(slot, entry, sighting);
}

}  // namespace kith::test
