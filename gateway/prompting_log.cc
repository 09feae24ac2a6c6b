#include "gateway/prompting_log.h"

#include <utility>

namespace kith {

namespace {

// Users of whom a shard knows that they have been told. Forgetting costs a look at the store.
constexpr std::size_t kRememberedMax = 100'000;

}  // namespace

PromptingLog::PromptingLog(EventLog& log, Feeds* feeds, std::function<WallTime()> now,
                           Publish publish)
    : log_(log), feeds_(feeds), now_(std::move(now)), publish_(std::move(publish)) {}

void PromptingLog::append(Append append, AppendCallback done) {
  log_.append(std::move(append), std::move(done));
}

void PromptingLog::attach(ChannelId channel, UserKey user, Callback<Attached> done) {
  if (feeds_ == nullptr || channel.kind != IdKind::user) {
    return log_.attach(channel, user, std::move(done));
  }
  log_.attach(channel, user,
              [this, channel, user, done = std::move(done)](Result<Attached> attached) mutable {
                const bool attaches = attached.ok();
                done(std::move(attached));
                if (attaches) tell(UserId{channel.uuid}, user);
              });
}

void PromptingLog::read(PageRequest request, Callback<Page> done) {
  log_.read(std::move(request), std::move(done));
}

void PromptingLog::measure(ChannelId channel, Seq after, Callback<Measure> done) {
  log_.measure(channel, after, std::move(done));
}

void PromptingLog::heads_since(std::optional<Position> position, Callback<Heads> done) {
  log_.heads_since(position, std::move(done));
}

// Where the store cannot answer, the user's next socket asks again.
void PromptingLog::tell(const UserId& user, UserKey key) {
  const WallTime now = now_();
  const auto known = told_until_.find(key);
  if (known != told_until_.end() && now < known->second) return;
  feeds_->prompt({.user = user, .key = key, .now = now}, [this, key](Result<PromptTold> told) {
    if (!told) return;
    if (told_until_.size() >= kRememberedMax) told_until_.clear();
    told_until_[key] = told->next;
    publish_(std::move(told->events));
  });
}

}  // namespace kith
