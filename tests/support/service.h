// Another back end, as the tests play it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/test_server.h"

namespace kith::test {

inline constexpr std::string_view kEveryScope =
    "events:publish,users:write,users:disconnect,chats:write,members:write,messages:write,"
    "presence:read";

// What `kithd service-token create` prints. `store` says which store: "--data", PATH and so on.
std::string make_service_token(std::vector<std::string> store,
                               std::string_view scopes = kEveryScope);

// A request with the service's token; `act_as` may be nobody.
HttpResponse ask_as_service(const TestServer& server, std::string_view token, HttpRequest request,
                            std::string_view act_as = {});

// The first user of a store on this data directory, who is an admin.
User make_admin(const std::filesystem::path& data);

// A server with a service account that may do everything.
class ServiceServer {
 public:
  explicit ServiceServer(std::vector<std::string> settings = {});
  TestServer& operator*() { return server_; }
  TestServer* operator->() { return &server_; }
  const std::string& token() const { return token_; }
  HttpResponse post(std::string path, std::string body, std::string_view act_as = {},
                    std::string_view idempotency_key = {});
  HttpResponse get(std::string path);

 private:
  std::string token_;
  TestServer server_;
};

}  // namespace kith::test
