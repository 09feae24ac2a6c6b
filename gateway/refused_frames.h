// Refused accesses of the WebSocket side, for the audit log: within the bounds of the HTTP side's,
// and in the form that refused_access.h says. One per shard, on its thread.
#pragma once

#include <functional>
#include <utility>

#include "engine/engine.h"
#include "engine/ports/accounts.h"
#include "engine/ports/refusal_witness.h"
#include "gateway/refused_access.h"

namespace kith {

class RefusedFrames final : public RefusalWitness {
 public:
  // References outlive it.
  RefusedFrames(RefusedAccess& refused, Accounts& accounts, std::function<TurnTime()> now)
      : refused_(refused), accounts_(accounts), now_(std::move(now)) {}

  void refused(UserKey user, std::string_view frame, ErrorCode code) override {
    const TurnTime now = now_();
    auto detail = refused_.entry_for(
        {.user = user, .by = RefusedAccess::Frame{.type = frame, .code = code}}, now.steady);
    if (!detail) return;
    accounts_.audit(user, RefusedAccess::kAction, *std::move(detail), now.wall);
  }

 private:
  RefusedAccess& refused_;
  Accounts& accounts_;
  std::function<TurnTime()> now_;
};

}  // namespace kith
