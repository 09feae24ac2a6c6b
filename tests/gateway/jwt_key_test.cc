// ES256 and RS256: keys made here, written as the PEM files that an operator would have.
#include "gateway/jwt_key.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <set>

#include "gateway/jwt.h"
#include "gateway/jwt_base64.h"

namespace kith {
namespace {

using std::chrono::seconds;

const WallTime kClock{seconds(1'800'000'000)};
const TokenParties kParties{.issuer = "kith", .audience = "kith"};
const UserId kUser{Uuid{1}};
const AuthSessionId kSession{Uuid{2}};

struct KeyFile {
  std::string path;
  std::string public_path;
  EVP_PKEY* key;

  KeyFile(const std::string& name, EVP_PKEY* made)
      : path(std::filesystem::temp_directory_path() /
             ("kith-" + name + "-" + std::to_string(::getpid()) + ".pem")),
        public_path(path + ".pub"),
        key(made) {
    REQUIRE(key != nullptr);
    std::FILE* file = std::fopen(path.c_str(), "we");
    REQUIRE(file != nullptr);
    PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(file);
    ::chmod(path.c_str(), 0600);
    file = std::fopen(public_path.c_str(), "we");
    PEM_write_PUBKEY(file, key);
    std::fclose(file);
  }
  KeyFile(const KeyFile&) = delete;
  KeyFile& operator=(const KeyFile&) = delete;
  ~KeyFile() {
    EVP_PKEY_free(key);
    std::filesystem::remove(path);
    std::filesystem::remove(public_path);
  }
};

auto load(const std::string& algorithm, const std::string& private_key,
          const std::string& public_key = "") {
  return load_key_files(
      {.algorithm = algorithm, .private_key = private_key, .public_key = public_key});
}

std::string with_signature(const std::string& token, const std::string& signature) {
  return token.substr(0, token.rfind('.') + 1) + base64url_encode(signature);
}

}  // namespace

TEST_CASE("ES256 tokens carry r and s raw, and nothing else passes") {
  const KeyFile file("p256", EVP_EC_gen("P-256"));
  const auto key = load("ES256", file.path, file.public_path);
  REQUIRE(key);
  const auto token = TokenSigner(*key, kParties).issue(kUser, kSession, kClock, seconds(900));
  TokenVerifier verifier(*key, kParties);
  CHECK(verifier.verify(token, kClock));

  const auto input = token.substr(0, token.rfind('.'));
  const auto signature = base64url_decode(token.substr(token.rfind('.') + 1));
  REQUIRE(signature);
  CHECK(signature->size() == 64);
  const std::string r = signature->substr(0, 32);
  const std::string s = signature->substr(32);
  const std::string zero(32, '\0');
  const std::string der = "\x30\x44\x02\x20" + r + "\x02\x20" + s;
  for (const auto& forged : {zero + zero, r + zero, zero + s, s + r, der, r, *signature + '\0',
                             std::string(), std::string(64, '\xff')}) {
    CHECK_FALSE(verifier.verify(with_signature(token, forged), kClock));
  }
}

TEST_CASE("RS256 tokens verify, and its public key is no HMAC secret") {
  const KeyFile file("rsa", EVP_RSA_gen(2048));
  const auto key = load("RS256", file.path);
  REQUIRE(key);
  const auto token = TokenSigner(*key, kParties).issue(kUser, kSession, kClock, seconds(900));
  TokenVerifier verifier(*key, kParties);
  CHECK(verifier.verify(token, kClock));

  std::string pem(std::filesystem::file_size(file.public_path), '\0');
  std::FILE* in = std::fopen(file.public_path.c_str(), "re");
  REQUIRE(std::fread(pem.data(), 1, pem.size(), in) == pem.size());
  std::fclose(in);
  const auto confused = make_hmac_key(pem);
  REQUIRE(confused);
  CHECK_FALSE(verifier.verify(
      TokenSigner(*confused, kParties).issue(kUser, kSession, kClock, seconds(900)), kClock));
  CHECK_FALSE(verifier.verify(with_signature(token, std::string(256, '\0')), kClock));
  CHECK_FALSE(verifier.verify(with_signature(token, std::string(1, '\1')), kClock));
}

TEST_CASE("keys that do not fit are refused in a line that names the file") {
  const KeyFile p256("fit-p256", EVP_EC_gen("P-256"));
  const KeyFile other("fit-other", EVP_EC_gen("P-256"));
  const KeyFile p384("fit-p384", EVP_EC_gen("P-384"));
  const KeyFile weak("fit-weak", EVP_RSA_gen(1024));
  const auto refused = [](const auto& key, const std::string& path) {
    REQUIRE_FALSE(key);
    CAPTURE(key.error().message);
    CHECK(key.error().message.starts_with(path + ": "));
  };
  refused(load("ES256", p384.path), p384.path);
  refused(load("ES256", weak.path), weak.path);
  refused(load("RS256", weak.path), weak.path);
  refused(load("RS256", p256.path), p256.path);
  refused(load("ES256", "/nonexistent.pem"), "/nonexistent.pem");
  refused(load("ES256", p256.public_path), p256.public_path);
  refused(load("ES256", p256.path, other.public_path), other.public_path);
  refused(load("ES256", p256.path, "/nonexistent.pem"), "/nonexistent.pem");
  ::chmod(p256.path.c_str(), 0644);
  refused(load("ES256", p256.path), p256.path);
}

TEST_CASE("what is derived follows from the key and the input alone, and signs nothing") {
  const KeyFile p256("derive-p256", EVP_EC_gen("P-256"));
  const KeyFile rsa("derive-rsa", EVP_RSA_gen(2048));
  std::set<std::string> seen;
  const auto check = [&](const auto& open) {
    const auto key = open();
    const auto again = open();  // as another node opens it
    REQUIRE(key);
    REQUIRE(again);
    const std::string derived = (*key)->derive("a.b");
    CHECK(derived.size() == 32);
    CHECK(derived == (*again)->derive("a.b"));
    CHECK(derived != (*key)->derive("a.c"));
    CHECK_FALSE((*key)->verify("a.b", derived));
    CHECK(seen.insert(derived).second);
  };
  check([&] { return load("ES256", p256.path); });
  check([&] { return load("RS256", rsa.path); });
  check([] { return make_hmac_key(std::string(32, 'a')); });
  check([] { return make_hmac_key(std::string(32, 'b')); });
}

}  // namespace kith
