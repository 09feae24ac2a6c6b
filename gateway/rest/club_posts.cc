// POST /clubs/{club_id}/posts, DELETE /clubs/{club_id}/posts/{post_id}, GET /clubs/{club_id}/feed.
#include <algorithm>

#include "gateway/await_port.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/routes.h"
#include "protocol/text_rules.h"

namespace kith {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kContentCharactersMax = 4000;
constexpr std::uint32_t kFeedDefault = 20;

bool is_media_id(std::string_view text) {
  return !has_control_characters(text) && text.find_first_not_of(' ') != std::string_view::npos;
}

Checked<CreatePost> read_post(const RequestContext& context, ClubId club) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  CreatePost post;
  post.club = club;
  post.content =
      body.optional_text("content", {.min = 0, .max = kContentCharactersMax}).value_or("");
  post.media_ids = body.optional_texts("media_ids", limits::kAttachmentsMax,
                                       {.min = 1, .max = limits::kMediaIdBytesMax})
                       .value_or(std::vector<std::string>{});
  if (!std::ranges::all_of(post.media_ids, is_media_id)) {
    body.note("media_ids", "must have characters that can be seen, and no others");
  }
  post.event = body.optional_id<IdKind::event>("event_id");
  if (post.content.empty() && post.media_ids.empty() && !body.has("event_id")) {
    body.note("content", "is needed where there are neither media nor an event");
  }
  if (auto refusal = body.refusal()) return *std::move(refusal);
  auto idempotency = idempotency_of(context, "/clubs/" + club.text() + "/posts");
  if (auto* refusal = std::get_if<Problem>(&idempotency)) return std::move(*refusal);
  post.idempotency = std::get<std::optional<Idempotency>>(std::move(idempotency));
  post.id = PostId{context.services.engine.new_uuid()};
  return post;
}

}  // namespace

asio::awaitable<HttpResponse> rest::create_club_post(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, refusal] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(refusal);
  auto read = read_post(context, *club);
  if (auto* problem = std::get_if<Problem>(&read)) co_return refused(context, *problem);
  if (auto limited = over_limit(context, context.services.server.club_posts, "posts")) {
    co_return *std::move(limited);
  }
  const auto made = co_await await_port<CreatedPost>([&](Callback<CreatedPost> done) {
    context.services.clubs->post(context.actor(), std::get<CreatePost>(std::move(read)),
                                 publishing(context.services.engine, std::move(done)));
  });
  if (!made) {
    const bool of_body = !made.error().field.empty();
    co_return refused(context, of_body ? to_body_problem(made.error()) : to_problem(made.error()));
  }
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("id", made->id).field("created_at", made->created_at).end_object();
  co_return json_answer(made->created ? 201 : 200, std::move(out));
}

asio::awaitable<HttpResponse> rest::remove_club_post(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, no_club] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(no_club);
  auto [post, no_post] = path_id<PostId>(context, 1);
  if (!post) co_return std::move(no_post);
  const ClubId of = *club;
  const PostId id = *post;
  const auto removed = co_await await_port<Committed>([&](Callback<Committed> done) {
    context.services.clubs->remove_post(context.actor(), of, id,
                                        publishing(context.services.engine, std::move(done)));
  });
  if (!removed) co_return refused(context, removed.error());
  co_return HttpResponse{.status = 204};
}

asio::awaitable<HttpResponse> rest::get_club_feed(RequestContext& context) {
  if (auto none = without_clubs(context)) co_return *std::move(none);
  auto [club, refusal] = path_id<ClubId>(context, 0);
  if (!club) co_return std::move(refusal);
  const ClubId id = *club;
  const auto limit = limit_of(context.request, kFeedDefault, limits::kClubListMax);
  if (const auto* problem = std::get_if<Problem>(&limit)) co_return refused(context, *problem);
  auto cursor = cursor_of(context.request);
  if (auto* problem = std::get_if<Problem>(&cursor)) co_return refused(context, *problem);
  const auto page = co_await await_port<FeedPage>([&](Callback<FeedPage> done) {
    context.services.clubs->feed(context.actor(), id,
                                 std::get<std::optional<std::string>>(std::move(cursor)),
                                 std::get<std::uint32_t>(limit), std::move(done));
  });
  if (!page) co_return refused_list(context, page.error());
  co_return page_answer(page->items, page->next_cursor,
                        [](JsonWriter& json, const FeedItem& item) { json.raw(item.json); });
}

}  // namespace kith
