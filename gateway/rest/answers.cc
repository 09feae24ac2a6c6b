#include "gateway/rest/answers.h"

#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "gateway/await_port.h"

namespace kith {

HttpResponse json_answer(int status, std::string body) {
  return HttpResponse{.status = status, .body = std::move(body)};
}

HttpResponse refused(const RequestContext& context, const Problem& problem) {
  return to_response(problem, context.request.correlation_id);
}

HttpResponse refused(const RequestContext& context, const Error& error) {
  return refused(context, to_problem(error));
}

std::optional<HttpResponse> over_limit(const RequestContext& context, KeyedLimits& limit,
                                       std::string_view what) {
  const auto wait = limit.take(context.who->user.text(), context.now.steady);
  if (!wait) return std::nullopt;
  return refused(context, Error{.code = ErrorCode::rate_limited,
                                .message = "too many " + std::string(what),
                                .retry_after = wait});
}

boost::asio::awaitable<HttpResponse> refused_in_chat(RequestContext& context, ChatId chat,
                                                     Error error) {
  if (error.code == ErrorCode::forbidden) {
    const auto access = co_await await_port<Attached>([&](Callback<Attached> done) {
      context.services.chats.access(context.who->key, chat, std::move(done));
    });
    if (!access && access.error().code != ErrorCode::forbidden &&
        access.error().code != ErrorCode::not_found) {
      co_return refused(context, access.error());
    }
    if (!access) co_return refused(context, problem(404, "there is no such chat"));
  }
  co_return refused(context, error);
}

Checked<std::uint32_t> limit_of(const HttpRequest& request, std::uint32_t fallback,
                                std::uint32_t max) {
  const auto text = request.query_value("limit");
  if (!text) return fallback;
  std::uint32_t limit = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), limit);
  const bool whole = end == text->data() + text->size() && !text->empty();
  const bool all_digits = text->find_first_not_of("0123456789") == std::string_view::npos;
  if (whole && all_digits && error == std::errc::result_out_of_range) return max;
  if (!whole || error != std::errc{} || limit == 0) {
    return problem(400, "limit is not a positive number");
  }
  return std::min(limit, max);
}

Checked<std::optional<std::string>> idempotency_key(const HttpRequest& request) {
  constexpr std::size_t kBytesMax = 64;
  const auto count = request.head.count("idempotency-key");
  if (count == 0) return std::optional<std::string>{};
  const std::string_view key = *request.head.find("idempotency-key");
  const auto seen = [](char c) { return c > ' ' && c <= '~'; };
  const bool sane = count == 1 && !key.empty() && key.size() <= kBytesMax &&
                    std::all_of(key.begin(), key.end(), seen);
  if (!sane) return problem(400, "the Idempotency-Key is not valid");
  return std::optional<std::string>(key);
}

Uuid fresh_uuid(WallTime now) {
  thread_local UuidGenerator generator([] {
    std::uint64_t bits = 0;
    randombytes_buf(&bits, sizeof bits);
    return bits;
  });
  return generator.next(now);
}

}  // namespace kith
