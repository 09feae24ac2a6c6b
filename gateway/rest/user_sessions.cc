// GET /users/me/sessions, DELETE /users/me/sessions/{session_id}; GET /users/me/blocks,
// POST and DELETE /users/{user_id}/block; GET /users/me/export.
#include "gateway/await_port.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/profile_answers.h"
#include "gateway/rest/routes.h"

namespace kith {

namespace asio = boost::asio;
using rest::profiles_of;

asio::awaitable<HttpResponse> rest::list_sessions(RequestContext& context) {
  using Logins = std::vector<LoginRecord>;
  const auto list = co_await await_port<Logins>([&](Callback<Logins> done) {
    profiles_of(context).logins(context.actor(), std::move(done));
  });
  if (!list) co_return refused(context, list.error());
  const AuthSessionId current = context.who->session;
  co_return page_answer(*list, std::nullopt, [&](JsonWriter& json, const LoginRecord& login) {
    json.begin_object().field("id", login.id).field("current", login.id == current);
    json.field("created_at", login.created_at).field("last_used_at", login.last_used_at);
    json.field("client_address", login.client_address);
    json.field("user_agent", login.user_agent).end_object();
  });
}

asio::awaitable<HttpResponse> rest::end_session(RequestContext& context) {
  auto [login, refusal] = path_id<AuthSessionId>(context, 0);
  if (!login) co_return std::move(refusal);
  const AuthSessionId id = *login;
  auto ended = co_await await_port<Committed>([&](Callback<Committed> done) {
    profiles_of(context).end_login(context.actor(), id, std::move(done));
  });
  if (!ended) co_return refused(context, ended.error());
  context.services.engine.publish(std::move(ended->events));
  co_return HttpResponse{.status = 204};
}

asio::awaitable<HttpResponse> rest::export_me(RequestContext& context) {
  constexpr std::uint32_t kEntriesDefault = 200;
  constexpr std::uint32_t kEntriesMax = 500;
  auto cursor = cursor_of(context.request);
  if (const auto* problem = std::get_if<Problem>(&cursor)) co_return refused(context, *problem);
  const auto limit = limit_of(context.request, kEntriesDefault, kEntriesMax);
  if (const auto* problem = std::get_if<Problem>(&limit)) co_return refused(context, *problem);
  ExportQuery query{.cursor = std::get<std::optional<std::string>>(std::move(cursor)),
                    .limit = std::get<std::uint32_t>(limit)};
  const auto page = co_await await_port<ExportPage>([&](Callback<ExportPage> done) {
    profiles_of(context).export_all(context.actor(), std::move(query), std::move(done));
  });
  if (!page) co_return refused_list(context, page.error());
  co_return page_answer(page->entries, page->next_cursor,
                        [](JsonWriter& json, const std::string& entry) { json.raw(entry); });
}

asio::awaitable<HttpResponse> rest::list_blocks(RequestContext& context) {
  using List = std::vector<Blocked>;
  const auto list = co_await await_port<List>(
      [&](Callback<List> done) { profiles_of(context).blocked(context.actor(), std::move(done)); });
  if (!list) co_return refused(context, list.error());
  co_return page_answer(*list, std::nullopt, [](JsonWriter& json, const Blocked& blocked) {
    json.begin_object().field("user_id", blocked.user);
    json.field("display_name", blocked.display_name).field("since", blocked.since).end_object();
  });
}

asio::awaitable<HttpResponse> rest::block_user(RequestContext& context) {
  auto [user, refusal] = path_id<UserId>(context, 0);
  if (!user) co_return std::move(refusal);
  const UserId id = *user;
  auto blocked = co_await await_port<Committed>([&](Callback<Committed> done) {
    profiles_of(context).block(context.actor(), id, std::move(done));
  });
  if (!blocked) co_return refused(context, blocked.error());
  context.services.engine.publish(std::move(blocked->events));
  co_return HttpResponse{.status = 204};
}

asio::awaitable<HttpResponse> rest::unblock_user(RequestContext& context) {
  auto [user, refusal] = path_id<UserId>(context, 0);
  if (!user) co_return std::move(refusal);
  const UserId id = *user;
  auto unblocked = co_await await_port<Committed>([&](Callback<Committed> done) {
    profiles_of(context).unblock(context.actor(), id, std::move(done));
  });
  if (!unblocked) co_return refused(context, unblocked.error());
  context.services.engine.publish(std::move(unblocked->events));
  co_return HttpResponse{.status = 204};
}

}  // namespace kith
