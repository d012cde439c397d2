// A real reverse proxy of Debian's, run with the files of deploy/ as they are committed: only their addresses, ports
// and paths are put in. Its sites are login.example.org, the gateway, and app.example.org, an application.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/http.hpp"
#include "support/process.hpp"

namespace gatehouse::test {

enum class ProxyKind { nginx, caddy, haproxy, apache };
[[nodiscard]] std::string name_of(ProxyKind kind);

using Edits = std::vector<std::pair<std::string, std::string>>;  // text, and what takes its place wherever it stands

struct ReverseProxyOptions {
    ProxyKind kind;
    Endpoint gateway;
    Endpoint app;
    std::uint16_t port = free_port();  // of HTTPS
    Edits edits = {};                  // more of them, to see what an altered file does
};

// What is asked through it.
struct Ask {
    std::string method = "GET";
    HttpHeaders headers = {};
    std::string body = {};
    bool http1 = false;  // else the newest version that both know
};

class ReverseProxy {
public:
    // Starts it and waits until it listens; throws with its log if it does not, or if an edit finds nothing to change.
    explicit ReverseProxy(ReverseProxyOptions options);

    // By curl, over TLS. `host` is login or app.
    [[nodiscard]] HttpResponse ask(std::string_view host, std::string_view target, const Ask& ask = {}) const;
    // The same by plain HTTP on the port that leads to HTTPS.
    [[nodiscard]] HttpResponse ask_plainly(std::string_view host, std::string_view target) const;

    [[nodiscard]] ProxyKind kind() const noexcept { return options_.kind; }
    [[nodiscard]] std::string origin(std::string_view host) const;  // https://HOST.example.org:PORT
    [[nodiscard]] std::uint16_t port() const noexcept { return options_.port; }
    [[nodiscard]] std::string certificate() const { return directory_ / "cert.pem"; }
    [[nodiscard]] std::string log() const { return process_->output(); }

private:
    void make_certificate();
    void copy(const std::string& from, const std::string& to, Edits& unused);
    void write_frame();  // what stands around the files of nginx and Apache
    [[nodiscard]] Edits edits() const;
    [[nodiscard]] std::vector<std::string> command() const;
    [[nodiscard]] HttpResponse curl(const std::string& url, std::uint16_t port, const Ask& ask) const;

    ReverseProxyOptions options_;
    TempDir directory_;
    std::uint16_t plain_port_ = free_port();
    std::optional<Process> process_;
};

}  // namespace gatehouse::test
