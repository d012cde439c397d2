// Certificates made on the spot: an authority of a test's own, and what it signs.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "support/process.hpp"

struct evp_pkey_st;
struct x509_st;

namespace gatehouse::test {

// Of PEM files.
struct CertificateFiles {
    std::string certificate;
    std::string key;
};

struct CertificateWishes {
    std::string common_name = "localhost";
    std::string names = "DNS:localhost,IP:127.0.0.1";     // subjectAltName; empty: none
    std::string purpose = "serverAuth,clientAuth";        // extendedKeyUsage
    std::chrono::seconds begins{-std::chrono::hours(1)};  // from now
    std::chrono::seconds ends{std::chrono::hours(24 * 30)};
};

class Authority {
public:
    // Its certificate is DIRECTORY/NAME.crt.
    Authority(const TempDir& directory, const std::string& name);
    ~Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;

    [[nodiscard]] const std::string& file() const noexcept { return file_; }
    // A fresh P-256 key and a certificate for it: DIRECTORY/NAME.crt and .key, replaced as a whole if they are there.
    [[nodiscard]] CertificateFiles sign(const std::string& name, const CertificateWishes& wishes = {}) const;

private:
    const TempDir& directory_;
    std::string file_;
    std::unique_ptr<evp_pkey_st, void (*)(evp_pkey_st*)> key_;
    std::unique_ptr<x509_st, void (*)(x509_st*)> certificate_;
};

// The same, signed by itself, for localhost. `name` is also its common name.
CertificateFiles make_certificate(const TempDir& directory, const std::string& name, int days = 30);

}  // namespace gatehouse::test
