// The ServiceAccounts port over SQL: posts each operation to the storage threads. A job may run
// twice, so none consumes what it captured.
#include "storage/sql_service_accounts.h"

#include "storage/sql_ports.h"

namespace kith {
namespace {

class SqlServiceAccounts final : public ServiceAccounts {
 public:
  explicit SqlServiceAccounts(SqlHandle& worker) : worker_(worker) {}

  void create(NewService service, Callback<ServiceRecord> done) override {
    worker_.write([service = std::move(service)](
                      WriteContext& context) { return create_service_account(context, service); },
                  std::move(done));
  }
  void list(Callback<std::vector<ServiceRecord>> done) override {
    worker_.read(
        StoreRead::accounts,
        [](SqlConnection& db) -> Result<std::vector<ServiceRecord>> {
          return list_service_accounts(db);
        },
        std::move(done));
  }
  void revoke(Actor by, ServiceId service, Callback<Nothing> done) override {
    worker_.write(
        [by, service](WriteContext& context) {
          return revoke_service_account(context, by, service);
        },
        std::move(done));
  }
  void authenticate(TokenHash token, std::optional<UserId> acting_for,
                    Callback<ServiceCall> done) override {
    worker_.read(
        StoreRead::accounts,
        [token, acting_for](SqlConnection& db) {
          return authenticate_service(db, token, acting_for);
        },
        std::move(done));
  }
  void audit_acting(ServiceActor service, UserKey user, std::string route) override {
    worker_.write(
        [service, acting = ActingFor{.user = user, .route = std::move(route)}](
            WriteContext& context) { return kith::audit_acting(context, service, acting); },
        {});
  }
  void publish(ServiceActor service, AppEvents events, Callback<PublishedAppEvents> done) override {
    const ChannelId channel = events.channel;
    worker_.write_to(
        channel,
        [service, events = std::move(events)](WriteContext& context) {
          return publish_app_events(context, service, events);
        },
        std::move(done));
  }
  void provision_user(ServiceActor service, ProvisionUser provision,
                      Callback<ProvisionedUser> done) override {
    worker_.write(
        [service, provision = std::move(provision)](WriteContext& context) {
          return kith::provision_user(context, service, provision);
        },
        std::move(done));
  }
  void disconnect(ServiceActor service, Disconnect disconnect, Callback<Committed> done) override {
    const ChannelId channel(disconnect.user);
    worker_.write_to(
        channel,
        [service, disconnect = std::move(disconnect)](WriteContext& context) {
          return disconnect_user(context, service, disconnect);
        },
        std::move(done));
  }

 private:
  SqlHandle& worker_;
};

}  // namespace

std::unique_ptr<ServiceAccounts> make_sql_service_accounts(SqlHandle& worker) {
  return std::make_unique<SqlServiceAccounts>(worker);
}

}  // namespace kith
