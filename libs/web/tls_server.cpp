#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <openssl/ssl.h>

#include "web/tls.hpp"
#include "web/tls_files.hpp"

namespace gatehouse::web {
namespace {

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

// Clients are told whose certificates count, so that one with several can choose.
Result<void> ask_for_certificates(SSL_CTX& context, const std::string& authorities) {
    if (auto believed = believe(context, authorities); !believed) return believed;
    SSL_CTX_set_client_CA_list(&context, SSL_load_client_CA_file(authorities.c_str()));
    SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

Result<TlsLoaded> load_server(const TlsFiles& files) {
    auto context = new_tls_context(TLS_server_method());
    if (!context) return std::unexpected(std::move(context).error());
    SSL_CTX& ctx = **context;
    SSL_CTX_set_options(&ctx, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_num_tickets(&ctx, 0);
    SSL_CTX_set_alpn_select_cb(&ctx, &choose_protocol, nullptr);
    const auto expires = use_certificate(ctx, files.certificate, files.key);
    if (!expires) return std::unexpected(expires.error());
    if (!files.client_authorities.empty()) {
        if (auto asks = ask_for_certificates(ctx, files.client_authorities); !asks)
            return std::unexpected(std::move(asks).error());
    }
    return TlsLoaded{*std::move(context), *expires};
}

}  // namespace

Result<std::shared_ptr<TlsContext>> TlsContext::load(TlsFiles files) {
    auto loaded = load_server(files);
    if (!loaded) return std::unexpected(std::move(loaded).error());
    return std::shared_ptr<TlsContext>(new TlsContext(std::move(files), *std::move(loaded)));
}

Result<void> TlsContext::reload() {
    auto fresh = load_server(files_);
    if (!fresh) return std::unexpected(std::move(fresh).error());
    in_use_.replace(*std::move(fresh));
    return {};
}

// The session holds its context: a reload takes it from nobody.
TlsSession TlsContext::start(int fd) const { return {*in_use_.get().context, fd, TlsSession::Side::server}; }

SystemTime TlsContext::expires() const { return in_use_.get().expires.value_or(SystemTime{}); }

std::string TlsContext::explain(const TlsFailure& failure) const {
    switch (failure.kind) {
        case TlsFailure::Kind::lost:
            return "the client closed the connection during the TLS handshake";
        case TlsFailure::Kind::not_tls:
            return "the client does not speak TLS: is its address for this port one of https?";
        case TlsFailure::Kind::no_certificate:
            return fmt::format("the client shows no certificate: give it one that an authority in {} has signed",
                               files_.client_authorities);
        case TlsFailure::Kind::expired:
            return "the client's certificate has expired: put a new one in place there and send SIGHUP";
        case TlsFailure::Kind::not_yet_valid:
            return "the client's certificate is not valid yet: are both clocks right?";
        case TlsFailure::Kind::unknown_authority:
            return fmt::format(
                "the client's certificate is signed by no authority in {} ({}): give it one that is, or add its "
                "authority there and send SIGHUP",
                files_.client_authorities, failure.reason);
        case TlsFailure::Kind::wrong_name:
        case TlsFailure::Kind::unusable:
            return fmt::format("the client's certificate is none for a client ({}): have one made with that purpose",
                               failure.reason);
        case TlsFailure::Kind::refused:
            return fmt::format(
                "the client refuses the certificate {} ({}): does it know the authority that signed it, is it still "
                "valid, and is it for the name that the client uses?",
                files_.certificate, failure.reason);
        case TlsFailure::Kind::other:
            break;
    }
    return fmt::format("the TLS handshake failed ({})", failure.reason);
}

}  // namespace gatehouse::web
