// The server's side of TLS, for servers of the tests' own: blocking, over a socket that is there.
#pragma once

#include <openssl/ssl.h>

#include <memory>

#include "tests/support/certificates.h"

namespace kith::test {

class TlsServer {
 public:
  explicit TlsServer(const Certificates& certificates);  // throws std::runtime_error

  struct End {
    void operator()(SSL* tls) const;
  };
  using Connection = std::unique_ptr<SSL, End>;
  // Null: the peer does not want to. `fd` must outlive it.
  Connection accept(int fd) const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace kith::test
