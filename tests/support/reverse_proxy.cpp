#include "support/reverse_proxy.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <unistd.h>

namespace gatehouse::test {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

// The committed files, by their places below deploy/; the first is the one that the program is given.
std::vector<std::string> files_of(ProxyKind kind) {
    switch (kind) {
        case ProxyKind::nginx:
            return {"nginx/forward-auth.conf", "nginx/gatehouse/tls.conf", "nginx/gatehouse/gateway.conf",
                    "nginx/gatehouse/ask.conf", "nginx/gatehouse/protect.conf"};
        case ProxyKind::caddy:
            return {"caddy/Caddyfile"};
        case ProxyKind::haproxy:
            return {"haproxy/haproxy.cfg", "haproxy/gatehouse.lua"};
        case ProxyKind::apache:
            return {"apache/gatehouse.conf"};
    }
    return {};
}

// Replaces wherever it stands; true if it stood there.
bool replace(std::string& text, const std::string& from, const std::string& to) {
    bool found = false;
    for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
        text.replace(at, from.size(), to);
        found = true;
    }
    return found;
}

bool accepts(std::uint16_t port) {
    try {
        const HttpConnection connection(Endpoint{"127.0.0.1", port, ""});
        return true;
    } catch (const std::exception&) {
        return false;
    }
}

}  // namespace

std::string name_of(ProxyKind kind) {
    switch (kind) {
        case ProxyKind::nginx:
            return "nginx";
        case ProxyKind::caddy:
            return "Caddy";
        case ProxyKind::haproxy:
            return "HAProxy";
        case ProxyKind::apache:
            return "Apache";
    }
    return {};
}

ReverseProxy::ReverseProxy(ReverseProxyOptions options) : options_(std::move(options)) {
    make_certificate();
    auto unused = edits();
    for (const auto& file : files_of(options_.kind)) {
        const auto to = directory_ / file.substr(file.find('/') + 1);
        fs::create_directories(fs::path(to).parent_path());
        copy(GATEHOUSE_SOURCE_DIR "/deploy/" + file, to, unused);
    }
    if (!unused.empty()) throw std::runtime_error("the files of deploy/ do not have: " + unused.front().first);
    write_frame();
    process_.emplace(command(), directory_ / "log",
                     std::map<std::string, std::string>{{"PATH", "/usr/sbin:/usr/bin:/sbin:/bin"},
                                                        {"HOME", directory_.path().string()}});
    const bool up = eventually([&] { return !process_->running() || (accepts(options_.port) && accepts(plain_port_)); },
                               std::chrono::seconds(20));
    if (!up || !process_->running()) throw std::runtime_error(name_of(options_.kind) + ": " + log());
}

void ReverseProxy::make_certificate() {
    const auto made = run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                           "-days", "30", "-subj", "/CN=example.org", "-addext", "subjectAltName=DNS:*.example.org",
                           "-keyout", directory_ / "key.pem", "-out", certificate()});
    if (made.status != 0) throw std::runtime_error("openssl: " + made.err);
    std::ofstream(directory_ / "both.pem") << contents(certificate()) << contents(directory_ / "key.pem");
}

Edits ReverseProxy::edits() const {
    const auto https = std::to_string(options_.port);
    const auto plain = std::to_string(plain_port_);
    Edits edits = options_.edits;
    const auto add = [&](const std::string& from, const std::string& to) { edits.emplace_back(from, to); };
    add("127.0.0.1:8080", to_string(options_.gateway));
    if (options_.kind != ProxyKind::apache) add("127.0.0.1:8090", to_string(options_.app));
    switch (options_.kind) {
        case ProxyKind::nginx:
            add("listen 443", "listen 127.0.0.1:" + https);
            add("listen 80", "listen 127.0.0.1:" + plain);
            break;
        case ProxyKind::caddy:
            add("https_port 443", "https_port " + https + "\n\tdefault_bind 127.0.0.1\n\tadmin off");
            add("http_port 80", "http_port " + plain);
            break;
        case ProxyKind::haproxy:
            add("bind :443", "bind 127.0.0.1:" + https);
            add("bind :80", "bind 127.0.0.1:" + plain);
            add("abns@gatehouse-ask", "abns@gatehouse-ask-" + https);
            if (::geteuid() != 0) add("    user haproxy\n    group haproxy\n", "");  // only root can change
            add("/etc/haproxy/gatehouse.lua", directory_ / "gatehouse.lua");
            add("/etc/haproxy/example.org.pem", directory_ / "both.pem");
            return edits;
        case ProxyKind::apache:
            add("*:443", "127.0.0.1:" + https);
            add("*:80", "127.0.0.1:" + plain);
            break;
    }
    add("/etc/ssl/example.org/fullchain.pem", certificate());
    add("/etc/ssl/example.org/privkey.pem", directory_ / "key.pem");
    return edits;
}

