// Who users are to each other: profiles, blocks, people one might like, and
// one's own logins. Thread, callbacks and `unavailable` as in event_log.h.
//
// A block works both ways and is told to nobody: neither sees the other's
// profile or is recommended to the other, neither brings the other into a chat,
// and in their direct chat neither can say anything while it stands. A group
// they share stays one log for all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/accounts.h"
#include "engine/ports/boards.h"

namespace kith {

struct Badge {
  std::string code;
  WallTime earned_at{};
};
struct Profile {
  UserRecord user;  // email of one's own alone
  std::string premium_tier;
  std::vector<Badge> badges;         // the newest first, at most kProfileBadgesMax
  std::vector<ClubId> mutual_clubs;  // of another: those both are in, at most kMutualClubsMax
  std::optional<std::string> icebreaker_prompt_id;
  std::uint64_t version = 0;  // of what its user changes; rises with every change
};
inline constexpr std::uint32_t kMutualClubsMax = 50;
inline constexpr std::uint32_t kProfileBadgesMax = 50;

// What is set changes. conflict (field kProfileVersionField): another version stands.
inline constexpr std::string_view kProfileVersionField = "if-match";
struct UpdateProfile {
  std::optional<std::string> display_name;
  std::optional<std::string> bio;
  std::optional<std::string> city;
  std::optional<std::string> avatar_url;  // empty: none
  std::optional<std::vector<std::string>> interests;
  std::optional<std::string> icebreaker_prompt_id;  // empty: none
  std::optional<std::uint64_t> if_version{};        // only where it stands at this one
};

struct LoginRecord {
  AuthSessionId id;
  WallTime created_at{};
  WallTime last_used_at{};
  std::string client_address;
  std::string user_agent;
};

struct Blocked {
  UserId user;
  std::string display_name;
  WallTime since{};
};

struct PeopleQuery {
  std::optional<std::string> cursor;
  std::uint32_t limit = 10;
};
struct RecommendedPerson {
  UserId user;
  std::string display_name;
  std::string avatar_url;
  std::vector<std::string> mutual_interests;
  std::uint32_t shared_clubs = 0;
  int score_percent = 0;  // 0 to 100
  std::string_view reason;
};
struct PeopleList {
  std::vector<RecommendedPerson> people;  // best first
  std::optional<std::string> next_cursor;
};

struct ExportQuery {
  std::optional<std::string> cursor;
  std::uint32_t limit = 200;
};
struct ExportPage {
  std::vector<std::string> entries;  // a JSON object each
  std::optional<std::string> next_cursor;
};

// A bounded part of what erasures come to.
struct ErasureWork {
  std::vector<DurableEvent> events;
  std::vector<BoardMoved> boards;  // for Engine::boards_moved
  bool more = false;               // there is more at once
};

class Profiles {
 public:
  virtual ~Profiles() = default;

  // not_found: no such user, or a block lies between.
  virtual void profile(Actor actor, UserId user, Callback<Profile> done) = 0;
  virtual void update(Actor actor, UpdateProfile update, Callback<Committed> done) = 0;

  // Logins that hold, the newest first, at most 100.
  virtual void logins(Actor actor, Callback<std::vector<LoginRecord>> done) = 0;
  // not_found: none of the actor's. Ended already: no events.
  virtual void end_login(Actor actor, AuthSessionId login, Callback<Committed> done) = 0;

  // not_found: no such user. bad_request (field user_id): oneself. Idempotent.
  virtual void block(Actor actor, UserId user, Callback<Committed> done) = 0;
  virtual void unblock(Actor actor, UserId user, Callback<Committed> done) = 0;
  // The newest first, at most 1,000.
  virtual void blocked(Actor actor, Callback<std::vector<Blocked>> done) = 0;

  // bad_request (field cursor). How they are scored stands in
  // storage/sql_people_scores.h.
  virtual void recommend(Actor actor, PeopleQuery query, Callback<PeopleList> done) = 0;

  // All that is stored about the actor, page by page. bad_request (field cursor).
  virtual void export_all(Actor actor, ExportQuery query, Callback<ExportPage> done) = 0;

  // Forgets the actor, for good. At this commit the account is gone: nobody logs in with it, its
  // email is free again, its profile is empty, every login has ended (the event cuts its sockets,
  // `login` is the one that asked). The rest is run_erasures()' (storage/sql_erasure.h says what
  // goes, what stays and what passes to others). unauthorized: it is gone already.
  virtual void erase(Actor actor, AuthSessionId login, Callback<Committed> done) = 0;
  // A part of what is due of that, in one transaction; once, however many nodes ask, and from where
  // it has come to whatever has stopped it.
  virtual void run_erasures(WallTime now, Callback<ErasureWork> done) = 0;
};

}  // namespace kith
