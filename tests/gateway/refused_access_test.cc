// Which refused accesses are worth an entry of the audit log, and what becomes of the others.
#include "gateway/refused_access.h"

#include <doctest/doctest.h>

namespace kith {
namespace {

using namespace std::chrono_literals;

const std::string kEntry = R"({"route":"GET /chats/{chat_id}","status":404)";
const std::string kFrameEntry = R"({"frame":"subscribe","code":"forbidden")";
constexpr SteadyTime kStart{std::chrono::hours(1)};
constexpr int kAtOnce = static_cast<int>(RefusedAccess::kEntriesPerCaller);
constexpr int kOfShard = static_cast<int>(RefusedAccess::kEntriesPerShard);

RefusedAccess::Refusal refusal_of(std::int64_t user) {
  return {.user = UserKey{user},
          .service = {},
          .by = RefusedAccess::Request{
              .method = HttpMethod::get, .pattern = "/chats/{chat_id}", .status = 404}};
}

RefusedAccess::Refusal frame_of(std::int64_t user) {
  return {.user = UserKey{user},
          .service = {},
          .by = RefusedAccess::Frame{.type = "subscribe", .code = ErrorCode::forbidden}};
}

int entries_of_flood(RefusedAccess& refused, std::int64_t user, int count, SteadyTime now) {
  int entries = 0;
  for (int i = 0; i < count; ++i) entries += refused.entry_for(refusal_of(user), now) ? 1 : 0;
  return entries;
}

TEST_CASE("a refused access is told with its route and its status") {
  RefusedAccess refused;
  CHECK(refused.entry_for(refusal_of(1), kStart) == kEntry + "}");
  const ServiceId service = *ServiceId::parse("svc_00000000000000000000000001");
  CHECK(refused.entry_for({.user = {},
                           .service = RefusedAccess::Service{.id = service, .key = 7},
                           .by = RefusedAccess::Request{.method = HttpMethod::post,
                                                        .pattern = "/service/users",
                                                        .status = 403}},
                          kStart) == R"({"route":"POST /service/users","status":403,)"
                                     R"("service_id":"svc_00000000000000000000000001"})");
}

TEST_CASE("a refused frame is told with its type and the error's code") {
  RefusedAccess refused;
  CHECK(refused.entry_for(frame_of(1), kStart) == kFrameEntry + "}");
}

TEST_CASE("both doors take from one caller's entries, and each tells what the other left out") {
  RefusedAccess refused;
  int entries = 0;
  for (int i = 0; i < 500; ++i) {
    entries += refused.entry_for(refusal_of(1), kStart) ? 1 : 0;
    entries += refused.entry_for(frame_of(1), kStart) ? 1 : 0;
  }
  CHECK(entries == kAtOnce);
  const auto next = refused.entry_for(frame_of(1), kStart + 1s);
  CHECK(next == kFrameEntry + R"(,"left_out":)" + std::to_string(1000 - kAtOnce) + "}");
  CHECK_FALSE(refused.entry_for(frame_of(1), kStart + 1s));
  CHECK(refused.entry_for(refusal_of(1), kStart + 2s) == kEntry + R"(,"left_out":1})");
}

TEST_CASE(
    "a flood of one caller's leaves few entries, and the next one tells how many it left out") {
  RefusedAccess refused;
  CHECK(entries_of_flood(refused, 1, 1000, kStart) == kAtOnce);
  const auto next = refused.entry_for(refusal_of(1), kStart + 1s);
  CHECK(next == kEntry + R"(,"left_out":)" + std::to_string(1000 - kAtOnce) + "}");
  CHECK_FALSE(refused.entry_for(refusal_of(1), kStart + 1s));
  const auto later = refused.entry_for(refusal_of(1), kStart + 2s);
  CHECK(later == kEntry + R"(,"left_out":1})");
}

TEST_CASE("one caller's flood takes no entry from another") {
  RefusedAccess refused;
  entries_of_flood(refused, 1, 1000, kStart);
  const auto other = refused.entry_for(refusal_of(2), kStart);
  CHECK(other == kEntry + "}");
}

TEST_CASE("a flood of many callers' is bounded too, and each is told of their own") {
  RefusedAccess refused;
  int entries = 0;
  for (std::int64_t user = 1; user <= 1000; ++user) {
    entries += entries_of_flood(refused, user, 2, kStart);
  }
  CHECK(entries == kOfShard);
  const auto last = refused.entry_for(refusal_of(1000), kStart + 1s);
  CHECK(last == kEntry + R"(,"left_out":2})");
}

TEST_CASE("of more callers than are remembered the sum is kept") {
  RefusedAccess refused;
  const auto most = static_cast<std::int64_t>(RefusedAccess::kCallersMax);
  for (std::int64_t user = 1; user <= most + 5; ++user) {
    static_cast<void>(refused.entry_for(refusal_of(user), kStart));
  }
  const auto newcomer = refused.entry_for(refusal_of(most + 6), kStart + 1min);
  CHECK(newcomer ==
        kEntry + R"(,"left_out_of_others":)" + std::to_string(most + 5 - kOfShard) + "}");
}

}  // namespace
}  // namespace kith
