#include "gateway/jwt_key.h"

#include <fmt/format.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <filesystem>

#include "gateway/secrets.h"
#include "protocol/assert.h"

namespace kith {
namespace {

using KeyResult = Result<std::shared_ptr<const TokenKey>>;

constexpr std::size_t kSha256Bytes = 32;
constexpr std::size_t kP256Bytes = 32;
constexpr int kRsaBitsMin = 2048;

template <auto kFree>
struct Free {
  template <typename T>
  void operator()(T* pointer) const {
    kFree(pointer);
  }
};
using PKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;
using BigNumber = std::unique_ptr<BIGNUM, Free<BN_free>>;
using File = std::unique_ptr<std::FILE, Free<std::fclose>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Error refuse(const std::string& path, std::string_view reason) {
  return fail(ErrorCode::bad_request, fmt::format("{}: {}", path, reason));
}

std::string hmac(std::string_view secret, std::string_view input) {
  std::array<unsigned char, kSha256Bytes> out{};
  unsigned length = 0;
  const auto* done = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                          bytes_of(input), input.size(), out.data(), &length);
  KITH_ASSERT(done != nullptr && length == out.size());
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

// A line feed stands in nothing that is signed as a token.
std::string derived(std::string_view secret, std::string_view input) {
  return hmac(secret, fmt::format("derive\n{}", input));
}

class HmacKey final : public TokenKey {
 public:
  explicit HmacKey(std::string secret) : secret_(std::move(secret)) {}
  ~HmacKey() override { OPENSSL_cleanse(secret_.data(), secret_.size()); }
  HmacKey(const HmacKey&) = delete;
  HmacKey& operator=(const HmacKey&) = delete;

  std::string_view algorithm() const override { return "HS256"; }
  std::string sign(std::string_view input) const override { return hmac(secret_, input); }
  bool verify(std::string_view input, std::string_view signature) const override {
    const std::string expected = sign(input);
    return signature.size() == expected.size() &&
           CRYPTO_memcmp(expected.data(), signature.data(), expected.size()) == 0;
  }
  std::string derive(std::string_view input) const override { return derived(secret_, input); }

 private:
  std::string secret_;
};

// What ES256 and RS256 share: OpenSSL's own encoding of a signature.
class PublicKeyPair : public TokenKey {
 public:
  explicit PublicKeyPair(PKey key) : key_(std::move(key)) {}

  // ES256 signs the same input otherwise each time, so this is an HMAC under the private key.
  std::string derive(std::string_view input) const override {
    unsigned char* der = nullptr;
    const int size = i2d_PrivateKey(key_.get(), &der);
    KITH_ASSERT(size > 0);
    const auto length = static_cast<std::size_t>(size);
    std::string out = derived({reinterpret_cast<const char*>(der), length}, input);
    OPENSSL_clear_free(der, length);
    return out;
  }

 protected:
  std::string sign_encoded(std::string_view input) const {
    const Digest context(EVP_MD_CTX_new());
    std::size_t size = 0;
    const bool begun =
        EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
        EVP_DigestSign(context.get(), nullptr, &size, bytes_of(input), input.size()) == 1;
    KITH_ASSERT(begun);
    std::string out(size, '\0');
    const bool signed_well =
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size,
                       bytes_of(input), input.size()) == 1;
    KITH_ASSERT(signed_well);
    out.resize(size);
    return out;
  }
  bool verify_encoded(std::string_view input, std::string_view signature) const {
    const Digest context(EVP_MD_CTX_new());
    return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key_.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(input),
                            input.size()) == 1;
  }

 private:
  PKey key_;
};

class RsaKey final : public PublicKeyPair {
 public:
  using PublicKeyPair::PublicKeyPair;
  std::string_view algorithm() const override { return "RS256"; }
  std::string sign(std::string_view input) const override { return sign_encoded(input); }
  bool verify(std::string_view input, std::string_view signature) const override {
    return verify_encoded(input, signature);
  }
};

class EcdsaKey final : public PublicKeyPair {
 public:
  using PublicKeyPair::PublicKeyPair;
  std::string_view algorithm() const override { return "ES256"; }