void ReverseProxy::copy(const std::string& from, const std::string& to, Edits& unused) {
    auto text = contents(from);
    for (const auto& [old_text, new_text] : edits()) {
        if (replace(text, old_text, new_text))
            std::erase_if(unused, [&](auto& edit) { return edit.first == old_text; });
    }
    std::ofstream(to) << text;
}

// One process each: what a killed master leaves behind would be nobody's.
void ReverseProxy::write_frame() {
    const auto here = directory_.path().string();
    if (options_.kind == ProxyKind::nginx) {
        std::ofstream frame(directory_ / "nginx.conf");
        frame << "daemon off;\nmaster_process off;\npid " << here
              << "/pid;\nerror_log stderr;\nevents {}\nhttp {\n  access_log off;\n";
        for (const auto* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
            frame << "  " << kind << "_temp_path " << here << "/" << kind << ";\n";
        }
        frame << "  include forward-auth.conf;\n}\n";
    }
    if (options_.kind == ProxyKind::apache) {
        std::ofstream frame(directory_ / "apache.conf");
        frame << "ServerRoot " << here << "\nServerName localhost\nDefaultRuntimeDir " << here << "\nPidFile " << here
              << "/pid\nMutex posixsem\nErrorLog /dev/stderr\nUser www-data\nGroup www-data\n";
        for (const auto* name :
             {"mpm_event", "authz_core", "alias", "ssl", "http2", "headers", "proxy", "proxy_http"}) {
            frame << "LoadModule " << name << "_module /usr/lib/apache2/modules/mod_" << name << ".so\n";
        }
        frame << "Listen 127.0.0.1:" << options_.port << "\nListen 127.0.0.1:" << plain_port_
              << "\nInclude gatehouse.conf\n";
    }
}

std::vector<std::string> ReverseProxy::command() const {
    switch (options_.kind) {
        case ProxyKind::nginx:
            return {"nginx", "-p", directory_.path().string(), "-c", directory_ / "nginx.conf", "-e", "stderr"};
        case ProxyKind::caddy:
            return {"caddy", "run", "--adapter", "caddyfile", "--config", directory_ / "Caddyfile"};
        case ProxyKind::haproxy:
            return {"haproxy", "-db", "-f", directory_ / "haproxy.cfg"};
        case ProxyKind::apache:
            return {"apache2", "-f", directory_ / "apache.conf", "-X"};
    }
    return {};
}

std::string ReverseProxy::origin(std::string_view host) const {
    return "https://" + std::string(host) + ".example.org:" + std::to_string(options_.port);
}

HttpResponse ReverseProxy::ask(std::string_view host, std::string_view target, const Ask& ask) const {
    return curl(origin(host) + std::string(target), options_.port, ask);
}

HttpResponse ReverseProxy::ask_plainly(std::string_view host, std::string_view target) const {
    const auto url = "http://" + std::string(host) + ".example.org:" + std::to_string(plain_port_);
    return curl(url + std::string(target), plain_port_, {});
}

HttpResponse ReverseProxy::curl(const std::string& url, std::uint16_t port, const Ask& ask) const {
    std::vector<std::string> words{"curl", "-sS", "-i", "--max-time", "15", "--path-as-is", "--cacert", certificate()};
    for (const auto* host : {"login", "app"}) {
        words.insert(words.end(),
                     {"--resolve", std::string(host) + ".example.org:" + std::to_string(port) + ":127.0.0.1"});
    }
    if (ask.http1) words.emplace_back("--http1.1");
    if (ask.method == "HEAD") {
        words.emplace_back("--head");
    } else {
        words.insert(words.end(), {"-X", ask.method});
    }
    for (const auto& [name, value] : ask.headers) words.insert(words.end(), {"-H", name + ": " + value});
    if (!ask.body.empty()) words.insert(words.end(), {"--data-binary", "@-"});
    words.push_back(url);
    const auto ran = run(std::move(words), ask.body);
    if (ran.status != 0) throw std::runtime_error("curl " + url + ": " + ran.err + "\n" + log());
    return parse_message(ran.out);
}

}  // namespace gatehouse::test
