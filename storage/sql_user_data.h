// Every column of the schema that names a user, and what becomes of it: in the export, and in the
// erasure. A test reads the schema and fails where one is missing here, so that neither drifts.
#pragma once

#include <array>
#include <string_view>

namespace kith {

struct UserColumn {
  std::string_view table;
  std::string_view column;
  std::string_view exported;    // the export's kind of entry; else the reason why not, in ()
  std::string_view erased;      // the step of ErasureStep; else the reason why not, in ()
  std::string_view stays = {};  // of the row; empty: the row goes, or names somebody else
};

// clang-format off
inline constexpr std::array kUserColumns = {
    UserColumn{"users", "id", "profile", "request", "the key, without a word"},
    UserColumn{"user_profiles", "user_id", "profile", "request"},
    UserColumn{"user_interests", "user_id", "(the profile has them)", "request"},
    UserColumn{"user_erasures", "user_id", "(one who is erased exports nothing)",
               "(it is how far the erasure has come)", "that, and when"},
    UserColumn{"sessions", "user_id", "login", "rows"},
    UserColumn{"account_tokens", "user_id", "(secrets, for hours)", "rows"},
    UserColumn{"user_blocks", "blocker_id", "block", "rows"},
    UserColumn{"user_blocks", "blocked_id", "(a block is told to nobody)", "rows"},

    UserColumn{"chat_participants", "user_id", "chat", "chats"},
    UserColumn{"chat_messages", "sender_id", "message",
               "chats", "a tombstone"},
    UserColumn{"message_reactions", "user_id", "reaction", "reactions"},
    UserColumn{"message_reports", "reporter_id", "report", "rows", "the report, without its text"},
    UserColumn{"moderation_cases", "assignee_id", "(how the server keeps order)",
               "(whose work it was, by key alone)", "the key"},
    UserColumn{"moderation_case_steps", "by_id", "(the same)", "(who did what, by key alone)",
               "the key"},
    UserColumn{"service_accounts", "created_by", "(of the server)", "(who made it, by key alone)",
               "the key"},
    UserColumn{"channel_log", "user_id", "(others' logs; what it tells is exported of its source)",
               "log", "who came, went and reacted when"},
    UserColumn{"channel_log", "by_id", "(the same)", "log", "the same"},
    UserColumn{"channel_reads", "user_id", "channel_read", "rows"},

    UserColumn{"clubs", "owner_id", "club_membership", "clubs", "one that is closed"},
    UserColumn{"club_memberships", "user_id", "club_membership", "clubs"},
    UserColumn{"club_posts", "author_id", "club_post", "posts"},
    UserColumn{"club_broadcasts", "author_id", "broadcast", "broadcasts", "a tombstone"},
    UserColumn{"events", "creator_id", "event", "events", "one that is cancelled, without a word"},
    UserColumn{"event_attendees", "user_id", "rsvp", "rsvps"},
    UserColumn{"calendars", "user_id", "calendar", "rows"},

    UserColumn{"notifications", "user_id", "notification", "rows"},
    UserColumn{"notification_marks", "user_id", "notification_mark", "rows"},
    UserColumn{"notification_settings", "user_id", "notification_settings", "rows"},
    UserColumn{"notification_choices", "user_id", "notification_choice", "rows"},
    UserColumn{"outbox", "user_id", "(on its way to the user)", "rows"},

    UserColumn{"activities", "user_id", "activity", "rows"},
    UserColumn{"activity_days", "user_id", "activity_day", "rows"},
    UserColumn{"activity_totals", "user_id", "activity_total", "rows"},
    UserColumn{"streaks", "user_id", "streak", "rows"},
    UserColumn{"user_scores", "user_id", "score", "rows"},
    UserColumn{"score_days", "user_id", "score_day", "rows"},
    UserColumn{"user_badges", "user_id", "badge", "rows"},
    UserColumn{"user_zones", "user_id", "time_zone", "rows"},
    UserColumn{"board_entries", "user_id", "board_place", "boards"},
    UserColumn{"board_hides", "user_id", "board_hide", "boards"},

    UserColumn{"audit_details", "user_id", "audit_entry", "audit"},
    UserColumn{"idempotency_keys", "user_id", "(a day's memory of requests)", "rows"},
};
// clang-format on

}  // namespace kith
