#include <utility>

#include <fmt/format.h>
#include <openssl/ssl.h>

#include "web/tls.hpp"
#include "web/tls_files.hpp"

namespace gatehouse::web {
namespace {

constexpr unsigned char kProtocols[] = "\x08http/1.1";

Result<void> believe_someone(SSL_CTX& context, const std::string& authorities) {
    if (!authorities.empty()) return believe(context, authorities);
    if (SSL_CTX_set_default_verify_paths(&context) == 1) return {};
    return fail(Errc::invalid_input, "the system's authorities cannot be read: " + openssl_reason());
}

Result<TlsLoaded> load_client(const TlsClientFiles& files) {
    auto context = new_tls_context(TLS_client_method());
    if (!context) return std::unexpected(std::move(context).error());
    SSL_CTX& ctx = **context;
    SSL_CTX_set_verify(&ctx, SSL_VERIFY_PEER, nullptr);
    if (SSL_CTX_set_alpn_protos(&ctx, kProtocols, sizeof kProtocols - 1) != 0)
        return fail(Errc::internal, "OpenSSL takes no protocol: " + openssl_reason());
    if (auto believed = believe_someone(ctx, files.authorities); !believed)
        return std::unexpected(std::move(believed).error());
    TlsLoaded loaded{*std::move(context), {}};
    if (!files.certificate.empty()) {
        const auto expires = use_certificate(ctx, files.certificate, files.key);
        if (!expires) return std::unexpected(expires.error());
        loaded.expires = *expires;
    }
    return loaded;
}

// `what` of the server's certificate, and what to do.
std::string of_theirs(const TlsFailure& failure, std::string_view what, std::string_view fix) {
    return fmt::format("its certificate {} ({}): {}", what, failure.reason, fix);
}

}  // namespace

Result<std::shared_ptr<TlsClientContext>> TlsClientContext::load(TlsClientFiles files) {
    auto loaded = load_client(files);
    if (!loaded) return std::unexpected(std::move(loaded).error());
    return std::shared_ptr<TlsClientContext>(new TlsClientContext(std::move(files), *std::move(loaded)));
}

Result<void> TlsClientContext::reload() {
    auto fresh = load_client(files_);
    if (!fresh) return std::unexpected(std::move(fresh).error());
    in_use_.replace(*std::move(fresh));
    return {};
}

TlsSession TlsClientContext::start(int fd, const std::string& host) const {
    TlsSession tls(*in_use_.get().context, fd, TlsSession::Side::client);
    tls.expect_host(host.c_str());
    return tls;
}

std::optional<SystemTime> TlsClientContext::expires() const { return in_use_.get().expires; }

std::string TlsClientContext::explain(const TlsFailure& failure, const std::string& host) const {
    const std::string authorities = files_.authorities.empty() ? "the system's authorities" : files_.authorities;
    switch (failure.kind) {
        case TlsFailure::Kind::lost:
            return "it closed the connection during the TLS handshake";
        case TlsFailure::Kind::not_tls:
            return fmt::format("it does not speak TLS ({}): is it plain HTTP there?", failure.reason);
        case TlsFailure::Kind::no_certificate:
        case TlsFailure::Kind::unusable:
            return of_theirs(failure, "is none for a server", "have one made with that purpose");
        case TlsFailure::Kind::expired:
            return of_theirs(failure, "has expired", "put a new one in place there and send SIGHUP");
        case TlsFailure::Kind::not_yet_valid:
            return of_theirs(failure, "is not valid yet", "are both clocks right?");
        case TlsFailure::Kind::unknown_authority:
            return of_theirs(failure, "is signed by none of " + authorities,
                             "give this client the certificate of the authority that signed it");
        case TlsFailure::Kind::wrong_name:
            return of_theirs(
                failure, "is not for " + host,
                "ask it by a name or address among the subjectAltNames of the certificate, or have one made for this");
        case TlsFailure::Kind::refused:
            if (files_.certificate.empty())
                return fmt::format("it wants a certificate from us ({}): give this client one and its key",
                                   failure.reason);
            return fmt::format(
                "it refuses our certificate {} ({}): is it valid, and signed by an authority that the server was "
                "given?",
                files_.certificate, failure.reason);
        case TlsFailure::Kind::other:
            break;
    }
    return fmt::format("the TLS handshake failed ({}){}", failure.reason,
                       files_.certificate.empty() ? "; does it want a certificate from us?" : "");
}

}  // namespace gatehouse::web
