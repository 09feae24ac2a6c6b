// What an export is made of: a section for each kind of entry, in the order in which they are told.
#pragma once

#include <array>
#include <cstdint>

namespace kith {

enum class ExportValue : std::uint8_t {
  text,
  time,
  integer,
  json,
  user,
  chat,
  club,
  event,
  rsvp,
  message,
  login,
  notification,
  activity,
  report,
  broadcast,
  channel,  // two columns: its kind, and its id
  // Numbers where they are stored, told by the words that the API has for them.
  flag,
  club_role,
  club_status,
  chat_role,
  chat_status,
  rsvp_status,
  notice_mode,
  digest_every,
  board_period,
};
struct ExportColumn {
  const char* name;
  ExportValue value;
};

// Selects two numbers that say where the row stands, then `columns`. $1 is the user, $2 and $3 the
// numbers of the last row told, $4 how many rows to tell. What is one row alone has 1 for both.
struct ExportSection {
  const char* kind;
  const char* sql;
  std::array<ExportColumn, 12> columns;  // those without a name are none
};

// For rows with a number of their own, of a table with an index by `owner`.
#define KITH_BY_NUMBER(owner, number) \
  "WHERE " owner " = $1 AND " number " > $2 AND $3 >= 0 ORDER BY " number " LIMIT $4"
#define KITH_ONE_ROW(owner) "WHERE " owner " = $1 AND $2 < 1 AND $3 < 1 LIMIT $4"
// For the others: by their place in `order` among the user's.
#define KITH_BY_PLACE(columns, table, order)                                        \
  "SELECT x.n, 1, " columns " FROM (SELECT t.*, ROW_NUMBER() OVER (ORDER BY " order \
  ") AS n FROM " table                                                              \
  " t WHERE t.user_id = $1) x WHERE x.n > $2 AND $3 >= 0 ORDER BY x.n "             \
  "LIMIT $4"

namespace export_sections {
using enum ExportValue;
inline constexpr std::array kAll = {
    ExportSection{"profile",
                  "SELECT 1, 1, c.public_id, u.email, u.display_name, u.bio, u.city, u.avatar_url, "
                  "u.premium_tier, u.signup_source, u.created_at, u.last_active_at, "
                  "COALESCE(f.interests, '[]'), f.icebreaker_prompt_id FROM users u "
                  "JOIN channels c ON c.id = u.id LEFT JOIN user_profiles f ON f.user_id = "
                  "u.id " KITH_ONE_ROW("u.id"),
                  {ExportColumn{"id", user},
                   {"email", text},
                   {"display_name", text},
                   {"bio", text},
                   {"city", text},
                   {"avatar_url", text},
                   {"premium_tier", text},
                   {"signup_source", text},
                   {"created_at", time},
                   {"last_active_at", time},
                   {"interests", json},
                   {"icebreaker_prompt_id", text}}},
    ExportSection{"time_zone",
                  KITH_BY_PLACE("x.zone, x.changed_at", "user_zones", "t.from_at"),
                  {ExportColumn{"time_zone", text}, {"changed_at", time}}},
    ExportSection{
        "login",
        "SELECT s.id, 1, s.public_id, s.created_at, s.last_used_at, s.revoked_at, "
        "s.client_address, s.user_agent FROM sessions s " KITH_BY_NUMBER("s.user_id", "s.id"),
        {ExportColumn{"id", login},
         {"created_at", time},
         {"last_used_at", time},
         {"revoked_at", time},
         {"client_address", text},
         {"user_agent", text}}},
    ExportSection{
        "block",
        "SELECT b.blocked_id, 1, c.public_id, b.created_at FROM user_blocks b "
        "JOIN channels c ON c.id = b.blocked_id " KITH_BY_NUMBER("b.blocker_id", "b.blocked_id"),
        {ExportColumn{"user_id", user}, {"created_at", time}}},
    ExportSection{"club_membership",
                  "SELECT m.club_id, 1, c.public_id, m.role, m.status, m.joined_at, m.message "
                  "FROM club_memberships m JOIN channels c ON c.id = m.club_id " KITH_BY_NUMBER(
                      "m.user_id", "m.club_id"),
                  {ExportColumn{"club_id", club},
                   {"role", club_role},
                   {"status", club_status},
                   {"joined_at", time},
                   {"message", text}}},
    ExportSection{"club_post",
                  "SELECT p.id, 1, c.public_id, p.content, p.media_ids, p.created_at "
                  "FROM club_posts p JOIN channels c ON c.id = p.club_id " KITH_BY_NUMBER(
                      "p.author_id", "p.id"),
                  {ExportColumn{"club_id", club},
                   {"content", text},
                   {"media_ids", json},
                   {"created_at", time}}},
    ExportSection{
        "broadcast",
        "SELECT b.id, 1, b.public_id, c.public_id, b.content, b.created_at, b.send_at, "
        "b.sent_at FROM club_broadcasts b JOIN channels c ON c.id = b.club_id " KITH_BY_NUMBER(
            "b.author_id", "b.id"),
        {ExportColumn{"id", broadcast},
         {"club_id", club},
         {"content", json},
         {"created_at", time},
         {"send_at", time},
         {"sent_at", time}}},
    ExportSection{"event",
                  "SELECT e.id, 1, c.public_id, e.title, e.description, e.start_time, "
                  "e.end_time, e.place_name, e.city, e.tags, e.created_at FROM events e "
                  "JOIN channels c ON c.id = e.id " KITH_BY_NUMBER("e.creator_id", "e.id"),
                  {ExportColumn{"event_id", event},
                   {"title", text},
                   {"description", text},
                   {"start_time", time},
                   {"end_time", time},
                   {"location_name", text},
                   {"city", text},
                   {"tags", json},
                   {"created_at", time}}},
    ExportSection{"rsvp",
                  "SELECT a.event_id, 1, c.public_id, a.public_id, a.status, a.guest_count, "
                  "a.checked_in_at, a.created_at, a.updated_at FROM event_attendees a "
                  "JOIN channels c ON c.id = a.event_id " KITH_BY_NUMBER("a.user_id", "a.event_id"),
                  {ExportColumn{"event_id", event},
                   {"rsvp_id", rsvp},
                   {"status", rsvp_status},
                   {"guest_count", integer},
                   {"checked_in_at", time},
                   {"created_at", time},
                   {"updated_at", time}}},
    ExportSection{"calendar",
                  "SELECT 1, 1, k.created_at, k.google_read_at, k.apple_read_at, k.other_read_at "
                  "FROM calendars k " KITH_ONE_ROW("k.user_id"),
                  {ExportColumn{"created_at", time},
                   {"google_read_at", time},
                   {"apple_read_at", time},
                   {"other_read_at", time}}},
    ExportSection{"chat",
                  "SELECT p.chat_id, 1, c.public_id, p.role, p.status, p.joined_at, "
                  "p.last_read_at, p.muted_until FROM chat_participants p "
                  "JOIN channels c ON c.id = p.chat_id " KITH_BY_NUMBER("p.user_id", "p.chat_id"),
                  {ExportColumn{"chat_id", chat},
                   {"role", chat_role},
                   {"status", chat_status},
                   {"joined_at", time},
                   {"last_read_at", time},
                   {"muted_until", time}}},
    // Messages have no index by their sender: they are found by the chats that one is or was in.
    ExportSection{"message",
                  "SELECT m.chat_id, m.seq, c.public_id, m.id, m.sent_at, m.edited_at, m.content "
                  "FROM chat_participants p JOIN chat_messages m ON m.chat_id = p.chat_id "
                  "JOIN channels c ON c.id = p.chat_id WHERE p.user_id = $1 AND m.sender_id = $1 "
                  "AND (p.chat_id > $2 OR (p.chat_id = $2 AND m.seq > $3)) "
                  "ORDER BY p.chat_id, m.seq LIMIT $4",
                  {ExportColumn{"chat_id", chat},
                   {"message_id", message},
                   {"sent_at", time},
                   {"edited_at", time},
                   {"content", json}}},
    ExportSection{
        "reaction",
        "SELECT r.id, 1, m.id, r.emoji, r.reacted_at FROM message_reactions r "
        "JOIN chat_messages m ON m.position = r.message_id " KITH_BY_NUMBER("r.user_id", "r.id"),
        {ExportColumn{"message_id", message}, {"emoji", text}, {"reacted_at", time}}},
    ExportSection{
        "report",
        "SELECT r.id, 1, r.public_id, m.id, r.reason, r.status, r.created_at "
        "FROM message_reports r JOIN chat_messages m ON m.position = r.message_id " KITH_BY_NUMBER(
            "r.reporter_id", "r.id"),
        {ExportColumn{"id", report},
         {"message_id", message},
         {"reason", text},
         {"status", text},
         {"created_at", time}}},
    ExportSection{
        "channel_read",
        "SELECT r.channel_id, 1, c.kind, c.public_id, r.last_read_seq, r.last_read_at "
        "FROM channel_reads r JOIN channels c ON c.id = r.channel_id " KITH_BY_NUMBER(
            "r.user_id", "r.channel_id"),
        {ExportColumn{"channel", channel}, {"last_read_seq", integer}, {"last_read_at", time}}},
    ExportSection{"notification",
                  "SELECT n.id, 1, n.public_id, n.type, n.payload, n.created_at, n.read_at "
                  "FROM notifications n " KITH_BY_NUMBER("n.user_id", "n.id"),
                  {ExportColumn{"id", notification},
                   {"type", text},
                   {"payload", json},
                   {"created_at", time},
                   {"read_at", time}}},
    ExportSection{
        "notification_mark",
        "SELECT 1, 1, k.read_id, k.read_at FROM notification_marks k " KITH_ONE_ROW("k.user_id"),
        {ExportColumn{"read_up_to", notification}, {"read_at", time}}},
    ExportSection{"notification_settings",
                  "SELECT 1, 1, s.time_zone, s.quiet_from, s.quiet_to, s.digest_every, "
                  "s.digest_minute, s.digest_weekday, s.web_hook, s.email "
                  "FROM notification_settings s " KITH_ONE_ROW("s.user_id"),
                  {ExportColumn{"time_zone", text},
                   {"quiet_from", integer},
                   {"quiet_to", integer},
                   {"digest_every", digest_every},
                   {"digest_minute", integer},
                   {"digest_weekday", integer},
                   {"web_hook", notice_mode},
                   {"email", notice_mode}}},
    ExportSection{
        "notification_choice",
        KITH_BY_PLACE("x.type, x.in_app, x.web_hook, x.email", "notification_choices", "t.type"),
        {ExportColumn{"type", text},
         {"in_app", flag},
         {"web_hook", notice_mode},
         {"email", notice_mode}}},
    ExportSection{"activity",
                  KITH_BY_PLACE("x.id, x.kind, x.category, x.value, x.occurred_at, x.recorded_at",
                                "activities", "t.origin, t.idempotency_key"),
                  {ExportColumn{"id", activity},
                   {"kind", text},
                   {"category", text},
                   {"value", integer},
                   {"occurred_at", time},
                   {"recorded_at", time}}},
    ExportSection{"activity_day",
                  KITH_BY_PLACE("x.kind, x.day, x.times, x.total, x.first_at", "activity_days",
                                "t.kind, t.day"),
                  {ExportColumn{"kind", text},
                   {"day", integer},
                   {"times", integer},
                   {"total", integer},
                   {"first_at", time}}},
    ExportSection{"activity_total",
                  KITH_BY_PLACE("x.kind, x.times, x.total", "activity_totals", "t.kind"),
                  {ExportColumn{"kind", text}, {"times", integer}, {"total", integer}}},
    ExportSection{"streak",
                  KITH_BY_PLACE("x.streak_type, x.current_count, x.longest_count, x.freezes, "
                                "x.last_incremented_at",
                                "streaks", "t.streak_type"),
                  {ExportColumn{"streak_type", text},
                   {"current_count", integer},
                   {"longest_count", integer},
                   {"freezes", integer},
                   {"last_incremented_at", time}}},
    ExportSection{"score",
                  KITH_BY_PLACE("x.category, x.score, x.updated_at", "user_scores", "t.category"),
                  {ExportColumn{"category", text}, {"score", integer}, {"updated_at", time}}},
    ExportSection{"score_day",
                  KITH_BY_PLACE("x.category, x.day, x.delta", "score_days", "t.category, t.day"),
                  {ExportColumn{"category", text}, {"day", integer}, {"delta", integer}}},
    ExportSection{
        "badge",
        KITH_BY_PLACE("x.badge_code, x.earned_at", "user_badges", "t.earned_at, t.badge_code"),
        {ExportColumn{"code", text}, {"earned_at", time}}},
    ExportSection{"board_place",
                  "SELECT e.run_id, 1, b.category, b.city, b.period, -e.lag "
                  "FROM board_entries e JOIN boards b ON b.run_id = e.run_id " KITH_BY_NUMBER(
                      "e.user_id", "e.run_id"),
                  {ExportColumn{"category", text},
                   {"city", text},
                   {"period", board_period},
                   {"score", integer}}},
    ExportSection{"board_hide",
                  "SELECT 1, 1, 1 FROM board_hides h " KITH_ONE_ROW("h.user_id"),
                  {ExportColumn{"hidden", flag}}},
    ExportSection{
        "audit_entry",
        "SELECT d.audit_id, 1, l.at, l.action, d.detail FROM audit_details d "
        "JOIN audit_log l ON l.id = d.audit_id " KITH_BY_NUMBER("d.user_id", "d.audit_id"),
        {ExportColumn{"at", time}, {"action", text}, {"detail", json}}},
};
}  // namespace export_sections

}  // namespace kith
