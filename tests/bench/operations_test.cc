// Shares of requests, as options state them.
#include "bench/operations.h"

#include <doctest/doctest.h>

#include <map>

#include "bench/weights.h"

namespace kith::bench {
namespace {

std::size_t place(CrudOperation operation) {
  return static_cast<std::size_t>(operation);
}

TEST_CASE("the names stand in the order of their enums") {
  CHECK(operations_of("rewards").size() == static_cast<std::size_t>(RewardOperation::repeat) + 1);
  CHECK(operations_of("crud").size() == place(CrudOperation::home_feed) + 1);
  CHECK(operations_of("crud")[place(CrudOperation::rsvp)].name == "rsvp");
  CHECK(operations_of("crud")[place(CrudOperation::club_feed)].name == "club_feed");
  CHECK(operations_of("rooms").empty());
}

TEST_CASE("a mix is picked by its weights, and what is not named is never picked") {
  const auto mix = OperationMix::parse("crud", "get_user=60,club_feed=40");
  REQUIRE(mix);
  std::map<std::size_t, int> picked;
  for (std::uint64_t i = 0; i < 1000; ++i) ++picked[mix->pick(i)];
  CHECK(picked.size() == 2);
  CHECK(picked[place(CrudOperation::get_user)] == 600);
  CHECK(picked[place(CrudOperation::club_feed)] == 400);
  CHECK_FALSE(mix->makes(CrudOperation::get_me));
}

TEST_CASE("what a server lacks is left out, and its share goes to the others") {
  auto mix = OperationMix::parse("crud", "get_user=1,home_feed=3");
  REQUIRE(mix);
  CHECK(mix->makes(CrudOperation::home_feed));
  mix->without(CrudOperation::home_feed);
  CHECK_FALSE(mix->empty());
  for (std::uint64_t i = 0; i < 10; ++i) CHECK(mix->pick(i) == place(CrudOperation::get_user));
  mix->without(CrudOperation::get_user);
  CHECK(mix->empty());
}

TEST_CASE("a mix that is none is named") {
  for (const char* text : {"", "get_user", "get_user=", "get_user=-1", "get_user=1.5", "walk=3",
                           "get_user=0", "get_user=1,,get_me=2", "get_user=1000001"}) {
    CAPTURE(text);
    const auto mix = OperationMix::parse("crud", text);
    REQUIRE_FALSE(mix);
    CHECK(mix.error().message.starts_with("--mix: "));
    CHECK(mix.error().message.find("get_user, get_me, update_user") != std::string::npos);
  }
}

TEST_CASE("weights fall where they are stated") {
  const std::vector<std::uint32_t> weights = {2, 0, 3};
  std::map<std::size_t, int> picked;
  for (std::uint64_t i = 0; i < 5; ++i) ++picked[pick_weighted(weights, 5, i)];
  CHECK(picked == std::map<std::size_t, int>{{0, 2}, {2, 3}});
}

}  // namespace
}  // namespace kith::bench
