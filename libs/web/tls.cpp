#include "web/tls.hpp"

#include <cerrno>
#include <cstdint>
#include <ctime>
#include <memory>
#include <new>
#include <sys/socket.h>
#include <system_error>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace gatehouse::web {
namespace {

// Mozilla's "intermediate" ciphers for TLS 1.2, without DHE: forward secrecy and an AEAD in all. Those of 1.3 are
// OpenSSL's own.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// OpenSSL's first error in words; its queue is emptied.
std::string reason() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
    const char* text = ERR_reason_error_string(code);
    return text ? text : "unknown reason";
}

// A key with a passphrase would make OpenSSL ask on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

// http/1.1 or nothing: a client that offers ALPN without it would speak something else (RFC 7301 section 3.2).
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned size, void*) {
    static constexpr std::string_view http = "http/1.1";
    for (unsigned at = 0; at < size; at += 1U + offered[at]) {
        const std::string_view name(reinterpret_cast<const char*>(offered + at + 1), offered[at]);
        if (name != http) continue;
        *out = offered + at + 1;
        *out_size = offered[at];
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool blocked(ssize_t result) noexcept {
    return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
}

int socket_of(BIO* bio) noexcept { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

// The socket as OpenSSL sees it. Its own would write() and so raise SIGPIPE when the peer has gone.
int send_some(BIO* bio, const char* bytes, std::size_t size, std::size_t* sent) {
    const auto result = ::send(socket_of(bio), bytes, size, MSG_NOSIGNAL);
    BIO_clear_retry_flags(bio);
    if (blocked(result)) BIO_set_retry_write(bio);
    *sent = result > 0 ? static_cast<std::size_t>(result) : 0;
    return result > 0 ? 1 : 0;
}

int receive_some(BIO* bio, char* bytes, std::size_t size, std::size_t* received) {
    const auto result = ::recv(socket_of(bio), bytes, size, 0);
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

std::unexpected<Error> unusable(std::string_view file, std::string_view what, std::string_view fix) {
    return fail(Errc::invalid_input, fmt::format("{}: {} ({}); {}", file, what, reason(), fix));
}

SystemTime end_of(const X509& certificate) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &parts) != 1) return {};
    return SystemTime(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace

void TlsSession::Free::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

TlsSession::TlsSession(ssl_ctx_st& context, int fd) : ssl_(SSL_new(&context)) {
    BIO* socket = ssl_ ? BIO_new(&socket_method()) : nullptr;
    if (!socket) throw std::bad_alloc();
    BIO_set_data(socket, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
    BIO_set_init(socket, 1);
    SSL_set_bio(ssl_.get(), socket, socket);
    SSL_set_accept_state(ssl_.get());
}

Io TlsSession::outcome(int result, std::size_t bytes) noexcept {
    wants_write_ = false;
    if (result > 0) return {Io::State::done, bytes};
    const int why = SSL_get_error(ssl_.get(), result);
    wants_write_ = why == SSL_ERROR_WANT_WRITE;
    if (wants_write_ || why == SSL_ERROR_WANT_READ) return {Io::State::would_block};
    broken_ = why != SSL_ERROR_ZERO_RETURN;
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

Result<TlsContext::Loaded> TlsContext::load_files(const TlsFiles& files) {
    ERR_clear_error();
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    if (!context) return fail(Errc::internal, "OpenSSL cannot start: " + reason());
    SSL_CTX* ctx = context.get();
    SSL_CTX_set_default_passwd_cb(ctx, &no_passphrase);
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_mode(ctx,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_alpn_select_cb(ctx, &choose_protocol, nullptr);
    int groups[] = {NID_X25519, NID_X9_62_prime256v1, NID_secp384r1};  // of the same profile
    if (SSL_CTX_set_cipher_list(ctx, kCiphers) != 1 || SSL_CTX_set1_groups(ctx, groups, std::size(groups)) != 1)
        return fail(Errc::internal, "OpenSSL knows no cipher: " + reason());
    if (SSL_CTX_use_certificate_chain_file(ctx, files.certificate.c_str()) != 1) {
        return unusable(files.certificate, "cannot be used as a certificate",
                        "give a PEM file that this user may read, the server's own certificate first");
    }
    if (SSL_CTX_use_PrivateKey_file(ctx, files.key.c_str(), SSL_FILETYPE_PEM) != 1) {
        if (ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH) {
            return unusable(files.key, "is not the key of " + files.certificate, "give the key of that certificate");
        }
        return unusable(
            files.key, "cannot be used as its key",
            "give the key of that certificate as a PEM file without a passphrase, which this user may read");
    }
    return Loaded{context, end_of(*SSL_CTX_get0_certificate(ctx))};
}

Result<std::shared_ptr<TlsContext>> TlsContext::load(TlsFiles files) {
    auto loaded = load_files(files);
    if (!loaded) return std::unexpected(std::move(loaded).error());
    return std::shared_ptr<TlsContext>(new TlsContext(std::move(files), *std::move(loaded)));
}

Result<void> TlsContext::reload() {
    auto fresh = load_files(files_);
    if (!fresh) return std::unexpected(std::move(fresh).error());
    const std::lock_guard lock(mutex_);
    loaded_ = *std::move(fresh);
    return {};
}

TlsContext::Loaded TlsContext::loaded() const {
    const std::lock_guard lock(mutex_);
    return loaded_;
}

// The session holds its context: a reload takes it from nobody.
TlsSession TlsContext::start(int fd) const { return {*loaded().context, fd}; }

SystemTime TlsContext::expires() const { return loaded().expires; }

}  // namespace gatehouse::web
