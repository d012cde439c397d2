#include "web/tls_session.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <memory>
#include <new>
#include <stdexcept>
#include <sys/socket.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace gatehouse::web {
namespace {

bool blocked(ssize_t result) noexcept { return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK); }

int socket_of(BIO* bio) noexcept { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

// The socket as OpenSSL sees it. Its own would write() and so raise SIGPIPE when the peer has gone.
int send_some(BIO* bio, const char* bytes, std::size_t size, std::size_t* sent) {
    const auto result = uninterrupted([&] { return ::send(socket_of(bio), bytes, size, MSG_NOSIGNAL); });
    BIO_clear_retry_flags(bio);
    if (blocked(result)) BIO_set_retry_write(bio);
    *sent = result > 0 ? static_cast<std::size_t>(result) : 0;
    return result > 0 ? 1 : 0;
}

int receive_some(BIO* bio, char* bytes, std::size_t size, std::size_t* received) {
    const auto result = uninterrupted([&] { return ::recv(socket_of(bio), bytes, size, 0); });
    BIO_clear_retry_flags(bio);
    if (blocked(result)) BIO_set_retry_read(bio);
    *received = result > 0 ? static_cast<std::size_t>(result) : 0;
    return result > 0 ? 1 : 0;
}

// Nothing is kept back, so that a flush has always succeeded; of the rest nothing is offered (kernel TLS and
// datagrams).
long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

struct FreeMethod {
    void operator()(BIO_METHOD* method) const noexcept { BIO_meth_free(method); }
};

const BIO_METHOD& socket_method() {
    static const auto method = [] {
        const int type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK;
        std::unique_ptr<BIO_METHOD, FreeMethod> made(BIO_meth_new(type, "socket without SIGPIPE"));
        if (!made) throw std::bad_alloc();
        BIO_meth_set_write_ex(made.get(), &send_some);
        BIO_meth_set_read_ex(made.get(), &receive_some);
        BIO_meth_set_ctrl(made.get(), &control);
        return made;
    }();
    return *method;
}

// Of the certificate that the peer has shown.
TlsFailure::Kind kind_of_verdict(long verdict) noexcept {
    switch (verdict) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return TlsFailure::Kind::expired;
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return TlsFailure::Kind::not_yet_valid;
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        case X509_V_ERR_CERT_UNTRUSTED:
            return TlsFailure::Kind::unknown_authority;
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return TlsFailure::Kind::wrong_name;
        default:
            return TlsFailure::Kind::unusable;
    }
}

// What the peer says of ours (RFC 8446 section 6.2).
bool is_about_certificates(int alert) noexcept {
    switch (alert) {
        case SSL_AD_NO_CERTIFICATE:
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_REVOKED:
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_CERTIFICATE_UNKNOWN:
        case SSL_AD_UNKNOWN_CA:
        case SSL_AD_CERTIFICATE_REQUIRED:
            return true;
        default:
            return false;
    }
}

// From OpenSSL's queue of errors.
TlsFailure failure_of(const SSL& ssl) noexcept {
    using Kind = TlsFailure::Kind;
    const auto code = ERR_peek_error();
    const int reason = ERR_GET_REASON(code);
    if (code == 0 || ERR_SYSTEM_ERROR(code) || reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return {};
    const char* words = ERR_reason_error_string(code);
    TlsFailure failure{Kind::other, words ? words : "unknown reason"};
    if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) {
        const long verdict = SSL_get_verify_result(&ssl);
        return {kind_of_verdict(verdict), X509_verify_cert_error_string(verdict)};
    }
    if (reason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE) failure.kind = Kind::no_certificate;
    if (reason == SSL_R_WRONG_VERSION_NUMBER) failure.kind = Kind::not_tls;
    if (reason > SSL_AD_REASON_OFFSET && is_about_certificates(reason - SSL_AD_REASON_OFFSET))
        failure.kind = Kind::refused;
    return failure;
}

bool is_address(const char* host) noexcept {
    in6_addr bytes{};
    return ::inet_pton(AF_INET, host, &bytes) == 1 || ::inet_pton(AF_INET6, host, &bytes) == 1;
}

}  // namespace

