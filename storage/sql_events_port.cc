// The Events port over SQL: posts each operation to the storage threads. What they do stands in
// sql_events, sql_rsvps, sql_event_lists, sql_event_scores, sql_calendars and sql_event_notices. A
// job may run twice, so none consumes what it captured.
#include "engine/ports/events.h"
#include "storage/sql_calendars.h"
#include "storage/sql_event_lists.h"
#include "storage/sql_event_notices.h"
#include "storage/sql_event_scores.h"
#include "storage/sql_events.h"
#include "storage/sql_ports.h"
#include "storage/sql_rsvps.h"

namespace kith {
namespace {

// How often a calendar program's visits are noted: each is a write.
constexpr std::chrono::seconds kVisitsNotedEvery{60};

class SqlEvents final : public Events {
 public:
  explicit SqlEvents(SqlHandle& worker) : worker_(worker) {}

  void create(Actor actor, CreateEvent create, Callback<ChangedEvent> done) override {
    const ChannelId channel(create.id);
    worker_.write_to(
        channel,
        [actor, create = std::move(create)](WriteContext& context) {
          return create_event(context, actor, create);
        },
        std::move(done));
  }
  void update(Actor actor, UpdateEvent update, Callback<ChangedEvent> done) override {
    const ChannelId channel(update.id);
    worker_.write_to(
        channel,
        [actor, update = std::move(update)](WriteContext& context) {
          return update_event(context, actor, update);
        },
        std::move(done));
  }
  void get(Actor actor, EventId event, Callback<EventRecord> done) override {
    worker_.read(
        StoreRead::events,
        [actor, event](SqlConnection& db) { return read_event(db, actor, event); },
        std::move(done));
  }
  void list(Actor actor, EventQuery query, Callback<EventList> done) override {
    worker_.read(
        StoreRead::events,
        [actor, query = std::move(query)](SqlConnection& db) {
          return list_events(db, actor, query);
        },
        std::move(done));
  }
  void recommend(Actor actor, RecommendationQuery query,
                 Callback<RecommendationList> done) override {
    worker_.read(
        StoreRead::events,
        [actor, query = std::move(query)](SqlConnection& db) {
          return recommend_events(db, actor, query);
        },
        std::move(done));
  }

  void followable(UserKey user, WallTime now, std::uint32_t limit,
                  Callback<std::vector<EventId>> done) override {
    worker_.read(
        StoreRead::events,
        [user, now, limit](SqlConnection& db) -> Result<std::vector<EventId>> {
          return followable_events(db, user, now, limit);
        },
        std::move(done));
  }

  void rsvp(Actor actor, SetRsvp rsvp, Callback<ChangedRsvp> done) override {
    worker_.write_to(
        rsvp.event, [actor, rsvp](WriteContext& context) { return set_rsvp(context, actor, rsvp); },
        std::move(done));
  }
  void attendees(Actor actor, AttendeeQuery query, Callback<AttendeeList> done) override {
    worker_.read(
        StoreRead::events,
        [actor, query = std::move(query)](SqlConnection& db) {
          return list_attendees(db, actor, query);
        },
        std::move(done));
  }
  void check_in(Actor actor, CheckIn check_in, Callback<CheckedIn> done) override {
    worker_.write_to(
        check_in.event,
        [actor, check_in](WriteContext& context) {
          return kith::check_in(context, actor, check_in);
        },
        std::move(done));
  }

  void set_calendar(Actor actor, std::optional<CalendarHash> secret,
                    Callback<Nothing> done) override {
    worker_.write_to(
        actor.user,
        [actor, secret](WriteContext& context) {
          return kith::set_calendar(context, actor, secret);
        },
        std::move(done));
  }
  void calendar(CalendarHash secret, CalendarClient client, WallTime now,
                Callback<CalendarFeed> done) override {
    worker_.read(
        StoreRead::events,
        [secret, client, now](SqlConnection& db) { return read_calendar(db, secret, client, now); },
        [this, client, now, done = std::move(done)](Result<FoundCalendar> found) mutable {
          if (!found) return done(found.error());
          if (!found->read_at || now - *found->read_at >= kVisitsNotedEvery) {
            worker_.write(
                [owner = found->owner, client, now](WriteContext& context) {
                  return mark_calendar_read(context, owner, client, now);
                },
                {});
          }
          done(std::move(found->feed));
        });
  }

  void run_due(WallTime now, Callback<DueWork> done) override {
    worker_.read(
        StoreRead::events,
        [now](SqlConnection& db) -> Result<std::optional<DueNotice>> {
          return find_due_notice(db, now);
        },
        [this, now, done = std::move(done)](Result<std::optional<DueNotice>> due) mutable {
          if (!due) return done(due.error());
          if (!*due) return done(DueWork{});
          worker_.write_to((*due)->event,
                           [due = **due, now](WriteContext& context) {
                             return run_due_notice(context, due, now);
                           },
                           std::move(done));
        });
  }

 private:
  SqlHandle& worker_;
};

}  // namespace

std::unique_ptr<Events> make_sql_events(SqlHandle& worker) {
  return std::make_unique<SqlEvents>(worker);
}

}  // namespace kith
