// What a client makes of state and ephemeral events: marks that only move forward, typing that
// stops by itself, presence that comes true.
#include <algorithm>

#include "tests/simulation/client.h"
#include "tests/simulation/world.h"

namespace kith::simulation {

using namespace std::chrono_literals;

namespace {

// 5 s behind the last start, of which those within a second of one another are not told, and the
// way.
constexpr Time kTypingLifetime = 7500ms;

}  // namespace

void Client::judge_receipt(Follow& follow, std::string_view who, Seq seq) {
  Seq& known = follow.receipts[std::string(who)];
  if (seq < known) {
    world_.recorder.violation("C8", name + ": the mark of " + std::string(who) +
                                        " goes back from " + std::to_string(known) + " to " +
                                        std::to_string(seq));
  }
  known = std::max(known, seq);
}

void Client::note_ephemeral(const std::string& channel, std::string_view who,
                            std::string_view event) {
  // What comes late over a slow network was not said late; presence is each node's own.
  if (connection_->was_slowed() || !world_.plan.store_is_prompt()) return;
  if (event.starts_with("presence.") && !world_.plan.presence_is_judged()) return;
  world_.recorder.add({.kind = test::Kind::Ephemeral,
                       .client = name,
                       .conn = conn_,
                       .user = std::string(who),
                       .channel = channel,
                       .event = std::string(event)});
}

void Client::judge_ephemeral(const Frame& frame, std::string_view type) {
  const std::string channel(frame.text(frame.has("chat_id") ? "chat_id" : "channel"));
  const std::string who(frame.text("user_id"));
  if (type != "presence.count" && who == world_.user(user).text()) {
    violation("an echo of its own " + std::string(type));
  }
  if (follows_[channel].state != State::live) {
    violation(std::string(type) + " of a channel that it does not follow");
  }
  note_ephemeral(channel, who, type);
  if (type.starts_with("typing.")) judge_typing(channel, who, type == "typing.start");
}

// Typing stops by itself: also where everything about it was lost, the shard itself says so.
void Client::judge_typing(const std::string& channel, const std::string& who, bool start) {
  const std::string key = channel + who;
  if (!start) {
    typing_.erase(key);
    return;
  }
  const std::uint64_t serial = typing_[key] = ++typings_;
  if (!shard_lives() || connection_->was_slowed()) return;
  world_.scheduler.after(kTypingLifetime, [this, channel, who, key, serial, conn = conn_] {
    const auto at = typing_.find(key);
    if (conn != conn_ || at == typing_.end() || at->second != serial) return;
    typing_.erase(at);
    const bool judged = shard_lives() && !connection_->was_slowed() && keeps_up() &&
                        follows_[channel].state == State::live &&
                        shard_->engine.counters().dropped_ephemeral == dropped_;
    if (judged) violation(who + " types in " + channel + " without end");
  });
}

}  // namespace kith::simulation
