#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "gateway/commands/commands.h"
#include "gateway/jwt.h"
#include "gateway/password_pool.h"
#include "protocol/json_writer.h"

namespace kith {
namespace {

constexpr std::chrono::hours kTokenLifetime{24};

// A file that appears under its name only when it is whole. It holds tokens: for its owner alone.
class PrivateFile {
 public:
  explicit PrivateFile(std::string path) : path_(std::move(path)), beside_(path_ + ".part") {
    ::unlink(beside_.c_str());  // of a run that did not come to its end
    fd_ = ::open(beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  }
  PrivateFile(const PrivateFile&) = delete;
  PrivateFile& operator=(const PrivateFile&) = delete;
  ~PrivateFile() {
    if (fd_ < 0) return;
    ::close(fd_);
    if (!kept_) ::unlink(beside_.c_str());
  }

  bool open() const { return fd_ >= 0; }
  bool write_and_keep(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto done = ::write(fd_, bytes.data(), bytes.size());
      if (done < 0 && errno == EINTR) continue;
      if (done <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    kept_ = ::rename(beside_.c_str(), path_.c_str()) == 0;
    return kept_;
  }
  std::string failure() const { return fmt::format("{}: {}", path_, std::strerror(errno)); }

 private:
  std::string path_;
  std::string beside_;
  int fd_ = -1;
  bool kept_ = false;
};

std::string seed_json(const Seeded& seeded, const TokenSigner& signer, WallTime now) {
  auto ids = make_uuid_generator();
  std::string out;
  out.reserve(seeded.users.size() * 512);
  JsonWriter json(out);
  json.begin_object().key("users").begin_array();
  for (const auto& user : seeded.users) {
    const AuthSessionId session{ids.next(now)};
    json.begin_object().field("id", user.id).field("email", user.email);
    json.field("token", signer.issue(user.id, session, now, kTokenLifetime)).end_object();
  }
  json.end_array().key("chats").begin_array();
  for (const auto& chat : seeded.chats) {
    json.begin_object().field("id", chat.id).key("members").begin_array();
    for (const auto& member : chat.members) json.id(member);
    json.end_array().end_object();
  }
  json.end_array().key("clubs").begin_array();
  for (const auto& club : seeded.clubs) {
    json.begin_object().field("id", club.id).field("owner", club.owner);
    json.field("members", std::uint64_t{club.members}).end_object();
  }
  json.end_array().end_object();
  out += '\n';
  return out;
}

}  // namespace

int seed(const Config& config, const invocation::Seed& request) {
  PrivateFile file(request.out);
  if (!file.open()) return complain(file.failure());
  auto store = open_store(config, StoreUse::write);
  auto key = open_token_key(config, MissingSecret::make,
                            store ? (*store)->signing_secret() : std::string());
  if (!key) return complain(key.error().message);
  if (!store) return complain(store.error().message, exit_code(store.error()));
  auto password_hash = hash_password(kSeededPassword);
  if (!password_hash) return complain(password_hash.error().message);

  const WallTime now = wall_clock_now();
  const auto seeded = (*store)->seed({.users = request.users,
                                      .rooms = request.rooms,
                                      .members = request.members,
                                      .scores = request.scores,
                                      .clubs = request.clubs,
                                      .club_members = request.club_members,
                                      .password_hash = std::move(*password_hash),
                                      .now = now});
  (*store)->close();
  if (!seeded) return complain(seeded.error().message);

  const TokenSigner signer(*key, {.issuer = config.auth.issuer, .audience = config.auth.audience});
  if (!file.write_and_keep(seed_json(*seeded, signer, now))) return complain(file.failure());
  fmt::print("{} users and {} rooms; tokens good for a day in {}; every password is \"{}\"\n",
             seeded->users.size(), seeded->chats.size(), request.out, kSeededPassword);
  return 0;
}

}  // namespace kith
