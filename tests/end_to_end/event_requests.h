// What tests of events ask a server for.
#pragma once

#include <doctest/doctest.h>

#include "protocol/time_format.h"
#include "tests/support/test_server.h"

namespace kith::test {

inline std::string in_hours(int hours) {
  const auto time = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now() +
                                                                  std::chrono::hours{hours});
  return format_time(time);
}

// The document's example, at a time to come.
inline std::string sunset_hike(std::string_view more = {}) {
  return R"({"title":"Sunset Hike","description":"Join us for a scenic hike","start_time":")" +
         in_hours(48) + R"(","end_time":")" + in_hours(51) +
         R"(","location":{"name":"Barton Creek","latitude":30.285,"longitude":-97.735},)"
         R"("capacity":25,"tags":["outdoors"])" +
         std::string(more) + "}";
}

inline std::string make_event(const TestServer& server, const User& host,
                              std::string_view more = {}) {
  const HttpResponse made = server.post("/events", sunset_hike(more), host);
  REQUIRE_MESSAGE(made.status == 201, made.body);
  return made.json()["id"].text();
}
inline HttpResponse change(const TestServer& server, const User& who, const std::string& event,
                           std::string body) {
  return server.http().patch("/events/" + event, std::move(body), who.token);
}
inline std::string publish_event(const TestServer& server, const User& host,
                                 std::string_view more = {}) {
  const std::string event = make_event(server, host, more);
  const HttpResponse done = change(server, host, event, R"({"status":"published"})");
  REQUIRE_MESSAGE(done.status == 200, done.body);
  return event;
}
inline HttpResponse answer(const TestServer& server, const User& who, const std::string& event,
                           std::string_view status, int guests = 0) {
  return server.post(
      "/events/" + event + "/rsvp",
      R"({"status":")" + std::string(status) + R"(","guest_count":)" + std::to_string(guests) + "}",
      who);
}
}  // namespace kith::test
