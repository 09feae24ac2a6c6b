// Clubs: who they are, who is in them, and what stands in their feed. Every change is one
// transaction: the state, its durable events (on the club's channel, its chat's, the members' own)
// and its audit entry.
//
// Thread, callbacks and `unavailable` as in event_log.h; a change answers with the events that it
// committed, in order, for Engine::publish.
//
// A club owns a chat, and membership is one thing told in both: who comes into the club, leaves it,
// is removed or banned there is so in its chat as well, and the other way round (chats.h).
//
// Everybody sees that a club exists: its name, description, city and tags. Its members, feed and
// channel are for its members; of a public club, members and feed are for everybody. not_found
// tells of what one may not see, forbidden of what one sees and may not do.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports/callback.h"
#include "engine/ports/chats.h"
#include "protocol/event.h"
#include "protocol/ids.h"

namespace kith {

// Stored: numbers are for ever. Each may do what those before it may.
//   moderator  removes and bans those below them
//   organizer  lets in, gives roles below their own, changes the club, sends broadcasts
//   owner      one; gives the club away by giving that role
enum class ClubRole : std::uint8_t { member = 0, moderator = 1, organizer = 2, owner = 3 };
std::string_view to_string(ClubRole role);
std::optional<ClubRole> parse_club_role(std::string_view text);

enum class ClubStatus : std::uint8_t { approved = 0, gone = 1, banned = 2, pending = 3 };
std::string_view to_string(ClubStatus status);  // gone: "none"

enum class ClubPrivacy : std::uint8_t { open = 0, closed = 1 };
std::string_view to_string(ClubPrivacy privacy);  // "public", "private"
std::optional<ClubPrivacy> parse_club_privacy(std::string_view text);

struct CreateClub {
  ClubId id;  // proposed, as is the chat's
  ChatId chat;
  std::string name;
  std::string description;
  std::string city;
  std::vector<std::string> tags;  // each once
  ClubPrivacy privacy = ClubPrivacy::open;
  std::optional<Idempotency> idempotency;
};
struct ClubRecord {
  ClubId id;
  std::string slug;
  std::string name;
  std::string description;
  std::string city;
  std::string tags_json = "[]";  // a JSON array of strings
  ClubPrivacy privacy = ClubPrivacy::open;
  UserId owner;
  ChatId chat;
  std::uint32_t member_count = 0;
  std::uint64_t version = 0;  // of what update() changes; from 1
  WallTime created_at{};
  WallTime updated_at{};
  ClubStatus status = ClubStatus::gone;  // the reader's
  ClubRole role = ClubRole::member;      // the reader's, where they are approved
};
struct CreatedClub {
  ClubRecord club;
  bool created = true;  // false: this Idempotency-Key's club
  std::vector<DurableEvent> events;
};
struct UpdateClub {
  ClubId club;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<std::string> city;
  std::optional<std::vector<std::string>> tags;
  std::optional<ClubPrivacy> privacy;
  std::optional<std::uint64_t> if_version;  // only where it stands at this one
};
struct UpdatedClub {
  ClubRecord club;
  bool stale = false;  // it did not: nothing was changed, and `club` is how it stands
  std::vector<DurableEvent> events;
};

struct ClubSearch {
  std::string text;  // words of name, description and tags, all of them; empty: any
  std::string city;  // compared without case
  std::string tag;
  std::string slug;
  bool mine = false;  // only those that the reader is in
  std::optional<std::string> cursor;
  std::uint32_t limit = 20;
};
struct ClubList {
  std::vector<ClubRecord> clubs;  // newest first
  std::optional<std::string> next_cursor;
};

struct MembershipChange {
  ClubStatus status = ClubStatus::gone;  // as it stands now
  ClubRole role = ClubRole::member;
  std::vector<DurableEvent> events;  // none: it stood so already
};
struct ChangeMember {
  enum class Action : std::uint8_t { approve, reject, ban, unban, remove, role };
  ClubId club;
  UserId user;
  Action action = Action::approve;
  ClubRole role = ClubRole::member;  // of action role
  std::string reason;                // of a ban
  std::optional<WallTime> until;     // of a ban; none: for good
};
std::optional<ChangeMember::Action> parse_member_action(std::string_view text);

struct ClubMembersQuery {
  ClubId club;
  ClubStatus status = ClubStatus::approved;  // others: for moderators and above
  std::optional<std::string> cursor;
  std::uint32_t limit = 50;
};
struct ClubMember {
  UserId user;
  std::string display_name;
  std::string avatar_url;
  ClubRole role = ClubRole::member;
  ClubStatus status = ClubStatus::approved;
  WallTime joined_at{};  // asked to join, where they are pending
  std::string message;   // with which they asked
};
struct ClubMembers {
  std::vector<ClubMember> members;  // in the order they came
  std::optional<std::string> next_cursor;
};

struct CreatePost {
  ClubId club;
  PostId id;  // proposed
  std::string content;
  std::vector<std::string> media_ids;
  std::optional<EventId> event;
  std::optional<Idempotency> idempotency;
};
struct CreatedPost {
  PostId id;
  WallTime created_at{};
  bool created = true;  // false: this Idempotency-Key's post
  std::vector<DurableEvent> events;
};

// One entry of a feed: a post, one that is media alone, or the card of an event.
struct FeedItem {
  enum class Type : std::uint8_t { post = 0, event = 1, media = 2 };
  Type type = Type::post;
  std::string json;  // the item as it is shown
};
struct FeedPage {
  std::vector<FeedItem> items;  // newest first
  std::optional<std::string> next_cursor;
};

class Clubs {
 public:
  virtual ~Clubs() = default;

