#include "storage/sql_service_accounts.h"

#include "protocol/json_writer.h"
#include "storage/sql_audit.h"
#include "storage/sql_ports.h"

namespace kith {
namespace {

#define KITH_SELECT_SERVICES                                               \
  "SELECT s.id, s.public_id, s.name, s.scopes, s.created_at, c.public_id " \
  "FROM service_accounts s LEFT JOIN channels c ON c.id = s.created_by "

ServiceRecord read_service(const SqlCursor& row) {
  ServiceRecord out{.id = ServiceId{row.uuid(1)},
                    .key = row.integer(0),
                    .name = std::string(row.text(2)),
                    .scopes = ServiceScopes(static_cast<std::uint32_t>(row.integer(3))),
                    .created_at = row.time(4),
                    .created_by = std::nullopt};
  if (!row.is_null(5)) out.created_by = UserId{row.uuid(5)};
  return out;
}

bool is_full(SqlConnection& db) {
  auto row = db.query("SELECT COUNT(*) FROM service_accounts WHERE revoked_at IS NULL");
  return row.next() && row.integer(0) >= std::int64_t{kServiceAccountsMax};
}

std::string describe(const ServiceRecord& service) {
  std::string detail;
  JsonWriter json(detail);
  json.begin_object().field("service_id", service.id).field("name", service.name);
  json.key("scopes").begin_array();
  for (const ServiceScope scope : service.scopes.list()) json.string(to_string(scope));
  json.end_array().end_object();
  return detail;
}

}  // namespace

Result<ServiceRecord> create_service_account(WriteContext& context, const NewService& service) {
  SqlConnection& db = context.db;
  if (is_full(db)) return fail(ErrorCode::too_large, "there are too many service accounts");
  db.execute(
      "INSERT INTO service_accounts(public_id, name, scopes, token_hash, created_at, created_by) "
      "VALUES($1, $2, $3, $4, $5, $6)",
      service.id, service.name, service.scopes.bits(), service.token_hash, service.now, service.by);
  std::optional<ServiceRecord> made;
  {
    auto row = db.query(KITH_SELECT_SERVICES "WHERE s.public_id = $1", service.id);
    if (row.next()) made = read_service(row);
  }
  if (!made) return fail(ErrorCode::internal, "the service account was not stored");
  append_audit(db, {.at = service.now,
                    .action = "service.create",
                    .user = service.by,
                    .detail = describe(*made)});
  return *std::move(made);
}

std::vector<ServiceRecord> list_service_accounts(SqlConnection& db) {
  std::vector<ServiceRecord> out;
  auto rows =
      db.query(KITH_SELECT_SERVICES "WHERE s.revoked_at IS NULL ORDER BY s.id DESC LIMIT $1",
               kServiceAccountsMax);
  while (rows.next()) out.push_back(read_service(rows));
  return out;
}

Status revoke_service_account(WriteContext& context, const Actor& by, const ServiceId& service) {
  const auto revoked = context.db.execute(
      "UPDATE service_accounts SET revoked_at = $1 WHERE public_id = $2 AND revoked_at IS NULL",
      by.now, service);
  if (revoked != 1) return fail(ErrorCode::not_found, "no such service account");
  std::string detail;
  JsonWriter(detail).begin_object().field("service_id", service).end_object();
  append_audit(
      context.db,
      {.at = by.now, .action = "service.revoke", .user = by.key, .detail = std::move(detail)});
  return Nothing{};
}

Result<ServiceCall> authenticate_service(SqlConnection& db, const TokenHash& token,
                                         const std::optional<UserId>& acting_for) {
  ServiceCall out;
  {
    auto row =
        db.query(KITH_SELECT_SERVICES "WHERE s.token_hash = $1 AND s.revoked_at IS NULL", token);
    if (!row.next()) return fail(ErrorCode::unauthorized, "the token does not hold");
    out.service = read_service(row);
  }
  if (!acting_for) return out;
  if (auto user = read_user(db, *acting_for)) {
    user->email.clear();
    out.acting_for = std::move(*user);
  }
  return out;
}

Status audit_acting(WriteContext& context, const ServiceActor& service, const ActingFor& acting) {
  std::string detail;
  JsonWriter(detail)
      .begin_object()
      .field("service_id", service.id)
      .field("route", acting.route)
      .end_object();
  append_audit(context.db, {.at = service.now,
                            .action = "service.act",
                            .user = acting.user,
                            .detail = std::move(detail)});
  return Nothing{};
}

}  // namespace kith
