// Tells users the prompt of their day on their own channel (icebreaker.prompt), when the first of
// their sockets of that day is admitted, or renews its token: a socket follows its channels before
// the store is asked for its admission, so that what is written behind that reaches it. Who never
// connects costs nothing, and who has been told today costs no second look.
//
// Hands everything on to the shard's authenticator. Thread: its shard's.
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "engine/ports/authenticator.h"
#include "engine/ports/feeds.h"

namespace kith {

class PromptingAuthenticator final : public Authenticator {
 public:
  using Publish = std::function<void(std::vector<DurableEvent> events)>;

  // `feeds` null: nobody is told anything. What is given here outlives it.
  PromptingAuthenticator(Authenticator& inner, Feeds* feeds, std::function<WallTime()> now,
                         Publish publish);

  Result<Claimed> verify(std::string_view token, WallTime now) override;
  void admit(const Claimed& claimed, std::vector<ChannelId> channels,
             Callback<Admission> done) override;
  void authenticate(std::string token, WallTime now, Callback<Identity> done) override;

 private:
  void tell(const UserId& user, UserKey key);

  Authenticator& inner_;
  Feeds* const feeds_;
  const std::function<WallTime()> now_;
  const Publish publish_;
  std::unordered_map<UserKey, WallTime> told_until_;  // when the user's next day begins
};

}  // namespace kith
