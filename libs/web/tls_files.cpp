#include "web/tls_files.hpp"

#include <ctime>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509.h>

namespace gatehouse::web {
namespace {

// Mozilla's "intermediate" ciphers for TLS 1.2, without DHE: forward secrecy and an AEAD in all. Those of 1.3 are
// OpenSSL's own.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

// A key with a passphrase would make OpenSSL ask on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

std::unexpected<Error> unusable(std::string_view file, std::string_view what, std::string_view fix) {
    return fail(Errc::invalid_input, fmt::format("{}: {} ({}); {}", file, what, openssl_reason(), fix));
}

SystemTime end_of(const X509& certificate) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &parts) != 1) return {};
    return SystemTime(std::chrono::seconds(::timegm(&parts)));
}

}  // namespace

std::string openssl_reason() {
    const auto code = ERR_get_error();
    ERR_clear_error();
    if (ERR_SYSTEM_ERROR(code)) return std::generic_category().message(ERR_GET_REASON(code));
    const char* text = ERR_reason_error_string(code);
    return text ? text : "unknown reason";
}

Result<std::shared_ptr<SSL_CTX>> new_tls_context(const SSL_METHOD* method) {
    ERR_clear_error();
    std::shared_ptr<SSL_CTX> context(SSL_CTX_new(method), &SSL_CTX_free);
    if (!context) return fail(Errc::internal, "OpenSSL cannot start: " + openssl_reason());
    SSL_CTX* ctx = context.get();
    SSL_CTX_set_default_passwd_cb(ctx, &no_passphrase);
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(ctx,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    int groups[] = {NID_X25519, NID_X9_62_prime256v1, NID_secp384r1};  // of the same profile
    if (SSL_CTX_set_cipher_list(ctx, kCiphers) != 1 || SSL_CTX_set1_groups(ctx, groups, std::size(groups)) != 1)
        return fail(Errc::internal, "OpenSSL knows no cipher: " + openssl_reason());
    return context;
}

Result<SystemTime> use_certificate(SSL_CTX& context, const std::string& certificate, const std::string& key) {
    if (SSL_CTX_use_certificate_chain_file(&context, certificate.c_str()) != 1) {
        return unusable(certificate, "cannot be used as a certificate",
                        "give a PEM file that this user may read, the own certificate first");
    }
    if (SSL_CTX_use_PrivateKey_file(&context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
        if (ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH) {
            return unusable(key, "is not the key of " + certificate, "give the key of that certificate");
        }
        return unusable(
            key, "cannot be used as its key",
            "give the key of that certificate as a PEM file without a passphrase, which this user may read");
    }
    return end_of(*SSL_CTX_get0_certificate(&context));
}

// Also an intermediate in the file needs no root above it: whoever put it there believes it.
Result<void> believe(SSL_CTX& context, const std::string& authorities) {
    if (SSL_CTX_load_verify_file(&context, authorities.c_str()) != 1) {
        return unusable(authorities, "cannot be used as a list of authorities",
                        "give a PEM file of their certificates that this user may read");
    }
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(&context), X509_V_FLAG_PARTIAL_CHAIN);
    return {};
}

}  // namespace gatehouse::web
