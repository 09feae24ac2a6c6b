#include "gateway/prompting_authenticator.h"

#include <utility>

namespace kith {

namespace {

// Users of whom a shard knows that they have been told. Forgetting costs a look at the store.
constexpr std::size_t kPromptedUsersMax = 100'000;

}  // namespace

PromptingAuthenticator::PromptingAuthenticator(Authenticator& inner, Feeds* feeds,
                                               std::function<WallTime()> now, Publish publish)
    : inner_(inner), feeds_(feeds), now_(std::move(now)), publish_(std::move(publish)) {}

Result<Claimed> PromptingAuthenticator::verify(std::string_view token, WallTime now) {
  return inner_.verify(token, now);
}

void PromptingAuthenticator::admit(const Claimed& claimed, std::vector<ChannelId> channels,
                                   Callback<Admission> done) {
  if (feeds_ == nullptr) return inner_.admit(claimed, std::move(channels), std::move(done));
  inner_.admit(claimed, std::move(channels),
               [this, done = std::move(done)](Result<Admission> admission) mutable {
                 std::optional<Identity> admitted;
                 if (admission) admitted = admission->identity;
                 done(std::move(admission));
                 if (admitted) tell(admitted->user, admitted->key);
               });
}

void PromptingAuthenticator::authenticate(std::string token, WallTime now,
                                          Callback<Identity> done) {
  inner_.authenticate(std::move(token), now, std::move(done));
}

// Where the store cannot answer, the user's next socket asks again.
void PromptingAuthenticator::tell(const UserId& user, UserKey key) {
  const WallTime now = now_();
  const auto known = told_until_.find(key);
  if (known != told_until_.end() && now < known->second) return;
  feeds_->prompt({.user = user, .key = key, .now = now}, [this, key](Result<PromptTold> told) {
    if (!told) return;
    if (told_until_.size() >= kPromptedUsersMax) told_until_.clear();
    told_until_[key] = told->next;
    publish_(std::move(told->events));
  });
}

}  // namespace kith
