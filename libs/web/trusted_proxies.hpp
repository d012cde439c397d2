// Which peers may speak for a client, and who the client is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "web/http_types.hpp"

namespace gatehouse::web {

// Addresses and CIDR ranges, of both families, and "unix" for peers on a Unix-domain socket. Empty: nobody is trusted.
class TrustedProxies {
public:
    // Adds one item: "10.0.0.0/8", "2001:db8::/32", "127.0.0.1", "unix". False: it is none of these,
    // or a range with bits set behind its prefix.
    bool add(std::string_view item);

    [[nodiscard]] bool contains(const boost::asio::ip::address& address) const noexcept;
    [[nodiscard]] bool trusts(const Peer& peer) const noexcept;

    // Walks X-Forwarded-For from the right, hop by hop, as long as the hop is trusted: the first that is not is the
    // client. An entry that is no address ends the walk at the last hop known. X-Forwarded-Proto counts only its last
    // value, which the nearest proxy wrote. Headers of an untrusted peer are not looked at.
    [[nodiscard]] Origin origin_of(const Request& request) const;

private:
    struct Range {
        boost::asio::ip::address_v6::bytes_type network;  // IPv4 as ::ffff:a.b.c.d
        unsigned prefix;
    };
    std::vector<Range> ranges_;
    bool unix_peers_ = false;
};

}  // namespace gatehouse::web
