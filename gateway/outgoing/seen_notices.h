// What this node's sockets have been given, on its way to the outbox, so that no other node sends
// it out: a node knows of its own sockets alone. Where there is one node it is not needed.
//
// Thread: any. Bounded: what does not fit is sent out as well, rather than kept.
#pragma once

#include <mutex>
#include <utility>
#include <vector>

#include "engine/ports/notice_witness.h"
#include "engine/ports/outbox.h"

namespace kith {

class SeenNotices final : public NoticeWitness {
 public:
  static constexpr std::size_t kMax = 10'000;

  void saw(const UserId& user, std::string_view notification) override {
    // The id stands first: notify() writes it so.
    constexpr std::string_view kHead = R"({"id":")";
    if (!notification.starts_with(kHead)) return;
    const auto id = NotificationId::parse(
        notification.substr(kHead.size(), id_prefix(IdKind::notification).size() + kIdDigits));
    if (!id) return;
    const std::lock_guard lock(mutex_);
    if (seen_.size() < kMax) seen_.push_back({.user = user, .id = *id});
  }
  std::vector<SeenNotice> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(seen_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<SeenNotice> seen_;
};

}  // namespace kith
