// TLS 1.2 and 1.3 for a server's connections (RFC 8446, RFC 5246), over OpenSSL. Non-blocking, like the sockets: what
// cannot go on says whether it waits to read or to write.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "web/io.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace gatehouse::web {

struct TlsFiles {
    std::string certificate;  // PEM: the server's own first, then the intermediates
    std::string key;          // PEM, without a passphrase
};

// One connection's TLS. Used by one thread.
class TlsSession {
public:
    enum class Handshake : std::uint8_t { done, would_block, failed, plain_http };  // plain_http: no TLS at all

    TlsSession(ssl_ctx_st& context, int fd);  // throws std::bad_alloc; borrows `fd`
    TlsSession(TlsSession&&) noexcept = default;
    TlsSession& operator=(TlsSession&&) noexcept = default;
    ~TlsSession() = default;

    [[nodiscard]] Handshake handshake() noexcept;
    [[nodiscard]] Io read(std::span<char> into) noexcept;
    [[nodiscard]] Io write(std::string_view bytes) noexcept;
    // Says that no more is sent (close_notify), as far as the socket takes it at once.
    void say_goodbye() noexcept;

    // Bytes are here already that read() returns without the socket becoming readable.
    [[nodiscard]] bool has_bytes() const noexcept;
    // What blocked last waits for the socket to become writable, not readable.
    [[nodiscard]] bool wants_write() const noexcept { return wants_write_; }

private:
    struct Free {
        void operator()(ssl_st* ssl) const noexcept;
    };
    [[nodiscard]] Io outcome(int result, std::size_t bytes) noexcept;

    std::unique_ptr<ssl_st, Free> ssl_;
    bool wants_write_ = false;
    bool broken_ = false;  // after a fatal error nothing more may be asked of it
};

// A certificate and its key, and what is offered to clients: TLS 1.2 with ECDHE and an AEAD cipher, or 1.3; ALPN
// http/1.1; no compression, renegotiation, tickets or session cache (Mozilla's "intermediate" profile, 5.7, without
// DHE). Thread-safe.
class TlsContext {
public:
    // invalid_input names the file, what is wrong with it and what to do.
    static Result<std::shared_ptr<TlsContext>> load(TlsFiles files);

    // Reads the files anew. Connections from now on get what they hold; if they are of no use all stays as it was.
    Result<void> reload();

    [[nodiscard]] TlsSession start(int fd) const;
    // When the certificate stops being valid.
    [[nodiscard]] SystemTime expires() const;

private:
    struct Loaded {
        std::shared_ptr<ssl_ctx_st> context;
        SystemTime expires;
    };
    static Result<Loaded> load_files(const TlsFiles& files);
    TlsContext(TlsFiles files, Loaded loaded) : files_(std::move(files)), loaded_(std::move(loaded)) {}
    [[nodiscard]] Loaded loaded() const;

    const TlsFiles files_;
    mutable std::mutex mutex_;
    Loaded loaded_;
};

}  // namespace gatehouse::web
