// TLS 1.2 and 1.3 (RFC 8446, RFC 5246), over OpenSSL: what a server and a client read from files, and can read anew.
// Both speak TLS 1.2 with ECDHE and an AEAD cipher, or 1.3, and ALPN http/1.1; no compression, renegotiation, tickets
// or session cache (Mozilla's "intermediate" profile, 5.7, without DHE).
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "web/tls_session.hpp"

namespace gatehouse::web {

struct TlsFiles {
    std::string certificate;  // PEM: the server's own first, then the intermediates
    std::string key;          // PEM, without a passphrase
    // PEM. Not empty: whoever connects must show a certificate that one of these has signed (mutual TLS).
    std::string client_authorities{};
};

struct TlsClientFiles {
    std::string authorities;  // PEM: who may have signed the server's certificate; empty: the system's
    // What a server that asks for it is shown, as above; empty: nothing.
    std::string certificate{};
    std::string key{};
};

// What the files held.
struct TlsLoaded {
    std::shared_ptr<ssl_ctx_st> context;
    std::optional<SystemTime> expires;  // of our own certificate; empty: we have none
};

// The one in use. Thread-safe.
class TlsInUse {
public:
    explicit TlsInUse(TlsLoaded loaded) : loaded_(std::move(loaded)) {}
    [[nodiscard]] TlsLoaded get() const {
        const std::lock_guard lock(mutex_);
        return loaded_;
    }
    void replace(TlsLoaded loaded) {
        const std::lock_guard lock(mutex_);
        std::swap(loaded_, loaded);
    }

private:
    mutable std::mutex mutex_;
    TlsLoaded loaded_;
};

// A server's side. Thread-safe.
class TlsContext {
public:
    // invalid_input names the file, what is wrong with it and what to do.
    static Result<std::shared_ptr<TlsContext>> load(TlsFiles files);

    // Reads the files anew. Connections from now on get what they hold; if they are of no use all stays as it was.
    Result<void> reload();

    [[nodiscard]] TlsSession start(int fd) const;
    // When the certificate stops being valid.
    [[nodiscard]] SystemTime expires() const;
    // Clients must show a certificate.
    [[nodiscard]] bool mutual() const noexcept { return !files_.client_authorities.empty(); }
    // A sentence about a client: what is wrong with whose certificate, and what to do.
    [[nodiscard]] std::string explain(const TlsFailure& failure) const;

private:
    TlsContext(TlsFiles files, TlsLoaded loaded) : files_(std::move(files)), in_use_(std::move(loaded)) {}

    const TlsFiles files_;
    TlsInUse in_use_;
};

// A client's side: the server's certificate and name are always checked. Thread-safe.
class TlsClientContext {
public:
    // invalid_input names the file, what is wrong with it and what to do.
    static Result<std::shared_ptr<TlsClientContext>> load(TlsClientFiles files);

    // Reads the files anew, the system's authorities too, as TlsContext does.
    Result<void> reload();

    // For a connection to `host`, the name or IP address as it was asked for.
    [[nodiscard]] TlsSession start(int fd, const std::string& host) const;
    // When the own certificate stops being valid; empty: there is none.
    [[nodiscard]] std::optional<SystemTime> expires() const;
    // A sentence about the server `host`: what is wrong with whose certificate, and what to do.
    [[nodiscard]] std::string explain(const TlsFailure& failure, const std::string& host) const;

private:
    TlsClientContext(TlsClientFiles files, TlsLoaded loaded) : files_(std::move(files)), in_use_(std::move(loaded)) {}

    const TlsClientFiles files_;
    TlsInUse in_use_;
};

}  // namespace gatehouse::web
