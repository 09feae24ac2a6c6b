// Somebody who has left their words everywhere that a server takes them, each with one mark in it,
// and friends who have not: for tests that somebody is forgotten.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/test_server.h"

namespace kith::test {

class CanaryLife {
 public:
  static constexpr std::string_view kMark = "canary";
  static constexpr std::string_view kKeeper = "a keeper of bobs";  // is to be found afterwards

  // Lives it, with so many messages.
  CanaryLife(const TestServer& server, std::size_t messages);

  const User& ada() const { return ada_; }
  const User& bob() const { return bob_; }
  const std::string& chat() const { return chat_; }
  // In which both are, bob's; and one that ada owns alone.
  const std::string& club() const { return club_; }
  const std::string& own_club() const { return own_club_; }
  const std::string& event() const { return event_; }                     // ada's own; bob comes
  const std::vector<std::string>& messages() const { return messages_; }  // ids of ada's

  HttpResponse erase(std::string_view password) const;
  // How often the mark stands there, in whatever case.
  static std::size_t marks_in(std::string text);
  std::size_t marks_on_disk() const;
  // Everything that the server tells bob, by HTTP and in replays from the beginning.
  std::string told_to_bob() const;
  // How far the job has come, as ErasureStep has it; kFinished behind the last, -1 before it is
  // asked for.
  static constexpr int kFinished = 100;
  int step() const;

 private:
  void introduce();
  void talk(std::size_t messages);
  void organize();

  const TestServer& server_;
  User ada_;
  User bob_;
  std::string chat_;
  std::string direct_;
  std::string club_;
  std::string closed_club_;
  std::string own_club_;
  std::string event_;
  std::vector<std::string> messages_;
};

}  // namespace kith::test
