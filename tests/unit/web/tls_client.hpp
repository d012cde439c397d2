// The other side of TLS: a blocking client that shows what was agreed on.
#pragma once

#include <memory>
#include <string>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "base/settings.hpp"
#include "support/certificates.hpp"
#include "web/tls.hpp"

namespace gatehouse::web::test {

inline TlsFiles self_signed(const gatehouse::test::TempDir& dir, const std::string& name, int days = 30) {
    auto made = gatehouse::test::make_certificate(dir, name, days);
    return {std::move(made.certificate), std::move(made.key)};
}

class TlsClient {
public:
    struct Wishes {
        int most_version = TLS1_3_VERSION;
        std::string alpn{};     // one protocol; empty: none offered
        std::string ciphers{};  // of TLS 1.2
    };
    // Takes a connected socket over; connect() shakes hands.
    explicit TlsClient(int fd) : TlsClient(fd, Wishes{}) {}
    TlsClient(int fd, const Wishes& wishes) : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free), fd_(fd) {
        SSL_CTX_set_security_level(context_.get(), 0);  // so that it may ask for what must be refused
        SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
        SSL_CTX_set_max_proto_version(context_.get(), wishes.most_version);
        if (!wishes.ciphers.empty()) SSL_CTX_set_cipher_list(context_.get(), wishes.ciphers.c_str());
        ssl_.reset(SSL_new(context_.get()));
        if (!wishes.alpn.empty()) {
            const std::string wire = static_cast<char>(wishes.alpn.size()) + wishes.alpn;
            SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(wire.data()),
                                static_cast<unsigned>(wire.size()));
        }
        const timeval limit{5, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        SSL_set_fd(ssl_.get(), fd_);
    }
    ~TlsClient() { ::close(fd_); }
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    [[nodiscard]] bool connect() {
        ERR_clear_error();
        return SSL_connect(ssl_.get()) == 1;
    }
    [[nodiscard]] bool send(const std::string& bytes) {
        return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
    }
    // What comes until the server closes, or until it holds `wanted`.
    std::string receive(const std::string& wanted = "\n(never)\n") {
        std::string all;
        char part[4096];
        while (all.find(wanted) == std::string::npos) {
            const int bytes = SSL_read(ssl_.get(), part, sizeof part);
            if (bytes <= 0) break;
            all.append(part, static_cast<std::size_t>(bytes));
        }
        return all;
    }
    // The server said goodbye before it closed: nothing was cut off.
    [[nodiscard]] bool was_told_the_end() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
    [[nodiscard]] std::string version() const { return SSL_get_version(ssl_.get()); }
    [[nodiscard]] bool resumable() const { return SSL_SESSION_is_resumable(SSL_get_session(ssl_.get())) == 1; }
    [[nodiscard]] std::string protocol() const {
        const unsigned char* name = nullptr;
        unsigned size = 0;
        SSL_get0_alpn_selected(ssl_.get(), &name, &size);
        return {reinterpret_cast<const char*>(name), size};
    }
    [[nodiscard]] std::string certificate_name() const {
        char name[256] = {};
        X509* shown = SSL_get1_peer_certificate(ssl_.get());
        X509_NAME_get_text_by_NID(X509_get_subject_name(shown), NID_commonName, name, sizeof name);
        X509_free(shown);
        return name;
    }

private:
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    struct Free {
        void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    };
    std::unique_ptr<SSL, Free> ssl_;
    int fd_;
};

}  // namespace gatehouse::web::test
