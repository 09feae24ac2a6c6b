#include "gateway/bus_url.h"

#include <doctest/doctest.h>

namespace kith {

TEST_CASE("bus.url in all its forms") {
  const auto plain = parse_bus_url("redis://bus.example");
  REQUIRE(plain.ok());
  CHECK(plain->host == "bus.example");
  CHECK(plain->port == 6379);
  CHECK_FALSE(plain->tls);
  CHECK(plain->user.empty());
  CHECK(plain->password.empty());

  const auto full = parse_bus_url("rediss://ki%74h:p%40ss%3A%2fw%25rd@127.0.0.1:6390/");
  REQUIRE(full.ok());
  CHECK(full->tls);
  CHECK(full->user == "kith");
  CHECK(full->password == "p@ss:/w%rd");
  CHECK(full->host == "127.0.0.1");
  CHECK(full->port == 6390);

  const auto ipv6 = parse_bus_url("redis://:secret@[::1]:7000");
  REQUIRE(ipv6.ok());
  CHECK(ipv6->host == "::1");
  CHECK(ipv6->port == 7000);
  CHECK(ipv6->user.empty());
  CHECK(ipv6->password == "secret");
  CHECK(parse_bus_url("redis://[::1]").ok());
}

TEST_CASE("what is no bus.url is refused, and never repeated") {
  for (const char* url : {"redis:",
                          "redis://",
                          "redis:///",
                          "hunter2",
                          "redis:hunter2@h",
                          "http://hunter2@h",
                          "REDIS://:hunter2@h",
                          "redis://hunter2@h",
                          "redis://u:@h",
                          "redis://:hunter2@",
                          "redis://:hunter2@:6379",
                          "redis://:hunter2@h:",
                          "redis://:hunter2@h:0",
                          "redis://:hunter2@h:65536",
                          "redis://:hunter2@h:063",
                          "redis://:hunter2@h:6379x",
                          "redis://:hunter2@h:6379:1",
                          "redis://:hunter2@h/0",
                          "redis://:hunter2@h?db=1",
                          "redis://:hunter2@h#x",
                          "redis://:hunt@er2@h",
                          "redis://:hunt:er2@h",
                          "redis://:hunter2%@h",
                          "redis://:hunter2%4@h",
                          "redis://:hunter2%zz@h",
                          "redis://:hunter2%00@h",
                          "redis://:hunter2%0a@h",
                          "redis://:hunter2@h ost",
                          "redis://:hunter2@h\nx",
                          "redis://:hunter2@.h",
                          "redis://:hunter2@[::1",
                          "redis://[]",
                          "redis://[::1]x",
                          "redis://[fe80::1%eth0]",
                          "redis://[127.0.0.1]",
                          "redis://::1:6379",
                          "redis://:hunter2/@h",
                          "unix:///hunter2"}) {
    CAPTURE(url);
    const auto parsed = parse_bus_url(url);
    REQUIRE_FALSE(parsed.ok());
    CHECK(parsed.error().message.find("hunter2") == std::string::npos);
    CHECK(parsed.error().message.starts_with("must"));
  }
  CHECK_FALSE(parse_bus_url("redis://" + std::string(3000, 'h')).ok());
}

}  // namespace kith
