// Service accounts (engine/ports/service_accounts.h), and what they do, over SQL.
//
// Who owns an Idempotency-Key is a user's key, or a service's negated: both are above 0.
#pragma once

#include "engine/ports/service_accounts.h"
#include "storage/sql_session.h"

namespace kith {

Result<ServiceRecord> create_service_account(WriteContext& context, const NewService& service);
std::vector<ServiceRecord> list_service_accounts(SqlConnection& db);
Status revoke_service_account(WriteContext& context, const Actor& by, const ServiceId& service);
Result<ServiceCall> authenticate_service(SqlConnection& db, const TokenHash& token,
                                         const std::optional<UserId>& acting_for);

struct ActingFor {
  UserKey user{};
  std::string route;
};
Status audit_acting(WriteContext& context, const ServiceActor& service, const ActingFor& acting);

Result<PublishedAppEvents> publish_app_events(WriteContext& context, const ServiceActor& service,
                                              const AppEvents& events);
Result<ProvisionedUser> provision_user(WriteContext& context, const ServiceActor& service,
                                       const ProvisionUser& provision);
Result<Committed> disconnect_user(WriteContext& context, const ServiceActor& service,
                                  const Disconnect& disconnect);

}  // namespace kith