std::string_view to_string(TlsFailure::Kind kind) noexcept {
    switch (kind) {
        case TlsFailure::Kind::lost:
            return "lost";
        case TlsFailure::Kind::not_tls:
            return "not_tls";
        case TlsFailure::Kind::no_certificate:
            return "no_certificate";
        case TlsFailure::Kind::expired:
            return "expired";
        case TlsFailure::Kind::not_yet_valid:
            return "not_yet_valid";
        case TlsFailure::Kind::unknown_authority:
            return "unknown_authority";
        case TlsFailure::Kind::wrong_name:
            return "wrong_name";
        case TlsFailure::Kind::unusable:
            return "unusable";
        case TlsFailure::Kind::refused:
            return "refused";
        case TlsFailure::Kind::other:
            return "other";
    }
    return "other";
}

bool is_about_their_certificate(TlsFailure::Kind kind) noexcept {
    switch (kind) {
        case TlsFailure::Kind::no_certificate:
        case TlsFailure::Kind::expired:
        case TlsFailure::Kind::not_yet_valid:
        case TlsFailure::Kind::unknown_authority:
        case TlsFailure::Kind::wrong_name:
        case TlsFailure::Kind::unusable:
            return true;
        case TlsFailure::Kind::lost:
        case TlsFailure::Kind::not_tls:
        case TlsFailure::Kind::refused:
        case TlsFailure::Kind::other:
            return false;
    }
    return false;
}

void TlsSession::Free::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

TlsSession::TlsSession(ssl_ctx_st& context, int fd, Side side) : ssl_(SSL_new(&context)) {
    BIO* socket = ssl_ ? BIO_new(&socket_method()) : nullptr;
    if (!socket) throw std::bad_alloc();
    BIO_set_data(socket, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
    BIO_set_init(socket, 1);
    SSL_set_bio(ssl_.get(), socket, socket);
    if (side == Side::server) {
        SSL_set_accept_state(ssl_.get());
    } else {
        SSL_set_connect_state(ssl_.get());
    }
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"  // in OpenSSL's macro SSL_set_tlsext_host_name
void TlsSession::expect_host(const char* host) {
    X509_VERIFY_PARAM* rules = SSL_get0_param(ssl_.get());
    bool set = false;
    if (*host == '\0') throw std::invalid_argument("a server without a name cannot be told from another");
    if (is_address(host)) {
        set = X509_VERIFY_PARAM_set1_ip_asc(rules, host) == 1;
    } else {
        X509_VERIFY_PARAM_set_hostflags(rules,
                                        X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        set = X509_VERIFY_PARAM_set1_host(rules, host, 0) == 1 && SSL_set_tlsext_host_name(ssl_.get(), host) == 1;
    }
    if (!set) throw std::bad_alloc();  // else no name would be checked
}
#pragma GCC diagnostic pop

Io TlsSession::outcome(int result, std::size_t bytes) noexcept {
    wants_write_ = false;
    if (result > 0) return {Io::State::done, bytes};
    const int why = SSL_get_error(ssl_.get(), result);
    wants_write_ = why == SSL_ERROR_WANT_WRITE;
    if (wants_write_ || why == SSL_ERROR_WANT_READ) return {Io::State::would_block};
    broken_ = why != SSL_ERROR_ZERO_RETURN;
    if (broken_) failure_ = failure_of(*ssl_);
    return {Io::State::ended};
}

TlsSession::Handshake TlsSession::handshake() noexcept {
    ERR_clear_error();
    const Io io = outcome(SSL_do_handshake(ssl_.get()), 0);
    if (io.state == Io::State::done) return Handshake::done;
    if (io.state == Io::State::would_block) return Handshake::would_block;
    const bool http = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST;
    ERR_clear_error();
    return http ? Handshake::plain_http : Handshake::failed;
}

Io TlsSession::read(std::span<char> into) noexcept {
    if (broken_) return {Io::State::ended};
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
    return outcome(result, bytes);
}

Io TlsSession::write(std::string_view text) noexcept {
    if (broken_) return {Io::State::ended};
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_write_ex(ssl_.get(), text.data(), text.size(), &bytes);
    return outcome(result, bytes);
}

void TlsSession::say_goodbye() noexcept {
    if (broken_ || !SSL_is_init_finished(ssl_.get())) return;
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

bool TlsSession::has_bytes() const noexcept { return SSL_pending(ssl_.get()) > 0; }

}  // namespace gatehouse::web
