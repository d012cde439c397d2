#include "web/trusted_proxies.hpp"

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"

namespace gatehouse::web {
namespace {

namespace ip = boost::asio::ip;
constexpr std::size_t kMostHops = 32;   // of one X-Forwarded-For chain
constexpr unsigned kMappedPrefix = 96;  // of ::ffff:0:0/96, where IPv4 lies in IPv6

ip::address_v6::bytes_type to_bytes(const ip::address& address) noexcept {
    return address.is_v4() ? ip::make_address_v6(ip::v4_mapped, address.to_v4()).to_bytes()
                           : address.to_v6().to_bytes();
}

// Do the first `bits` bits agree?
bool same_prefix(const ip::address_v6::bytes_type& a, const ip::address_v6::bytes_type& b, unsigned bits) noexcept {
    const auto whole = bits / 8;
    const auto rest = bits % 8;
    if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8U - rest)) == 0;
}

// The address with all bits behind its prefix cleared.
ip::address_v6::bytes_type network_of(ip::address_v6::bytes_type bytes, unsigned prefix) noexcept {
    for (unsigned i = 0; i < bytes.size(); ++i) {
        const unsigned kept = prefix > i * 8 ? std::min(prefix - i * 8, 8U) : 0;
        bytes[i] &= static_cast<unsigned char>(0xff00U >> kept);
    }
    return bytes;
}

// A zone ("fe80::1%eth0") means something on one machine only.
std::optional<ip::address> parse_address(std::string_view text) {
    boost::system::error_code error;
    auto address = ip::make_address(text, error);
    if (error || text.contains('%')) return std::nullopt;
    if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
    return address;
}

// "192.0.2.1", "192.0.2.1:1234", "2001:db8::1", "[2001:db8::1]:1234": what proxies write.
std::optional<ip::address> parse_hop(std::string_view text) {
    std::string_view port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        port = text.substr(end + 1);
        text = text.substr(1, end - 1);
        if (!text.contains(':')) return std::nullopt;
    } else if (std::ranges::count(text, ':') == 1) {
        port = text.substr(text.find(':'));
        text = text.substr(0, text.find(':'));
    }
    if (!port.empty() && (port.front() != ':' || !parse_number<std::uint16_t>(port.substr(1)))) return std::nullopt;
    return parse_address(text);
}

// The last item of a comma-separated list; cuts it off `list`.
std::string_view take_last(std::string_view& list) noexcept {
    const auto comma = list.rfind(',');
    const auto item = trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
    return item;
}

// All headers of that name as one list, as if the proxies had joined them (RFC 9110 section 5.3).
std::string joined(const Request& request, std::string_view name) {
    std::string all;
    for (const auto& field : request.headers) {
        if (!equals_ignoring_case(field.name, name)) continue;
        if (!all.empty()) all += ',';
        all += field.value;
    }
    return all;
}

}  // namespace

bool TrustedProxies::add(std::string_view item) {
    if (item == "unix") return unix_peers_ = true;
    const auto slash = item.find('/');
    boost::system::error_code error;
    const auto address = ip::make_address(item.substr(0, slash), error);
    if (error || item.contains('%')) return false;
    const unsigned width = address.is_v4() ? 32 : 128;
    unsigned prefix = width;
    if (slash != std::string_view::npos) {
        const auto given = parse_number<unsigned>(item.substr(slash + 1));
        if (!given || *given > width) return false;
        prefix = *given;
    }
    const Range range{to_bytes(address), prefix + (128 - width)};
    if (network_of(range.network, range.prefix) != range.network) return false;
    ranges_.push_back(range);
    return true;
}

bool TrustedProxies::contains(const ip::address& address) const noexcept {
    const auto bytes = to_bytes(address);
    const bool is_v4 = address.is_v4() || address.to_v6().is_v4_mapped();
    return std::ranges::any_of(ranges_, [&](const Range& range) {
        if (is_v4 && range.prefix < kMappedPrefix) return false;  // "::/0" says nothing about IPv4
        return same_prefix(bytes, range.network, range.prefix);
    });
}

bool TrustedProxies::trusts(const Peer& peer) const noexcept {
    return peer.is_unix ? unix_peers_ : contains(peer.address);
}

Origin TrustedProxies::origin_of(const Request& request) const {
    Origin origin{request.peer.address, request.peer.is_tls, trusts(request.peer)};
    if (!origin.trusted_peer) return origin;
    const std::string forwarded = joined(request, "X-Forwarded-For");
    std::string_view rest = forwarded;
    for (std::size_t hops = 0; !rest.empty() && hops < kMostHops; ++hops) {
        const auto hop = parse_hop(take_last(rest));
        if (!hop) break;
        origin.address = *hop;
        if (!contains(*hop)) break;
    }
    const std::string schemes = joined(request, "X-Forwarded-Proto");
    std::string_view list = schemes;
    if (!list.empty()) origin.https = equals_ignoring_case(take_last(list), "https");
    return origin;
}

}  // namespace gatehouse::web
