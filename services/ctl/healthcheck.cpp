// healthcheck: for container images that have no shell and no curl. Asks /readyz, which never fails for a dependency
// that all instances share.
#include <algorithm>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "ctl/run.hpp"
#include "proto/json.hpp"

namespace gatehouse::ctl {

namespace {

constexpr std::chrono::seconds kMostWait{5};

struct Probe {
    std::string name;
    Service server;
    std::string path;
};

struct Health {
    std::string name;
    bool healthy = false;
    std::string text;
};

Answer<Probe> probe_of_service(const std::string& name, const Environment& environment) {
    const bool gateway = name == "gateway";
    const auto* variable = gateway ? "GATEWAY_ADMIN_LISTEN" : "SESSION_ADMIN_LISTEN";
    const auto found = environment.find(variable);
    const std::string address = found != environment.end() && !found->second.empty() ? found->second
                                : gateway                                            ? "127.0.0.1:9101"
                                                                                     : "127.0.0.1:9102";
    auto server = find_service(address, environment);
    if (!server) return problem(ExitCode::usage, fmt::format("{}: {}", variable, server.error().message));
    return Probe{name, std::move(*server), "/readyz"};
}

Answer<Probe> probe_of_url(const std::string& url, const Environment& environment) {
    const auto address = std::string_view(url);
    const auto scheme = address.find("://");
    const auto slash =
        address.starts_with("unix:") ? address.npos : address.find('/', scheme == address.npos ? 0 : scheme + 3);
    auto server = find_service(address.substr(0, slash), environment);
    if (!server) return std::unexpected(std::move(server).error());
    auto path = slash == address.npos ? std::string("/readyz") : std::string(address.substr(slash));
    auto is_bad = [](char c) { return c <= ' ' || c > '~'; };
    if (std::ranges::any_of(path, is_bad))
        return problem(ExitCode::usage, "the address's path holds a blank or a control character");
    return Probe{url, std::move(*server), std::move(path)};
}

Answer<std::vector<Probe>> probes_of(const std::string& target, const Environment& environment) {
    std::vector<Probe> probes;
    for (const char* service : {"gateway", "session"}) {
        if (!target.empty() && target != service) continue;
        auto made = probe_of_service(service, environment);
        if (!made) return std::unexpected(std::move(made).error());
        probes.push_back(std::move(*made));
    }
    if (probes.empty()) {
        auto made = probe_of_url(target, environment);
        if (!made) return std::unexpected(std::move(made).error());
        probes.push_back(std::move(*made));
    }
    return probes;
}

Health ask(const Probe& wanted, std::chrono::milliseconds timeout) {
    const auto status = probe(wanted.server, wanted.path, timeout);
    if (!status) return {wanted.name, false, status.error().message};
    if (*status >= 200 && *status < 300) return {wanted.name, true, "ready"};
    return {wanted.name, false, fmt::format("not ready (status {})", *status)};
}

std::vector<Health> ask_all(const std::vector<Probe>& probes, std::chrono::milliseconds timeout) {
    std::vector<Health> all;
    all.reserve(probes.size());
    for (const auto& wanted : probes) all.push_back(ask(wanted, timeout));
    return all;
}

bool is_healthy(const std::vector<Health>& all) { return std::ranges::all_of(all, &Health::healthy); }

std::string to_json(const std::vector<Health>& all, bool healthy) {
    proto::JsonWriter out;
    out.begin_object();
    out.flag("healthy", healthy);
    out.begin_array("checks");
    for (const auto& one : all) {
        out.begin_object();
        out.text("name", one.name);
        out.flag("healthy", one.healthy);
        out.text("detail", one.text);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return std::move(out).take();
}

}  // namespace

Answer<> run(const Healthcheck& command, Context& context) {
    const auto environment = environment_for(context.common);
    if (!environment) return std::unexpected(environment.error());
    const auto probes = probes_of(command.target, *environment);
    if (!probes) return std::unexpected(probes.error());
    const auto timeout = std::min<std::chrono::milliseconds>(context.common.timeout, kMostWait);
    const auto until = Deadline::after(context.common.wait);
    auto all = ask_all(*probes, timeout);
    while (!is_healthy(all) && !until.passed()) {
        std::this_thread::sleep_for(kAskAgain);
        all = ask_all(*probes, timeout);
    }
    std::string text;
    for (const auto& one : all) text += fmt::format("{}: {}\n", one.name, one.text);
    const bool healthy = is_healthy(all);
    context.print(to_json(all, healthy), text);
    if (!healthy) return problem(ExitCode::refused, "not healthy");
    return {};
}

}  // namespace gatehouse::ctl
