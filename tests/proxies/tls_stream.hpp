// Bytes over TLS as they are: what no HTTP client sends, a WebSocket's for instance.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "support/reverse_proxy.hpp"

namespace gatehouse::test {

class TlsStream {
public:
    TlsStream(const ReverseProxy& proxy, std::string host)
        : context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free), stream_(nullptr, &BIO_free_all) {
        SSL_CTX_load_verify_file(context_.get(), proxy.certificate().c_str());
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        stream_.reset(BIO_new_ssl_connect(context_.get()));
        SSL* tls = nullptr;
        BIO_get_ssl(stream_.get(), &tls);
        // SSL_set_tlsext_host_name without its C cast.
        SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data());
        SSL_set1_host(tls, host.c_str());
        auto address = "127.0.0.1:" + std::to_string(proxy.port());
        BIO_set_conn_hostname(stream_.get(), address.data());
        if (BIO_do_connect(stream_.get()) != 1) throw std::runtime_error("no TLS with " + host);
    }

    void send(std::string_view bytes) {
        if (BIO_write(stream_.get(), bytes.data(), static_cast<int>(bytes.size())) != static_cast<int>(bytes.size())) {
            throw std::runtime_error("cannot send over TLS");
        }
    }
    // Up to the end of `mark`, or what came before the other side closed.
    std::string receive(std::string_view mark) {
        std::size_t at = 0;
        while ((at = received_.find(mark)) == std::string::npos) {
            char bytes[4096];
            const int count = BIO_read(stream_.get(), bytes, sizeof bytes);
            if (count <= 0) return received_;
            received_.append(bytes, static_cast<std::size_t>(count));
        }
        auto taken = received_.substr(0, at + mark.size());
        received_.erase(0, taken.size());
        return taken;
    }

private:
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<BIO, decltype(&BIO_free_all)> stream_;
    std::string received_;
};

}  // namespace gatehouse::test