  std::string sign(std::string_view input) const override {
    const std::string der = sign_encoded(input);
    const auto* cursor = bytes_of(der);
    const EcdsaSignature parts(d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(der.size())));
    KITH_ASSERT(parts != nullptr);
    std::string out(2 * kP256Bytes, '\0');
    auto* raw = reinterpret_cast<unsigned char*>(out.data());
    const bool written =
        BN_bn2binpad(ECDSA_SIG_get0_r(parts.get()), raw, kP256Bytes) == kP256Bytes &&
        BN_bn2binpad(ECDSA_SIG_get0_s(parts.get()), raw + kP256Bytes, kP256Bytes) == kP256Bytes;
    KITH_ASSERT(written);
    return out;
  }

  bool verify(std::string_view input, std::string_view signature) const override {
    if (signature.size() != 2 * kP256Bytes) return false;
    const auto* raw = bytes_of(signature);
    BigNumber r(BN_bin2bn(raw, kP256Bytes, nullptr));
    BigNumber s(BN_bin2bn(raw + kP256Bytes, kP256Bytes, nullptr));
    // OpenSSL refuses zeros too; other verifiers did not (CVE-2022-21449), so we say it ourselves.
    if (!r || !s || BN_is_zero(r.get()) || BN_is_zero(s.get())) return false;
    const EcdsaSignature parts(ECDSA_SIG_new());
    if (!parts || ECDSA_SIG_set0(parts.get(), r.get(), s.get()) != 1) return false;
    static_cast<void>(r.release());  // owned by `parts` from here on
    static_cast<void>(s.release());
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(parts.get(), &der);
    if (size <= 0) return false;
    const bool holds =
        verify_encoded(input, {reinterpret_cast<const char*>(der), static_cast<std::size_t>(size)});
    OPENSSL_free(der);
    return holds;
  }
};

// A key file with a passphrase would make OpenSSL ask on the terminal.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

Result<PKey> read_private_key(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return refuse(path, "no such file");
  if (!S_ISREG(status.st_mode)) return refuse(path, "is no plain file");
  if ((status.st_mode & 007) != 0) return refuse(path, "is open to others: chmod 640 it");
  const File file(std::fopen(path.c_str(), "re"));
  if (!file) return refuse(path, "cannot be read");
  PKey key(PEM_read_PrivateKey(file.get(), nullptr, no_passphrase, nullptr));
  if (!key) return refuse(path, "holds no private key in PEM without a passphrase");
  return key;
}

Result<PKey> read_public_key(const std::string& path) {
  const File file(std::fopen(path.c_str(), "re"));
  if (!file) return refuse(path, "cannot be read");
  PKey key(PEM_read_PUBKEY(file.get(), nullptr, no_passphrase, nullptr));
  if (!key) return refuse(path, "holds no public key in PEM");
  return key;
}

bool is_p256(EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t length = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, name.data(), name.size(), &length) == 1 &&
         std::string_view(name.data(), length) == "prime256v1";
}

}  // namespace

KeyResult make_hmac_key(std::string secret) {
  if (secret.size() < kHmacSecretBytesMin) {
    return fail(ErrorCode::bad_request, "the signing secret is shorter than 32 bytes");
  }
  return KeyResult(std::make_shared<const HmacKey>(std::move(secret)));
}

KeyResult load_key_files(const KeyFiles& files) {
  auto key = read_private_key(files.private_key);
  if (!key) return key.error();
  if (!files.public_key.empty()) {
    const auto shown = read_public_key(files.public_key);
    if (!shown) return shown.error();
    if (EVP_PKEY_eq(key->get(), shown->get()) != 1) {
      return refuse(files.public_key, "does not belong to the private key");
    }
  }
  if (files.algorithm == "ES256") {
    if (!is_p256(key->get())) return refuse(files.private_key, "ES256 needs an EC key on P-256");
    return KeyResult(std::make_shared<const EcdsaKey>(std::move(*key)));
  }
  if (files.algorithm == "RS256") {
    if (EVP_PKEY_is_a(key->get(), "RSA") != 1 || EVP_PKEY_get_bits(key->get()) < kRsaBitsMin) {
      return refuse(files.private_key, "RS256 needs an RSA key of at least 2048 bits");
    }
    return KeyResult(std::make_shared<const RsaKey>(std::move(*key)));
  }
  return fail(ErrorCode::bad_request, "key files are for ES256 and RS256");
}

KeyResult open_token_key(const Config& config, MissingSecret missing, const std::string& of_store) {
  if (config.auth.algorithm != "HS256") {
    return load_key_files({.algorithm = config.auth.algorithm,
                           .private_key = config.auth.private_key_file,
                           .public_key = config.auth.public_key_file});
  }
  if (!config.auth.secret.empty()) return make_hmac_key(config.auth.secret);
  if (!of_store.empty()) return make_hmac_key(of_store);
  auto secret = missing == MissingSecret::make ? read_or_make_signing_secret(config.data)
                                               : read_signing_secret(config.data);
  if (!secret) return secret.error();
  return make_hmac_key(std::move(*secret));
}

}  // namespace kith