  // The creator is its owner. The slug is made of the name, and of a number where it is taken.
  virtual void create(Actor actor, CreateClub create, Callback<CreatedClub> done) = 0;
  virtual void get(Actor actor, ClubId club, Callback<ClubRecord> done) = 0;
  // forbidden: below organizer. The chat's name follows.
  virtual void update(Actor actor, UpdateClub update, Callback<UpdatedClub> done) = 0;
  virtual void search(Actor actor, ClubSearch search, Callback<ClubList> done) = 0;

  // approved at once where the club is public, else pending until an organizer has said so: its
  // organizers' own channels get notification.new of type "club.join_requested". Whoever comes in
  // is told on theirs, by "club.joined" {club_id, role, by}. Again: as it stands. forbidden:
  // banned.
  virtual void join(Actor actor, ClubId club, std::string message,
                    Callback<MembershipChange> done) = 0;
  // Also takes back a request. conflict: the owner stays until the club has another. not_found: not
  // in it.
  virtual void leave(Actor actor, ClubId club, Callback<MembershipChange> done) = 0;
  // By those whose role allows it (ClubRole), of those below them. not_found (field user_id): no
  // such user, or not where the action looks for them. conflict: to approve who is banned.
  virtual void change_member(Actor actor, ChangeMember change, Callback<MembershipChange> done) = 0;
  virtual void members(Actor actor, ClubMembersQuery query, Callback<ClubMembers> done) = 0;

  // By members. not_found (field event_id): no event that they may see.
  virtual void post(Actor actor, CreatePost post, Callback<CreatedPost> done) = 0;
  // By its author or an organizer. It is gone from the feed, and in the channel's log a tombstone.
  virtual void remove_post(Actor actor, ClubId club, PostId post, Callback<Committed> done) = 0;
  virtual void feed(Actor actor, ClubId club, std::optional<std::string> cursor,
                    std::uint32_t limit, Callback<FeedPage> done) = 0;

  // The clubs that the user is in, most recent activity first.
  virtual void followable(UserKey user, std::uint32_t limit,
                          Callback<std::vector<ClubId>> done) = 0;
};

}  // namespace kith
