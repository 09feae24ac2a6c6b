// Read receipts on their way out (PROTOCOL section 4): a state event, at most one per user, chat
// and second, only forward, and only in chats of at most kReceiptsParticipantsMax participants. The
// store keeps the marks; this only paces what is fanned out.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/channel.h"
#include "engine/context.h"

namespace kith {

class Receipts {
 public:
  explicit Receipts(Context& context) : context_(context) {}

  // A mark of this shard's user has moved; `origin` is the session that moved it.
  void moved(const ChatId& chat, const UserId& user, const MessageId& message, Seq seq,
             std::uint32_t participants, std::optional<SessionRef> origin);
  void on_bus_event(const BusEvent& event, std::optional<SessionRef> origin = std::nullopt);
  // These go out with a `subscribed`: what comes late and lies behind them is dropped.
  void told(Channel& channel, const std::vector<Receipt>& receipts) const;
  void tick();
  SteadyTime next_deadline() const;

 private:
  struct Key {
    ChatId chat;
    UserId user;
    auto operator<=>(const Key&) const = default;
  };
  struct Paced {
    SteadyTime quiet_until{};
    BusEventPtr held;  // the newest that came meanwhile
    std::optional<SessionRef> origin;
    Seq seq = 0;
  };

  void send(const BusEventPtr& event, std::optional<SessionRef> origin);

  Context& context_;
  std::map<Key, Paced> paced_;  // in an order that does not depend on hashes
  SteadyTime next_sweep_{};
};

// The user's receipt is at least at `seq` now. False where there is none.
bool raise_receipt(std::vector<Receipt>& receipts, const UserId& user, Seq seq);

}  // namespace kith
