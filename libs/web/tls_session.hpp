// One connection's TLS, over OpenSSL. Non-blocking, like the sockets: what cannot go on says whether it waits to read
// or to write.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "web/io.hpp"

struct ssl_ctx_st;
struct ssl_st;

namespace gatehouse::web {

// Why a handshake failed, as far as somebody can do something about it.
struct TlsFailure {
    enum class Kind : std::uint8_t {
        lost,               // the peer closed, or nothing failed
        not_tls,            // it speaks something else
        no_certificate,     // it was asked for one, and has shown none
        expired,            // this and the next four: of the certificate that it has shown
        not_yet_valid,      //
        unknown_authority,  // signed by nobody whom we believe
        wrong_name,         //
        unusable,           //
        refused,            // it does not accept our certificate, or that we have shown none
        other,              // no version or cipher in common, and the like
    };
    Kind kind = Kind::lost;
    const char* reason = "";  // OpenSSL's words; static
};
[[nodiscard]] std::string_view to_string(TlsFailure::Kind kind) noexcept;  // "unknown_authority"
// The peer's certificate is what is wrong, or missing; it has been sent an alert.
[[nodiscard]] bool is_about_their_certificate(TlsFailure::Kind kind) noexcept;

// Used by one thread. Made by TlsContext and TlsClientContext.
class TlsSession {
public:
    enum class Handshake : std::uint8_t { done, would_block, failed, plain_http };  // plain_http: no TLS at all
    enum class Side : std::uint8_t { server, client };

    TlsSession(ssl_ctx_st& context, int fd, Side side);  // throws std::bad_alloc; borrows `fd`
    TlsSession(TlsSession&&) noexcept = default;
    TlsSession& operator=(TlsSession&&) noexcept = default;
    ~TlsSession() = default;

    // A client's: the handshake fails unless the server's certificate is for `host`, a name or an IP address among its
    // subjectAltNames (RFC 9525). A name is told to the server (SNI, RFC 6066 section 3). std::invalid_argument: it is
    // empty.
    void expect_host(const char* host);

    [[nodiscard]] Handshake handshake() noexcept;
    [[nodiscard]] Io read(std::span<char> into) noexcept;
    [[nodiscard]] Io write(std::string_view bytes) noexcept;
    // Says that no more is sent (close_notify), as far as the socket takes it at once.
    void say_goodbye() noexcept;

    // Bytes are here already that read() returns without the socket becoming readable.
    [[nodiscard]] bool has_bytes() const noexcept;
    // What blocked last waits for the socket to become writable, not readable.
    [[nodiscard]] bool wants_write() const noexcept { return wants_write_; }
    // After a fatal error nothing more is read or written.
    [[nodiscard]] bool broken() const noexcept { return broken_; }
    // Of the handshake. In TLS 1.3 a server looks at our certificate after our side of it has ended: then the first
    // read() tells.
    [[nodiscard]] const TlsFailure& failure() const noexcept { return failure_; }

private:
    struct Free {
        void operator()(ssl_st* ssl) const noexcept;
    };
    [[nodiscard]] Io outcome(int result, std::size_t bytes) noexcept;

    std::unique_ptr<ssl_st, Free> ssl_;
    TlsFailure failure_;
    bool wants_write_ = false;
    bool broken_ = false;
};

}  // namespace gatehouse::web
