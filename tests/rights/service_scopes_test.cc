// What another back end may do is what the scopes of its token say: each scope, for every route.
// With another scope than its own a route of services is 403, a route that has none is 401 with all
// of them, and what was refused has changed nothing.
#include <doctest/doctest.h>

#include "tests/rights/route_request.h"
#include "tests/rights/route_table.h"
#include "tests/rights/world.h"
#include "tests/support/service.h"

namespace kith::test {
namespace {

constexpr Relation kActsFor = Relation::moderator;

std::vector<ServiceScope> all_scopes() {
  return ServiceScopes(~0U).list();
}

std::string token_with(World& world, const std::vector<ServiceScope>& scopes) {
  std::string list;
  for (const ServiceScope scope : scopes) {
    list += (list.empty() ? "\"" : ",\"") + std::string(to_string(scope)) + '"';
  }
  const HttpResponse made =
      world.server().post("/service-accounts", R"({"name":"of scopes","scopes":[)" + list + "]}",
                          world.as(Relation::admin));
  REQUIRE_MESSAGE(made.status == 201, made.body);
  return made.json()["token"].text();
}

// The row of the route that says what services are answered, or the first that there is.
const RouteRow& row_of(const Route& route) {
  const RouteRow* found = nullptr;
  for (const RouteRow& row : kRouteRows) {
    if (row.method != route.method || row.pattern != route.pattern) continue;
    if (found == nullptr || row.service) found = &row;
  }
  REQUIRE(found != nullptr);
  return *found;
}

HttpResponse ask(World& world, const Stage& stage, const RouteRow& row, const std::string& token) {
  std::string path = replaced(std::string(row.pattern), "{channel_id}", stage.chat);
  if (path == "/presence") path += "?users=" + world.other(0).id;
  HttpRequest request = request_of(row, stage.fill(world, kActsFor, row.subject, path),
                                   stage.fill(world, kActsFor, row.subject, row.body), token);
  return ask_as_service(world.server(), token, std::move(request), world.as(kActsFor).id);
}

void check_refused(const HttpResponse& answer, const RouteRow& row) {
  CAPTURE(row.pattern);
  CAPTURE(to_string(row.method));
  CAPTURE(answer.body);
  CHECK(answer.status == (row.service ? 403 : 401));
  const bool names_the_scope =
      row.service && answer.body.find(to_string(row.service->scope)) != std::string::npos;
  CHECK(names_the_scope == row.service.has_value());
}

TEST_CASE("a service's token opens no route of another scope, and none of users") {
  World world;
  Stage stage = set_stage(world);
  add_event(world, stage);
  add_named(world, stage, "{session_id}{case_id}{service_id}");
  const std::string before = view_of(world, stage);
  for (const ServiceScope scope : all_scopes()) {
    CAPTURE(to_string(scope));
    const std::string token = token_with(world, {scope});
    for (const Route& route : kRoutes) {
      const RouteRow& row = row_of(route);
      const bool opens = row.service && row.service->scope == scope;
      if (route.access == RouteAccess::open || opens) continue;
      check_refused(ask(world, stage, row, token), row);
    }
  }
  const std::string all = token_with(world, all_scopes());
  for (const Route& route : kRoutes) {
    const RouteRow& row = row_of(route);
    if (route.access == RouteAccess::open || row.service) continue;
    check_refused(ask(world, stage, row, all), row);
  }
  CHECK(view_of(world, stage) == before);
  check_named_stand(world, stage);
}

TEST_CASE("a service's token opens the routes of its scope") {
  World world;
  for (const RouteRow& row : kRouteRows) {
    if (!row.service) continue;
    CAPTURE(row.pattern);
    CAPTURE(to_string(row.method));
    Stage stage = set_stage(world);
    add_event(world, stage);
    const HttpResponse answer = ask(world, stage, row, token_with(world, {row.service->scope}));
    CAPTURE(answer.body);
    CHECK(answer.status == row.service->status);
  }
}

}  // namespace
}  // namespace kith::test
