#include "redis/options.hpp"

#include <charconv>
#include <optional>

#include "base/text.hpp"

namespace gatehouse::redis {
namespace {

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        unsigned char byte = 0;
        const auto digits = text.substr(i + 1, 2);
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
        if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
        plain += static_cast<char>(byte);
        i += 2;
    }
    return plain;
}

Result<void> read_database(std::string_view text, Options& options) {
    const auto database = parse_number<unsigned>(text);
    if (!database || *database > 16383) return fail(Errc::invalid_input, "the database must be a number");
    options.database = *database;
    return {};
}

// `[user][:password]@` before the host or path; returns what follows it.
Result<std::string_view> read_credentials(std::string_view rest, Options& options) {
    const auto at = rest.substr(0, rest.find_first_of("/?")).rfind('@');
    if (at == std::string_view::npos) return rest;
    const auto given = rest.substr(0, at);
    const auto colon = given.find(':');
    auto user = percent_decoded(given.substr(0, colon));
    auto password = percent_decoded(colon == std::string_view::npos ? "" : given.substr(colon + 1));
    if (!user || !password) return fail(Errc::invalid_input, "user or password have a broken percent-encoding");
    if (!user->empty() && password->empty()) return fail(Errc::invalid_input, "a user needs a password");
    options.user = std::move(*user);
    options.password = Secret(std::move(*password));
    return rest.substr(at + 1);
}

Result<std::string_view> read_query(std::string_view rest, Options& options) {
    const auto mark = rest.find('?');
    if (mark == std::string_view::npos) return rest;
    const auto query = rest.substr(mark + 1);
    if (!query.starts_with("db=")) return fail(Errc::invalid_input, "the only parameter is ?db=N");
    if (auto read = read_database(query.substr(3), options); !read) return std::unexpected(std::move(read).error());
    return rest.substr(0, mark);
}

Result<void> read_host(std::string_view rest, Options& options) {
    if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
        const auto path = rest.substr(slash + 1);
        if (!path.empty()) {
            if (auto read = read_database(path, options); !read) return read;
        }
        rest = rest.substr(0, slash);
    }
    options.endpoint.port = 6379;
    std::string_view port;
    if (rest.starts_with('[')) {
        const auto close = rest.find(']');
        if (close == std::string_view::npos)
            return fail(Errc::invalid_input, "the IPv6 address has no closing bracket");
        port = rest.substr(close + 1);
        options.endpoint.host = rest.substr(1, close - 1);
    } else {
        const auto colon = rest.find(':');
        port = colon == std::string_view::npos ? "" : rest.substr(colon);
        options.endpoint.host = rest.substr(0, colon);
    }
    if (options.endpoint.host.empty()) return fail(Errc::invalid_input, "the host is missing");
    if (port.empty()) return {};
    const auto value = port.starts_with(':') ? parse_number<std::uint16_t>(port.substr(1)) : std::nullopt;
    if (!value || *value == 0) return fail(Errc::invalid_input, "the port must be a number from 1 to 65535");
    options.endpoint.port = *value;
    return {};
}

}  // namespace

Options Options::copy() const {
    return {endpoint,        user,          password.copy(), database, connect_timeout,
            command_timeout, max_in_flight, max_reply_bytes};
}

Result<Options> parse_redis_url(std::string_view url) {
    constexpr std::string_view kTcp = "redis://";
    constexpr std::string_view kUnix = "unix://";
    if (url.starts_with("rediss://")) {
        return fail(
            Errc::invalid_input,
            "rediss:// is not supported (hiredis is built without TLS): use unix:// or a TLS tunnel such as stunnel");
    }
    const bool is_unix = url.starts_with(kUnix);
    if (!is_unix && !url.starts_with(kTcp)) return fail(Errc::invalid_input, "must begin with redis:// or unix://");
    Options options;
    auto rest = read_credentials(url.substr(is_unix ? kUnix.size() : kTcp.size()), options);
    if (rest) rest = read_query(*rest, options);
    if (!rest) return std::unexpected(std::move(rest).error());
    if (is_unix) {
        if (!rest->starts_with('/'))
            return fail(Errc::invalid_input, "the socket's path must be absolute: unix:///path");
        if (rest->size() > 107) return fail(Errc::invalid_input, "the socket's path is longer than 107 bytes");
        options.endpoint.unix_path = *rest;
        return options;
    }
    if (auto read = read_host(*rest, options); !read) return std::unexpected(std::move(read).error());
    return options;
}

}  // namespace gatehouse::redis
