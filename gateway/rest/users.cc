// POST /users, and users as JSON.
#include "gateway/await_port.h"
#include "gateway/common_passwords.h"
#include "gateway/config.h"
#include "gateway/password_pool.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/routes.h"
#include "gateway/rest/user_json.h"
#include "protocol/text_rules.h"

namespace kith {

namespace asio = boost::asio;

namespace {

constexpr JsonBody::Length kNameLength{.min = 1, .max = 80};
constexpr std::size_t kPasswordCharactersMax = 256;
constexpr std::size_t kInterestsMax = 50;

// One @ with something on both sides, a dot in the domain, no spaces or controls: what a mail
// server would make of it, only a mail to it can tell.
bool is_email(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > 64 || text.size() > 254) return false;
  const auto domain = text.substr(at + 1);
  if (domain.find('@') != std::string_view::npos) return false;
  for (const char c : text) {
    const auto value = static_cast<unsigned char>(c);
    if (value <= 0x20 || value == 0x7F ||
        std::string_view("<>\"(),:;\\[]").find(c) != std::string_view::npos)
      return false;
  }
  const auto dot = domain.find('.');
  return dot != std::string_view::npos && dot != 0 && domain.back() != '.' &&
         domain.find("..") == std::string_view::npos;
}

struct SignUp {
  NewUser user;
  std::string password;
};

// The commonest ones, and one's own address.
bool is_guessed_first(const SignUp& sign_up) {
  const std::string_view email = sign_up.user.email;
  const std::string_view password = sign_up.password;
  return is_common_password(password) || equals_ignoring_case(password, email) ||
         equals_ignoring_case(password, email.substr(0, email.find('@')));
}

Checked<SignUp> read_sign_up(const RequestContext& context) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  SignUp sign_up;
  NewUser& user = sign_up.user;
  user.email = body.text("email", {.min = 1, .max = 254});
  if (!user.email.empty() && !is_email(user.email)) body.note("email", "is not an email address");
  sign_up.password = body.text("password", {.min = context.services.config.auth.password_min,
                                            .max = kPasswordCharactersMax});
  if (context.services.config.auth.refuse_guessable_passwords && !sign_up.password.empty() &&
      is_guessed_first(sign_up)) {
    body.note("password", "is one of those that are guessed first");
  }
  user.display_name = body.text("display_name", kNameLength);
  if (has_control_characters(user.display_name) ||
      user.display_name.find_first_not_of(' ') == std::string::npos) {
    body.note("display_name", "must have characters that can be seen, and no others");
  }
  user.bio = body.optional_text("bio", {.min = 0, .max = 1000}).value_or("");
  user.city = body.optional_text("city", {.min = 0, .max = 100}).value_or("");
  user.signup_source = body.optional_text("signup_source", {.min = 0, .max = 32}).value_or("");
  const auto interests = body.optional_texts("interests", kInterestsMax, {.min = 1, .max = 64});
  user.interests_json.clear();
  JsonWriter json(user.interests_json);
  json.begin_array();
  for (const std::string& interest : interests.value_or(std::vector<std::string>{})) {
    json.string(interest);
  }
  json.end_array();
  if (auto refusal = body.refusal()) return *std::move(refusal);
  user.id = UserId{fresh_uuid(context.now.wall)};
  user.now = context.now.wall;
  return sign_up;
}

}  // namespace

asio::awaitable<HttpResponse> rest::create_user(RequestContext& context) {
  auto read = read_sign_up(context);
  if (auto* refusal = std::get_if<Problem>(&read)) co_return refused(context, *refusal);
  SignUp sign_up = std::get<SignUp>(std::move(read));
  if (!context.request.client_is_loopback) {
    const auto wait =
        context.services.server.sign_ups.take(context.request.client_address, context.now.steady);
    if (wait) {
      co_return refused(context, Error{.code = ErrorCode::rate_limited,
                                       .message = "too many sign-ups from this address",
                                       .retry_after = wait});
    }
  }
  auto hash = co_await await_port<std::string>([&](Callback<std::string> done) {
    context.services.passwords.hash(std::move(sign_up.password), context.services.completions,
                                    std::move(done));
  });
  if (!hash) co_return refused(context, hash.error());
  sign_up.user.password_hash = std::move(hash).value();
  const auto user = co_await await_port<UserRecord>([&](Callback<UserRecord> done) {
    context.services.accounts.create_user(std::move(sign_up.user), std::move(done));
  });
  if (!user) co_return refused(context, user.error());
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.field("id", user->id).field("display_name", user->display_name).field("city", user->city);
  json.key("interests").raw(user->interests_json);
  json.field("created_at", user->created_at).end_object();
  co_return json_answer(201, std::move(out));
}

void write_user_members(JsonWriter& json, const UserRecord& user) {
  json.field("id", user.id).field("display_name", user.display_name);
  json.field("bio", user.bio).field("city", user.city);
  json.key("avatar_url");
  if (user.avatar_url.empty()) {
    json.null();
  } else {
    json.string(user.avatar_url);
  }
  json.key("interests").raw(user.interests_json);
  json.field("created_at", user.created_at);
  json.key("last_active_at");
  if (user.last_active_at) {
    json.time(*user.last_active_at);
  } else {
    json.null();
  }
}

void write_own_user(JsonWriter& json, const UserRecord& user) {
  json.begin_object();
  write_user_members(json, user);
  json.field("email", user.email).field("email_verified", user.email_verified);
  json.field("role", to_string(user.role));
  json.end_object();
}

}  // namespace kith
