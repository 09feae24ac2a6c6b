// A server with a cast: for each relation a user, and some whom things are done to. They are put
// into the store before the server's first start, so that their number costs no password hashes.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tests/rights/relation.h"
#include "tests/support/test_server.h"

namespace kith::test {

// Is this the long form (KITH_RIGHTS_LONG=1)?
bool long_form();

// `count` users that `kithd seed` has made, with access tokens for a day.
struct Cast {
  std::vector<User> users;
};

class World {
 public:
  // `users` beside those of the relations.
  explicit World(std::vector<std::string> settings = {}, std::size_t users = 8);

  TestServer& server() { return server_; }
  const User& as(Relation relation) const { return cast_.users[index_of(relation)]; }
  // Of those without a relation.
  const User& other(std::size_t index) const { return cast_.users[kRelations + index]; }
  const std::string& secret() const { return secret_; }

  // A login of its own, as the operator's `kithd token` would make it.
  User logged_in_again(const User& user) const;

 private:
  Cast cast_;
  std::string secret_;
  TestServer server_;
};

// A chat in which everybody stands as their relation says, with a message of each who could write.
// The name and the texts hold `canary`, which nobody may see who does not see the chat.
struct Stage {
  std::string chat;
  std::string canary;
  std::array<std::string, kRelations> own_message;  // of who never wrote: the victim's
  std::array<std::string, 2> victims_message;
  std::array<std::string, 2> victims_email;
  std::string victims_notification;
  std::string nobody;               // where it is set, {user_id} is this one, whatever the subject
  std::string club;                 // of add_club()
  std::string broadcast;            // of it, scheduled
  std::array<std::string, 2> post;  // of it, by its owner
  std::string event;                // of add_event()
  std::string board;                // of add_board()
  // Of add_named().
  std::string session;  // that of victims_login
  User victims_login{};
  std::array<std::string, 2> reported_case;  // of the victims' messages
  std::string service;
  std::string service_token;

  // What {chat}, {message} and {user} stand for in the eyes of one relation.
  std::string fill(const World& world, Relation relation, Subject subject,
                   std::string_view text) const;

 private:
  std::string with_named(std::string text, Relation relation) const;
};
Stage set_stage(World& world);
// And a club, private unless the setting says otherwise, in which they do: who moderates the chat
// organizes the club, and who was muted is a plain member.
void add_club(World& world, Stage& stage, Setting setting = Setting::closed);
// And an event of that club, to which the two victims come where it is published.
void add_event(World& world, Stage& stage, Setting setting = Setting::closed);
// And a leaderboard.
void add_board(World& world, Stage& stage);

// And what is somebody else's of whatever else this pattern names by {session_id}, {case_id} or
// {service_id}.
void add_named(World& world, Stage& stage, std::string_view pattern);
// The login still works, the cases are as they were, the service's token still holds.
void check_named_stand(World& world, const Stage& stage);

// A fresh id of that kind, which nothing has.
std::string unknown_id(std::string_view prefix);
std::string replaced(std::string text, std::string_view what, std::string_view with);

// What there is to see of the stage, as text: it changes when anything did. The owner's view of the
// chat and of the club and the event where there are any, everybody's profile and role, and whether
// the victim's notification is read.
std::string view_of(World& world, const Stage& stage);

}  // namespace kith::test
