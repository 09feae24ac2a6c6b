#include "tests/support/tls.h"

#include <csignal>
#include <stdexcept>

namespace kith::test {

TlsServer::TlsServer(const Certificates& certificates)
    : context_(SSL_CTX_new(TLS_server_method())) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets whose peer has gone
  if (!context_ ||
      SSL_CTX_use_certificate_file(context_.get(), certificates.certificate().c_str(),
                                   SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_use_PrivateKey_file(context_.get(), certificates.key().c_str(), SSL_FILETYPE_PEM) !=
          1) {
    throw std::runtime_error("the certificate and its key cannot be used");
  }
}

void TlsServer::End::operator()(SSL* tls) const {
  if (SSL_is_init_finished(tls)) SSL_shutdown(tls);
  SSL_free(tls);
}

TlsServer::Connection TlsServer::accept(int fd) const {
  Connection tls(SSL_new(context_.get()));
  if (!tls || SSL_set_fd(tls.get(), fd) != 1 || SSL_accept(tls.get()) != 1) return nullptr;
  return tls;
}

}  // namespace kith::test
