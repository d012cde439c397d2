// Where a sign-in may lead back to. What is let through must name an origin of the list in its first bytes, whatever a
// parser makes of the rest.
#include <algorithm>
#include <array>

#include "fuzz/expect.hpp"
#include "gateway/guard/return_to.hpp"

using namespace gatehouse;
using fuzz::expect;

namespace {

constexpr std::array<std::string_view, 3> kOrigins{"https://app.example.com", "http://localhost:3000",
                                                   "https://[2001:db8::1]"};
constexpr std::string_view kWildcard = "https://*.example.net";
constexpr std::string_view kBelow = ".example.net";

const gateway::ReturnTargets& targets() {
    static const auto made = [] {
        gateway::ReturnTargets all;
        for (const auto origin : kOrigins) expect(all.add(origin), "an origin is taken");
        expect(all.add(kWildcard), "a wildcard is taken");
        return all;
    }();
    return made;
}

bool is_listed(std::string_view origin) {
    constexpr std::string_view scheme = "https://";
    if (std::ranges::find(kOrigins, origin) != kOrigins.end()) return true;
    if (!origin.starts_with(scheme) || !origin.ends_with(kBelow)) return false;
    const auto labels = origin.substr(scheme.size(), origin.size() - scheme.size() - kBelow.size());
    return !labels.empty() && std::ranges::all_of(labels, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto allowed = gateway::allowed_return_to(fuzz::text(data, size), targets());
    if (!allowed) return 0;
    const std::string_view url = *allowed;
    expect(url.size() <= 2048, "at most 2048 bytes");
    expect(std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f && c != '\\' && c != '"' && c != '<'; }),
           "nothing that ends an attribute or a header, or that browsers rewrite");
    expect(gateway::allowed_return_to(url, targets()) == allowed, "what is normal stays as it is");
    if (url.starts_with('/')) {
        const auto path = url.substr(0, url.find_first_of("?#"));
        expect(!path.starts_with("//") && !path.contains("/../") && !path.contains("/./"), "a path on ourselves");
        return 0;
    }
    const auto scheme_end = url.find("://");
    expect(scheme_end != std::string_view::npos, "a scheme, or a path on ourselves");
    const auto path = url.find('/', scheme_end + 3);
    expect(path != std::string_view::npos && is_listed(url.substr(0, path)), "an origin of the list, then the path");
    return 0;
}
