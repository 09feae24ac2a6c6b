// One server per test program and number of shards, for the tests that need nothing special of it:
// each makes its own users and chats there. What is right for many shards is right for many nodes,
// so what concerns more than one socket runs with one shard and with two.
#pragma once

#include <doctest/doctest.h>

#include "tests/support/test_server.h"

namespace kith::test {

struct OneShard {
  static constexpr const char* kSetting = "shards=1";
};
struct TwoShards {
  static constexpr const char* kSetting = "shards=2";
};

template <typename Shards>
TestServer& shared_server() {
  static TestServer server({Shards::kSetting, "limits.messages_per_minute=0",
                            "limits.signups_per_minute=0", "limits.logins_per_minute=0"},
                           {}, {.program = {}, .environment = {}, .nodes = nodes_wanted()});
  return server;
}

}  // namespace kith::test

TYPE_TO_STRING(kith::test::OneShard);
TYPE_TO_STRING(kith::test::TwoShards);

#define KITH_ON_SHARDS(name) \
  TEST_CASE_TEMPLATE(name, Shards, kith::test::OneShard, kith::test::TwoShards)
