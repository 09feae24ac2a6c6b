#include "gateway/rest/sign_up.h"

#include "gateway/common_passwords.h"
#include "gateway/config.h"
#include "gateway/rest/answers.h"
#include "gateway/rest/json_body.h"
#include "gateway/rest/user_fields.h"
#include "protocol/json_writer.h"

namespace kith {
namespace {

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

// The commonest ones, and one's own address.
bool is_guessed_first(const SignUp& sign_up) {
  const std::string_view email = sign_up.user.email;
  const std::string_view password = *sign_up.password;
  return is_common_password(password) || equals_ignoring_case(password, email) ||
         equals_ignoring_case(password, email.substr(0, email.find('@')));
}

void read_password(JsonBody& body, const AuthConfig& auth, PasswordField field, SignUp& sign_up) {
  const JsonBody::Length length{.min = auth.password_min, .max = kPasswordCharactersMax};
  if (field == PasswordField::needed && !body.has("password")) body.note("password", "is needed");
  sign_up.password = body.optional_text("password", length);
  if (auth.refuse_guessable_passwords && sign_up.password && is_guessed_first(sign_up)) {
    body.note("password", "is one of those that are guessed first");
  }
}

}  // namespace

Checked<SignUp> read_sign_up(const RequestContext& context, PasswordField password) {
  auto parsed = JsonBody::parse(context);
  if (auto* refusal = std::get_if<Problem>(&parsed)) return std::move(*refusal);
  JsonBody& body = std::get<JsonBody>(parsed);
  SignUp sign_up;
  NewUser& user = sign_up.user;
  user.email = body.text("email", kEmailLength);
  if (!user.email.empty() && !is_email(user.email)) body.note("email", "is not an email address");
  read_password(body, context.services.config.auth, password, sign_up);
  user.display_name = body.name("display_name", kDisplayNameLength);
  user.bio = body.optional_text("bio", kBioLength).value_or("");
  user.city = body.optional_name("city", kUserCityLength).value_or("");
  user.signup_source = body.optional_text("signup_source", {.min = 0, .max = 32}).value_or("");
  const auto interests = body.optional_names("interests", kInterestsMax, kInterestLength);
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

}  // namespace kith
