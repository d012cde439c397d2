// What a server's and a client's side of TLS have in common. For tls_*.cpp only.
#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace gatehouse::web {

// A context with our versions, ciphers and modes, of a method such as TLS_server_method().
[[nodiscard]] Result<std::shared_ptr<SSL_CTX>> new_tls_context(const SSL_METHOD* method);

// Reads our own certificate and its key. When it stops being valid.
[[nodiscard]] Result<SystemTime> use_certificate(SSL_CTX& context, const std::string& certificate,
                                                 const std::string& key);

// Believes whatever certificate is signed by one in this file.
[[nodiscard]] Result<void> believe(SSL_CTX& context, const std::string& authorities);

// OpenSSL's first error in words; its queue is emptied.
[[nodiscard]] std::string openssl_reason();

}  // namespace gatehouse::web
