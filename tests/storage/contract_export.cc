// The words of an export: what is stored as a number is told as the API tells it.
#include "engine/ports/profiles.h"
#include "tests/storage/club_store.h"
#include "tests/storage/notices_fixture.h"

namespace kith {
namespace {

std::string exported(StoreFixture& store, const UserRecord& user) {
  const auto page = store->await<ExportPage>([&](auto done) {
    store.shard().profiles().export_all(store.actor(user), {.limit = 500}, std::move(done));
  });
  REQUIRE(page.ok());
  REQUIRE_FALSE(page->next_cursor);
  std::string all;
  for (const std::string& entry : page->entries) all += entry + '\n';
  return all;
}

TEST_CASE_TEMPLATE("an export says roles and choices in the words of the API", Adapter,
                   CLUB_STORES) {
  StoreFixture store(Adapter::kUrl);
  const UserRecord ada = store.add_user("ada");
  const UserRecord bob = store.add_user("bob");
  store.add_group({ada, bob});
  const TestClub club = add_club(store, ada, ClubPrivacy::closed);
  REQUIRE(join(store, bob, club).ok());
  PreferencesChange wanted;
  wanted.digest = DigestTimes{.every = DigestEvery::week};
  wanted.email = NoticeMode::off;
  wanted.types.push_back(
      {.type = "chat.joined",
       .choice =
           NoticeChoice{.type = "chat.joined", .in_app = false, .web_hook = NoticeMode::digest}});
  REQUIRE(Notices(store).change(bob, wanted).ok());

  const std::string of_ada = exported(store, ada);
  const std::string of_bob = exported(store, bob);
  INFO(of_ada, of_bob);
  const auto says = [](const std::string& all, std::string_view what) {
    return all.find(what) != std::string::npos;
  };
  CHECK(says(of_ada, R"("role":"owner","status":"in")"));
  CHECK(says(of_ada, R"("role":"owner","status":"approved")"));
  CHECK(says(of_bob, R"("role":"member","status":"in")"));
  CHECK(says(of_bob, R"("role":"member","status":"pending")"));
  CHECK(says(of_bob, R"("digest_every":"week")"));
  CHECK(says(of_bob, R"("web_hook":"now","email":"off")"));
  CHECK(says(of_bob, R"("type":"chat.joined","in_app":false,"web_hook":"digest","email":null)"));
}

}  // namespace
}  // namespace kith
