#include "support/certificates.hpp"

#include <cstdio>
#include <filesystem>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace gatehouse::test {
namespace {

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using Made = std::unique_ptr<X509, void (*)(X509*)>;

Key new_key() {
    char curve[] = "P-256";  // OpenSSL's prototype is not const
    return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve), &EVP_PKEY_free};
}

void add(X509& to, int what, const std::string& value) {
    if (value.empty()) return;
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
    if (!extension) throw std::runtime_error("no extension " + value);
    X509_add_ext(&to, extension, -1);
    X509_EXTENSION_free(extension);
}

// Without an issuer and a signature.
Made unsigned_certificate(EVP_PKEY& key, const CertificateWishes& wishes) {
    Made made(X509_new(), &X509_free);
    X509_set_version(made.get(), X509_VERSION_3);
    std::int32_t serial = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial & 0x7fffffff);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), wishes.begins.count());
    X509_gmtime_adj(X509_getm_notAfter(made.get()), wishes.ends.count());
    X509_set_pubkey(made.get(), &key);
    std::string name = wishes.common_name;
    auto* bytes = reinterpret_cast<unsigned char*>(name.data());  // OpenSSL's prototype is not const
    X509_NAME_add_entry_by_NID(X509_get_subject_name(made.get()), NID_commonName, V_ASN1_UTF8STRING, bytes, -1, -1, 0);
    add(*made, NID_subject_alt_name, wishes.names);
    add(*made, NID_ext_key_usage, wishes.purpose);
    return made;
}

template <class Write>
void write_file(const std::string& path, Write write) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    if (!file) throw std::runtime_error("cannot write " + path);
    write(file);
    std::fclose(file);
}

void write_certificate(const std::string& path, X509& certificate) {
    write_file(path, [&](std::FILE* file) { PEM_write_X509(file, &certificate); });
}

// Whoever reads them meanwhile meets whole files.
CertificateFiles write(const TempDir& directory, const std::string& name, X509& certificate, EVP_PKEY& key) {
    CertificateFiles files{directory / (name + ".crt"), directory / (name + ".key")};
    write_certificate(files.certificate + ".new", certificate);
    write_file(files.key + ".new",
               [&](std::FILE* file) { PEM_write_PrivateKey(file, &key, nullptr, nullptr, 0, nullptr, nullptr); });
    std::filesystem::rename(files.key + ".new", files.key);
    std::filesystem::rename(files.certificate + ".new", files.certificate);
    return files;
}

}  // namespace

Authority::Authority(const TempDir& directory, const std::string& name)
    : directory_(directory), file_(directory / (name + ".crt")), key_(new_key()), certificate_(nullptr, &X509_free) {
    CertificateWishes wishes;
    wishes.common_name = name;
    wishes.names.clear();
    wishes.purpose.clear();
    certificate_ = unsigned_certificate(*key_, wishes);
    X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
    add(*certificate_, NID_basic_constraints, "critical,CA:TRUE");
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
    write_certificate(file_, *certificate_);
}
Authority::~Authority() = default;

CertificateFiles Authority::sign(const std::string& name, const CertificateWishes& wishes) const {
    const Key key = new_key();
    const Made made = unsigned_certificate(*key, wishes);
    X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
    X509_sign(made.get(), key_.get(), EVP_sha256());
    return write(directory_, name, *made, *key);
}

CertificateFiles make_certificate(const TempDir& directory, const std::string& name, int days) {
    CertificateWishes wishes;
    wishes.common_name = name;
    wishes.ends = std::chrono::hours(24) * days;
    const Key key = new_key();
    const Made made = unsigned_certificate(*key, wishes);
    X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
    X509_sign(made.get(), key.get(), EVP_sha256());
    return write(directory, name, *made, *key);
}

}  // namespace gatehouse::test
