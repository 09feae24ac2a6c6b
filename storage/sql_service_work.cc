// What services do, of sql_service_accounts.h: publishing events, making users, ending connections.
#include <charconv>

#include "protocol/json_writer.h"
#include "storage/sql_accounts.h"
#include "storage/sql_audit.h"
#include "storage/sql_chat_access.h"
#include "storage/sql_idempotency.h"
#include "storage/sql_logins.h"
#include "storage/sql_notices.h"
#include "storage/sql_ports.h"
#include "storage/sql_service_accounts.h"

namespace kith {
namespace {

// Whose the idempotency keys of a service are.
Actor owner_of_keys(const ServiceActor& service) {
  return {.user = {}, .key = UserKey{-service.key}, .now = service.now};
}

Result<std::optional<std::string>> find_made(SqlConnection& db, const ServiceActor& service,
                                             const std::optional<Idempotency>& key) {
  if (!key) return std::optional<std::string>();
  return find_idempotent(db, owner_of_keys(service), *key);
}

void audit(SqlConnection& db, const ServiceActor& service, const char* action,
           const UserId& about) {
  std::string detail;
  JsonWriter(detail)
      .begin_object()
      .field("service_id", service.id)
      .field("user_id", about)
      .end_object();
  append_audit(
      db, {.at = service.now, .action = action, .user = std::nullopt, .detail = std::move(detail)});
}

std::optional<ChannelRef> find_target(WriteContext& context, const ChannelId& id) {
  if (id.kind == IdKind::board) return std::nullopt;  // boards have no log
  if (id.kind == IdKind::user && !find_live_user(context.db, UserId{id.uuid})) return std::nullopt;
  const auto key = context.channel_key(id);
  if (!key) return std::nullopt;
  return ChannelRef{.key = *key, .id = id};
}

// Of one transaction in one channel: their numbers follow each other, so the first tells all.
std::vector<Seq> numbers_from(Seq first, std::size_t count) {
  std::vector<Seq> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(first + i);
  return out;
}

}  // namespace

Result<PublishedAppEvents> publish_app_events(WriteContext& context, const ServiceActor& service,
                                              const AppEvents& events) {
  SqlConnection& db = context.db;
  context.hold(events.channel);
  const auto target = find_target(context, events.channel);
  if (!target) return fail(ErrorCode::not_found, "no such channel");
  const auto made = find_made(db, service, events.idempotency);
  if (!made) return made.error();
  if (*made) {
    Seq first = 0;
    std::from_chars((*made)->data(), (*made)->data() + (*made)->size(), first);
    return PublishedAppEvents{
        .seqs = numbers_from(first, events.payloads.size()), .duplicate = true, .events = {}};
  }
  PublishedAppEvents out;
  for (const std::string& payload : events.payloads) {
    out.events.push_back(append_log(
        context, *target, {.type = EventType::app_event, .at = service.now, .payload = payload}));
    out.seqs.push_back(out.events.back().seq);
  }
  if (events.idempotency) {
    keep_idempotent(db, owner_of_keys(service), *events.idempotency,
                    std::to_string(out.seqs.empty() ? 0 : out.seqs.front()));
  }
  return out;
}

Result<ProvisionedUser> provision_user(WriteContext& context, const ServiceActor& service,
                                       const ProvisionUser& provision) {
  SqlConnection& db = context.db;
  const auto made = find_made(db, service, provision.idempotency);
  if (!made) return made.error();
  if (const auto id = *made ? UserId::parse(**made) : std::nullopt) {
    auto user = read_user(db, *id);
    if (!user) return user.error();
    return ProvisionedUser{.user = std::move(*user), .created = false};
  }
  auto user = create_user(context, provision.user);
  if (!user) return user.error();
  if (provision.idempotency) {
    keep_idempotent(db, owner_of_keys(service), *provision.idempotency, user->id.text());
  }
  audit(db, service, "service.user_create", user->id);
  return ProvisionedUser{.user = std::move(*user), .created = true};
}

Result<Committed> disconnect_user(WriteContext& context, const ServiceActor& service,
                                  const Disconnect& disconnect) {
  context.hold(disconnect.user);
  const auto user = find_live_user(context.db, disconnect.user);
  if (!user) return fail(ErrorCode::not_found, "no such user");
  Committed out;
  if (disconnect.end_logins) out = end_all_logins(context, *user, service.now);
  std::string payload;
  JsonWriter json(payload);
  json.begin_object().field("name", kDisconnectedEvent).key("data").begin_object();
  json.field("logins_ended", disconnect.end_logins);
  if (!disconnect.reason.empty()) json.field("reason", disconnect.reason);
  json.end_object().end_object();
  out.events.push_back(append_log(context, own_channel(*user),
                                  {.type = EventType::app_event,
                                   .at = service.now,
                                   .user = *user,
                                   .payload = std::move(payload)}));
  audit(context.db, service, "service.disconnect", disconnect.user);
  return out;
}

}  // namespace kith
