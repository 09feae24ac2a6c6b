// What a lane makes of how a send ended.
#include "gateway/outgoing/outgoing_lane.h"

#include <doctest/doctest.h>

#include <array>
#include <thread>
#include <utility>

namespace kith {
namespace {

// One thing to be sent, for the last time that it is tried. Thread: the lane's dispatcher, then the
// test's.
class OneDelivery final : public Outbox {
 public:
  void look(OutgoingChannel, Callback<OutboxLook> done) override {
    OutboxLook out;
    if (!given_) out.next_due = WallTime{};
    done(out);
  }
  void claim(ClaimRequest, Callback<ClaimedDeliveries> done) override {
    ClaimedDeliveries out;
    if (!std::exchange(given_, true)) {
      out.deliveries.emplace_back();
      out.deliveries.back().attempt = 3;
    }
    done(std::move(out));
  }
  void settle(std::vector<Settlement> settlements, Callback<Nothing> done) override {
    for (Settlement& one : settlements) settled.push_back(std::move(one));
    done(Nothing{});
  }
  void seen(std::vector<SeenNotice>, Callback<Nothing> done) override { done(Nothing{}); }
  void dead_letters(std::optional<OutgoingChannel>, std::uint32_t,
                    Callback<std::vector<DeadLetter>> done) override {
    done(std::vector<DeadLetter>{});
  }
  void retry_dead(Actor, std::optional<OutgoingChannel>, Callback<RetriedLetters> done) override {
    done(RetriedLetters{});
  }

  std::vector<Settlement> settled;

 private:
  bool given_ = false;
};

class HangingSender final : public Sender {
 public:
  explicit HangingSender(std::atomic<bool>& begun) : begun_(begun) {}
  SendOutcome send(const Delivery&, const std::atomic<bool>& stop) const override {
    begun_ = true;
    begun_.notify_all();
    while (!stop) std::this_thread::yield();
    return {.reason = "was cut off"};
  }

 private:
  std::atomic<bool>& begun_;
};

TEST_CASE("a last attempt that our own shutdown cuts off makes no dead letter") {
  auto outbox = std::make_shared<OneDelivery>();
  std::atomic<bool> begun = false;
  OutgoingLane lane(
      std::make_unique<HangingSender>(begun), [&](CompletionQueue&) { return outbox; },
      {.threads = 1, .attempts_max = 3, .has_socket = [](const UserId&) { return false; }});
  begun.wait(false);
  lane.stop();
  REQUIRE(outbox->settled.size() == 1);
  CHECK(outbox->settled[0].outcome == OutgoingOutcome::retry);
  CHECK(lane.stats().dead == 0);
}

TEST_CASE("lanes whose receivers hang are cut off together, not one after the other") {
  constexpr std::chrono::milliseconds kEach{1'000};
  std::vector<std::unique_ptr<OutgoingLane>> lanes;
  std::vector<OutgoingLane*> all = {nullptr};  // one that is not configured
  std::array<std::atomic<bool>, 3> begun{};
  for (std::atomic<bool>& one : begun) {
    lanes.push_back(std::make_unique<OutgoingLane>(
        std::make_unique<HangingSender>(one),
        [](CompletionQueue&) { return std::make_shared<OneDelivery>(); },
        OutgoingLane::Options{.threads = 1,
                              .has_socket = [](const UserId&) { return false; },
                              .stop_patience = kEach}));
    all.push_back(lanes.back().get());
  }
  for (std::atomic<bool>& one : begun) one.wait(false);
  const auto start = std::chrono::steady_clock::now();
  OutgoingLane::stop_together(all);
  CHECK(std::chrono::steady_clock::now() - start < kEach * begun.size());
}

}  // namespace
}  // namespace kith
