// GET /feed: one's day, newest first (engine/ports/feeds.h).
#include "engine/ports/feeds.h"

#include "gateway/await_port.h"
#include "gateway/rest/club_answers.h"
#include "gateway/rest/routes.h"

namespace kith {

namespace asio = boost::asio;

namespace {

constexpr std::uint32_t kItemsDefault = 20;

}  // namespace

asio::awaitable<HttpResponse> rest::get_feed(RequestContext& context) {
  Feeds* const feeds = context.services.feeds;
  if (feeds == nullptr) co_return refused(context, problem(501, "this store keeps no feeds"));
  const auto limit = limit_of(context.request, kItemsDefault, kFeedItemsMax);
  if (const auto* problem = std::get_if<Problem>(&limit)) co_return refused(context, *problem);
  auto cursor = cursor_of(context.request);
  if (const auto* problem = std::get_if<Problem>(&cursor)) co_return refused(context, *problem);
  HomeFeedQuery query{.cursor = std::get<std::optional<std::string>>(std::move(cursor)),
                      .limit = std::get<std::uint32_t>(limit)};
  const auto feed = co_await await_port<HomeFeed>([&](Callback<HomeFeed> done) {
    feeds->home(context.actor(), std::move(query), std::move(done));
  });
  if (!feed) co_return refused_list(context, feed.error());
  co_return page_answer(feed->items, feed->next_cursor,
                        [](JsonWriter& json, const std::string& item) { json.raw(item); });
}

}  // namespace kith
