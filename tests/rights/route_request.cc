#include "tests/rights/route_request.h"

#include "tests/rights/world.h"

namespace kith::test {

HttpRequest request_of(const RouteRow& row, std::string path, std::string body,
                       const std::string& token) {
  path = replaced(replaced(std::move(path), "{emoji}", "%F0%9F%91%8D"), "{file}", "app.js");
  path = replaced(std::move(path), "{calendar}", "none.ics");
  path = replaced(std::move(path), "{service_id}", "svc_00000000000000000000000000");
  path = replaced(std::move(path), "{case_id}", "case_00000000000000000000000000");
  path = replaced(std::move(path), "{channel_id}", "usr_00000000000000000000000000");
  return HttpRequest{
      .method = std::string(to_string(row.method)),
      .path = replaced(std::move(path), "{session_id}", "ses_00000000000000000000000000"),
      .body = std::move(body),
      .token = token};
}

}  // namespace kith::test
