#include "tests/history/content_check.h"

#include <algorithm>

namespace kith::test {

void ContentCheck::judge_origin(const Place& place, const Message& message) {
  const auto where = [&] { return facts_.place(place.channel, place.seq); };
  if (message.attempts == 0) {
    reporter_.report("C6", where() + ": message " + facts_.name_of(message) + " was never sent",
                     {place.slot.seen_line});
  } else if (message.refused == message.attempts) {
    reporter_.report("C6", where() + ": message " + facts_.name_of(message) + " was refused",
                     {message.invoked, place.slot.seen_line});
  }
}

void ContentCheck::judge_tombstone(const Place& place, const Message& message,
                                   const Version& version) {
  if (facts_.erases || place.slot.event == fingerprint("message.delete")) return;
  const auto* changes = facts_.changes_of(message);
  const bool asked =
      changes != nullptr && std::any_of(changes->begin(), changes->end(), [](const Change& change) {
        return change.digest == 0 && !change.restores && !change.refused;
      });
  if (!asked) {
    reporter_.report(
        "C6", facts_.place(place.channel, place.seq) + " is a tombstone that nobody asked for",
        {message.invoked, version.line});
  }
}

// A reading that began after a change was acked must show it, or something newer. `since` is the
// number from which on the seen content held.
void ContentCheck::judge_age(const Place& place, const Message& message, const Version& version,
                             Seq since) {
  const auto* changes = facts_.changes_of(message);
  if (changes == nullptr) return;
  const bool restored = std::any_of(changes->begin(), changes->end(),
                                    [](const Change& change) { return change.restores; });
  for (const Change& change : *changes) {
    const bool deletes = change.digest == 0;
    if (change.refused || change.restores || (deletes && restored)) continue;
    if (!deletes && change.seq <= since) continue;
    // A replay shows the content of now; an edit's own event is not older than the edit.
    const bool acked_before = change.acked_t < version.as_of;
    const bool stands_below = !deletes && change.seq != 0 && change.seq <= place.seq;
    if (!acked_before && !stands_below) continue;
    reporter_.report(version.final ? "C1" : "C5",
                     facts_.place(place.channel, place.seq) + " shows what had been " +
                         (deletes ? "deleted" : "edited") + " before",
                     {change.line, version.line});
    return;
  }
}

void ContentCheck::judge(const Place& place, const Message& message, const Version& version) {
  if (version.deleted) return judge_tombstone(place, message, version);
  if (message.digest == 0) return;  // nobody says what was written
  bool refused = false;
  bool found = version.digest == message.digest;
  Seq since = 0;
  if (const auto* changes = facts_.changes_of(message)) {
    for (const Change& change : *changes) {
      if (change.digest != version.digest) continue;
      if (change.refused) {
        refused = true;
        continue;
      }
      found = true;
      // One whose number nobody knows may be the newest.
      since = std::max(since, change.seq == 0 ? kSeqMax : change.seq);
    }
  }
  if (found) return judge_age(place, message, version, since);
  reporter_.report(
      refused ? "C6" : "C5",
      facts_.place(place.channel, place.seq) +
          (refused ? " shows an edit that was refused" : " shows what nobody wrote there"),
      {message.invoked, version.line});
}

void ContentCheck::finish() {
  for (Index channel = 0; channel < facts_.channels().size(); ++channel) {
    for (const auto& [seq, slot] : facts_.channel(channel).slots) {
      const Index index = slot.is_message ? slot.message : facts_.message_by_id(slot.target);
      if (index == kNone) continue;
      const Message& message = facts_.message(index);
      const Place place{.channel = channel, .seq = seq, .slot = slot};
      if (slot.is_message) judge_origin(place, message);
      for (const Version& version : slot.versions) judge(place, message, version);
    }
  }
}

}  // namespace kith::test
