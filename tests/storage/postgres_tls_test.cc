// Postgres over TLS: what `sslmode` of storage.url promises is kept, and what is not trusted is not
// spoken to.
#include "storage/postgres_connection.h"
#include "tests/storage/store_fixture.h"
#include "tests/support/await.h"
#include "tests/support/certificates.h"
#include "tests/support/postgres_server.h"

namespace kith {
namespace {

using test::Certificates;
using test::PostgresServer;

TEST_CASE("sslmode=verify-full checks the certificate against the authority and the name") {
  const std::uint16_t port = test::free_port();
  const std::string number = std::to_string(port);
  PostgresServer server({"listen_addresses=127.0.0.1", "port=" + number});
  const Certificates certificates;
  server.use_tls(certificates.certificate(), certificates.key());
  const std::string url = server.url_by_way_of(server.new_database(), "localhost", port);
  const std::string checked = url + "&sslmode=verify-full&sslrootcert=" + certificates.authority();

  // The server takes TLS as soon as it has read its configuration anew.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  REQUIRE(test::await_condition(deadline, std::chrono::milliseconds(10), [&] {
    PostgresConnection probe({.url = checked});
    return probe.connect().ok();
  }));
  const auto storage = open_storage({.url = checked});
  REQUIRE_MESSAGE(storage.ok(), storage.error().message);
  TestShard shard(**storage);
  CHECK(shard.heads_since(std::nullopt).ok());
  CHECK(PostgresServer::ask(checked,
                            "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity"
                            " USING (pid) WHERE application_name = 'kithd'") == "t");
  (*storage)->close();

  // Another authority; and a name that the certificate does not have.
  const Certificates others;
  for (const std::string& wrong :
       {url + "&sslmode=verify-full&sslrootcert=" + others.authority(),
        server.url_by_way_of(url, "127.0.0.2", port) + "&sslmode=verify-full&sslrootcert=" +
            certificates.authority() + "&hostaddr=127.0.0.1"}) {
    const auto refused = open_storage({.url = wrong});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == ErrorCode::unavailable);
  }
}

}  // namespace
}  // namespace kith
