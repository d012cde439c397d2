// What bytes on a socket lead to: the status, whether the connection lives on, and that each request has exactly one
// answer. Collected from RFC 9112, llhttp's and nginx's test suites and what Beast 1.81 by itself lets through.
#include <string>
#include <vector>

#include "raw_cases.hpp"

namespace gatehouse::web::test {
namespace {

using namespace std::string_literals;

std::vector<Case> request_lines() {
    return {
        kept("a plain request", line("GET / HTTP/1.1")),
        kept("a query", line("GET /a?b=c&d HTTP/1.1")),
        kept("a method that nobody knows is a handler's affair", line("BREW /pot HTTP/1.1")),
        kept("percent-encoding is passed on as it is", line("GET /%00%2e%2E/ HTTP/1.1")),
        kept("OPTIONS *", line("OPTIONS * HTTP/1.1")),
        kept("the absolute form", line("GET http://x/a HTTP/1.1")),
        kept("the absolute form wins over another Host", "GET http://a.example/p HTTP/1.1\r\nHost: b.example\r\n\r\n"),
        kept("the absolute form without a path", line("GET http://x HTTP/1.1")),
        refused("GET *", line("GET * HTTP/1.1")),
        refused("POST *", line("POST * HTTP/1.1")),
        refused("CONNECT with an authority", line("CONNECT x:443 HTTP/1.1")),
        refused("CONNECT with a path", line("CONNECT / HTTP/1.1")),
        refused("the authority form", line("GET x:80 HTTP/1.1")),
        refused("a target without a slash", line("GET a/b HTTP/1.1")),
        refused("a scheme that is not HTTP", line("GET ftp://x/a HTTP/1.1")),
        refused("the absolute form without an authority", line("GET http:///a HTTP/1.1")),
        refused("the absolute form with user information", line("GET http://u:p@x/a HTTP/1.1")),
        refused("the absolute form with a bad port", line("GET http://x:99999/a HTTP/1.1")),
        refused("the absolute form with two Hosts", "GET http://x/ HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n"),
        refused("the absolute form without a Host", "GET http://x/ HTTP/1.1\r\n\r\n"),
        refused("a fragment", line("GET /a#b HTTP/1.1")),
        refused("a fragment in the query", line("GET /a?b#c HTTP/1.1")),
        refused("raw UTF-8 in the target", line("GET /caf\xc3\xa9 HTTP/1.1")),
        refused("a raw 0x80 in the target", line("GET /\x80 HTTP/1.1")),
        refused("a raw 0xff in the query", line("GET /?\xff HTTP/1.1")),
        refused("a control byte in the target", line("GET /\x01 HTTP/1.1")),
        refused("DEL in the target", line("GET /\x7f HTTP/1.1")),
        refused("NUL in the target", line("GET /\0a HTTP/1.1"s)),
        refused("a tab in the target", line("GET /\ta HTTP/1.1")),
        refused("a space in the target", line("GET /a b HTTP/1.1")),
        refused("two spaces before the target", line("GET  / HTTP/1.1")),
        refused("two spaces after the target", line("GET /  HTTP/1.1")),
        refused("a tab for the first space", line("GET\t/ HTTP/1.1")),
        refused("a tab for the second space", line("GET /\tHTTP/1.1")),
        refused("a form feed for a space", line("GET /\fHTTP/1.1")),
        refused("a space before the method", line(" GET / HTTP/1.1")),
        refused("a trailing space", line("GET / HTTP/1.1 ")),
        refused("no target", line("GET HTTP/1.1")),
        refused("an empty target", line("GET  HTTP/1.1")),
        refused("no method", line("/ HTTP/1.1")),
        refused("a bracket in the method", line("GE[T / HTTP/1.1")),
        refused("a colon in the method", line("GET: / HTTP/1.1")),
        refused("a raw byte over 0x7f in the method", line("G\xc4T / HTTP/1.1")),
        refused("HTTP/0.9", "GET /\r\n\r\n"),
        refused("HTTP/1.2", line("GET / HTTP/1.2")),
        refused("HTTP/2.0", line("GET / HTTP/2.0")),
        refused("HTTP/1.10", line("GET / HTTP/1.10")),
        refused("HTTP/01.1", line("GET / HTTP/01.1")),
        refused("HTTP/1", line("GET / HTTP/1")),
        refused("HTTP/1,1", line("GET / HTTP/1,1")),
        refused("http in lower case", line("GET / http/1.1")),
        refused("another protocol's name", line("GET / ICE/1.1")),
        refused("HTTP/1.1 with a sign", line("GET / HTTP/+1.1")),
        refused("HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        refused("a TLS ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s),
        refused("an SSH banner", "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        refused("a response", "HTTP/1.1 200 OK\r\nHost: x\r\n\r\n"),
        refused("a UTF-8 byte order mark", "\xef\xbb\xbfGET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    };
}

std::vector<Case> line_ends() {
    return {
        kept("one empty line before the request", "\r\n" + line("GET / HTTP/1.1")),
        refused("two empty lines before the request", "\r\n\r\n" + line("GET / HTTP/1.1")),
        refused("a bare LF before the request", "\n" + line("GET / HTTP/1.1")),
        refused("a bare CR before the request", "\r" + line("GET / HTTP/1.1")),
        refused("a bare LF behind the request line", "GET / HTTP/1.1\nHost: x\r\n\r\n"),
        refused("a bare LF behind a field", "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"),
        refused("a bare LF behind the last field", "GET / HTTP/1.1\r\nHost: x\n\r\n"),
        refused("a bare LF as the empty line", "GET / HTTP/1.1\r\nHost: x\r\n\n"),
        refused("bare LFs everywhere", "GET / HTTP/1.1\nHost: x\n\n"),
        refused("a bare LF in a value that hides a field", get("A: b\nTransfer-Encoding: chunked\r\n")),
        refused("a bare CR in the request line", "GET /\rHTTP/1.1\r\nHost: x\r\n\r\n"),
        refused("a bare CR behind the request line", "GET / HTTP/1.1\rHost: x\r\n\r\n"),
        refused("a bare CR in a value", get("A: b\rc\r\n")),
        refused("a bare CR that hides a field", get("A: b\rTransfer-Encoding: chunked\r\n")),
        refused("CR CR LF", get("A: b\r\r\n")),
        refused("CR CR LF as the empty line", "GET / HTTP/1.1\r\nHost: x\r\n\r\r\n\r\n"),
        refused("a bare CR in a name", get("A\rB: c\r\n")),
        refused("NUL in a value", get("A: b\0c\r\n"s)),
        refused("NUL in a name", get("A\0B: c\r\n"s)),
        refused("NUL before the request", "\0"s + line("GET / HTTP/1.1")),
        refused("NUL in the Host", host("Host: x\0y\r\n"s)),
    };
}

std::vector<Case> fields() {
    return {
        kept("no blank behind the colon", get("A:b\r\n")),
        kept("blanks round a value", get("A: \t b \t \r\n")),
        kept("an empty value", get("A:\r\n")),
        kept("obs-text in a value", get("A: caf\xc3\xa9\r\n")),
        kept("every token character in a name", get("!#$%&'*+-.^_`|~09azAZ: b\r\n")),
        refused("a space before the colon", get("A : b\r\n")),
        refused("a tab before the colon", get("A\t: b\r\n")),
        refused("a space before the colon of Content-Length", post("Content-Length : 3\r\n", "abc")),
        refused("a space before the colon of Transfer-Encoding", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n")),
        refused("an empty field name", get(": b\r\n")),
        refused("a field without a colon", get("A\r\n")),
        refused("a space in a name", get("A B: c\r\n")),
        refused("a quote in a name", get("A\"B: c\r\n")),
        refused("a slash in a name", get("A/B: c\r\n")),
        refused("a raw byte over 0x7f in a name", get("\xc3\x84: b\r\n")),
        refused("a folded value", get("A: b\r\n c\r\n")),
        refused("a value folded with a tab", get("A: b\r\n\tc\r\n")),
        refused("a folded first field", "GET / HTTP/1.1\r\n Host: x\r\n\r\n"),
        refused("a line of blanks", get(" \r\n")),
        refused("a folded Transfer-Encoding", post("Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n")),
        refused("a folded Content-Length", post("Content-Length:\r\n 3\r\n", "abc")),
        refused("a control byte in a value", get("A: b\x01\r\n")),
        refused("a vertical tab in a value", get("A: b\x0b\r\n")),
        refused("DEL in a value", get("A: b\x7f\r\n")),
        refused("ESC in a value", get("A: \x1b[31m\r\n")),
    };
}

std::vector<Case> hosts() {
    return {
        kept("a host with a port", host("Host: example.org:8080\r\n")),
        kept("an IPv4 address", host("Host: 192.0.2.1\r\n")),
        kept("an IPv6 address with a port", host("Host: [2001:db8::1]:80\r\n")),
        kept("the name in another case", host("hOsT: x\r\n")),
        refused("no Host", host("")),
        refused("an empty Host", host("Host:\r\n")),
        refused("a Host of blanks", host("Host: \t \r\n")),
        refused("the same Host twice", host("Host: x\r\nHost: x\r\n")),
        refused("two Hosts", host("Host: x\r\nHost: y\r\n")),
        refused("two Hosts in different cases", host("Host: x\r\nhost: y\r\n")),
        refused("a Host joined with a comma", host("Host: x, y\r\n")),
        refused("a Host with user information", host("Host: u@x\r\n")),
        refused("a Host with user and password", host("Host: u:p@x\r\n")),
        refused("a Host with a path", host("Host: x/a\r\n")),
        refused("a Host with a query", host("Host: x?a\r\n")),
        refused("a Host with a fragment", host("Host: x#a\r\n")),
        refused("a Host with a scheme", host("Host: http://x\r\n")),
        refused("a Host with a blank", host("Host: x y\r\n")),
        refused("a Host with a backslash", host("Host: x\\y\r\n")),
        refused("a Host with percent-encoding", host("Host: x%2ey\r\n")),
        refused("a Host with raw UTF-8", host("Host: caf\xc3\xa9\r\n")),
        refused("a Host with an empty port", host("Host: x:\r\n")),
        refused("a Host with a port that is no number", host("Host: x:80a\r\n")),
        refused("a Host with a signed port", host("Host: x:+80\r\n")),
        refused("a Host with a port over 65535", host("Host: x:65536\r\n")),
        refused("a Host that is only a port", host("Host: :80\r\n")),
        refused("a Host with two ports", host("Host: x:80:80\r\n")),
        refused("an unclosed bracket", host("Host: [::1\r\n")),
        refused("rubbish behind the bracket", host("Host: [::1]x\r\n")),
        refused("a name in brackets", host("Host: [x]\r\n")),
        refused("a Host of 300 characters", host("Host: " + std::string(300, 'a') + "\r\n")),
        refused("HTTP/1.0 with two Hosts", "GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n"),
        refused("HTTP/1.0 with a malformed Host", "GET / HTTP/1.0\r\nHost: x/y\r\n\r\n"),
    };
}

std::vector<Case> lengths() {
    return {
        kept("a body", post("Content-Length: 3\r\n", "abc")),
        kept("an empty body", post("Content-Length: 0\r\n", "")),
        kept("no length, no body", post("", "")),
        kept("leading zeros", post("Content-Length: 0003\r\n", "abc")),
        kept("blanks round the number", post("Content-Length: \t3\t\r\n", "abc")),
        kept("a GET with a body", get("Content-Length: 3\r\n") + "abc"),
        kept("a GET whose body looks like a request",
             get("Content-Length: " + std::to_string(kSmuggled.size()) + "\r\n") + std::string(kSmuggled)),
        kept("a HEAD-like OPTIONS with a body", "OPTIONS / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\na"),
        refused("two equal lengths", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc")),
        refused("two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc")),
        refused("two lengths in different cases", post("Content-Length: 3\r\ncontent-length: 0\r\n", "abc")),
        refused("two equal lengths joined", post("Content-Length: 3, 3\r\n", "abc")),
        refused("two lengths joined", post("Content-Length: 3,4\r\n", "abc")),
        refused("an empty length", post("Content-Length:\r\n", "abc")),
        refused("a length of blanks", post("Content-Length: \t\r\n", "abc")),
        refused("a positive sign", post("Content-Length: +3\r\n", "abc")),
        refused("a negative length", post("Content-Length: -3\r\n", "abc")),
        refused("minus zero", post("Content-Length: -0\r\n", "abc")),
        refused("a hexadecimal length", post("Content-Length: 0x3\r\n", "abc")),
        refused("hexadecimal digits", post("Content-Length: a\r\n", "0123456789")),
        refused("a fraction", post("Content-Length: 3.0\r\n", "abc")),
        refused("an exponent", post("Content-Length: 1e1\r\n", "abc")),
        refused("a blank in the number", post("Content-Length: 1 2\r\n", "abc")),
        refused("an underscore in the number", post("Content-Length: 1_0\r\n", "abc")),
        refused("a quoted number", post("Content-Length: \"3\"\r\n", "abc")),
        refused("text behind the number", post("Content-Length: 3 bytes\r\n", "abc")),
        refused("a semicolon behind the number", post("Content-Length: 3;\r\n", "abc")),
        refused("a length of 2^64", post("Content-Length: 18446744073709551616\r\n", "abc")),
        refused("a length of 2^64 + 3", post("Content-Length: 18446744073709551619\r\n", "abc")),
        refused("a length of 2^63", post("Content-Length: 9223372036854775808\r\n", "abc"), 413),
        refused("a length of 40 digits", post("Content-Length: " + std::string(40, '9') + "\r\n", "abc")),
        refused("a body over the limit", post("Content-Length: 16385\r\n", ""), 413),
    };
}

std::vector<Case> encodings() {
    const auto te = [](const std::string& value) {
        return post("Transfer-Encoding: " + value + "\r\n", "3\r\nabc\r\n0\r\n\r\n");
    };
    return {
        kept("a chunked body", te("chunked")),
        kept("chunked in another case", te("ChUnKeD")),
        kept("blanks round chunked", te(" \tchunked\t ")),
        kept("chunked on a GET", get("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"),
        refused("an unknown coding", te("xchunked")),
        refused("another unknown coding", te("cow")),
        refused("identity", te("identity")),
        refused("an empty coding", te("")),
        refused("a comma before chunked", te(",chunked")),
        refused("a comma behind chunked", te("chunked,")),
        refused("chunked twice", te("chunked, chunked")),
        refused("chunked before another coding", te("chunked, identity")),
        refused("gzip before chunked", te("gzip, chunked")),
        refused("gzip alone", te("gzip")),
        refused("a parameter", te("chunked;q=1")),
        refused("quoted", te("\"chunked\"")),
        refused("a letter behind chunked", te("chunkedx")),
        refused("a vertical tab before chunked", te("\x0b"
                                                    "chunked")),
        refused("a form feed behind chunked", te("chunked\f")),
        refused("a no-break space before chunked", te("\xc2\xa0"
                                                      "chunked")),
        refused("a Latin-1 no-break space before chunked", te("\xa0"
                                                              "chunked")),
        refused("NUL behind chunked", te("chunked\0"s)),
        refused("a long s that folds to nothing", te("chun\xe2\x84\xaa"
                                                     "ed")),
        refused("repeated", te("chunked\r\nTransfer-Encoding: chunked")),
        refused("repeated with another", te("chunked\r\nTransfer-Encoding: identity")),
        refused("another, then chunked", te("identity\r\nTransfer-Encoding: chunked")),
        refused("repeated in another case", te("chunked\r\ntransfer-encoding: x")),
        refused("with a length", te("chunked\r\nContent-Length: 3")),
        refused("behind a length", post("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "abc")),
        refused("with a length of zero", te("chunked\r\nContent-Length: 0")),
        refused("an unknown one with a length", te("x\r\nContent-Length: 3")),
        refused("an empty one with a length", te("\r\nContent-Length: 3")),
        refused("in HTTP/1.0", "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        kept("a field whose name only looks like it",
             post("Transfer_Encoding: chunked\r\nContent-Length: 3\r\n", "abc")),
        refused("a name with a blank in front", post(" Transfer-Encoding: chunked\r\n", "0\r\n\r\n")),
    };
}

std::vector<Case> chunks() {
    return {
        kept("one chunk", chunked("3\r\nabc\r\n0\r\n\r\n")),
        kept("several chunks", chunked("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n")),
        kept("no chunk", chunked("0\r\n\r\n")),
        kept("hexadecimal in both cases", chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n")),
        kept("leading zeros", chunked("0003\r\nabc\r\n000\r\n\r\n")),
        kept("an extension", chunked("3;a=b;c=\"d\"\r\nabc\r\n0;e\r\n\r\n")),
        kept("trailer fields", chunked("3\r\nabc\r\n0\r\nA: b\r\nC:\r\n\r\n")),
        kept("trailer fields that would change the framing are dropped",
             chunked("3\r\nabc\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: x\r\nHost: y\r\n\r\n")),
        kept("data that looks like chunks", chunked("5\r\n0\r\n\r\n\r\n0\r\n\r\n")),
        refused("0x before the size", chunked("0x3\r\nabc\r\n0\r\n\r\n")),
        refused("a positive sign", chunked("+3\r\nabc\r\n0\r\n\r\n")),
        refused("a negative size", chunked("-3\r\nabc\r\n0\r\n\r\n")),
        refused("a space before the size", chunked(" 3\r\nabc\r\n0\r\n\r\n")),
        refused("a space behind the size", chunked("3 \r\nabc\r\n0\r\n\r\n")),
        refused("a tab behind the size", chunked("3\t\r\nabc\r\n0\r\n\r\n")),
        refused("an empty size", chunked("\r\nabc\r\n0\r\n\r\n")),
        refused("a size that is no number", chunked("g\r\nabc\r\n0\r\n\r\n")),
        refused("an underscore in the size", chunked("0_3\r\nabc\r\n0\r\n\r\n")),
        refused("a comma in the size", chunked("3,0\r\nabc\r\n0\r\n\r\n")),
        refused("a size of 2^64 + 3", chunked("10000000000000003\r\nabc\r\n0\r\n\r\n")),
        refused("a size of 2^32", chunked("100000000\r\nabc\r\n0\r\n\r\n")),
        refused("a size of 2^32 - 1", chunked("ffffffff\r\nabc\r\n0\r\n\r\n"), 413),
        refused("a size of ever more zeros", chunked(std::string(64, '0') + "3\r\nabc\r\n0\r\n\r\n")),
        refused("a bare LF behind the size", chunked("3\nabc\r\n0\r\n\r\n")),
        refused("a bare CR behind the size", chunked("3\rabc\r\n0\r\n\r\n")),
        refused("a bare LF behind the data", chunked("3\r\nabc\n0\r\n\r\n")),
        refused("no CR LF behind the data", chunked("3\r\nabc0\r\n\r\n")),
        refused("data longer than its size", chunked("3\r\nabcd\r\n0\r\n\r\n")),
        refused("data shorter than its size", chunked("4\r\nabc\r\n0\r\n\r\n")),
        refused("a bare LF behind the last chunk", chunked("0\n\r\n")),
        refused("a bare LF as the end", chunked("0\r\n\n")),
        refused("a bare LF in an extension", chunked("3;a\nb\r\nabc\r\n0\r\n\r\n")),
        refused("a bare CR in an extension", chunked("3;a\rb\r\nabc\r\n0\r\n\r\n")),
        refused("NUL in an extension", chunked("3;a\0b\r\nabc\r\n0\r\n\r\n"s)),
        refused("an extension without a bound", chunked("3;" + std::string(2000, 'a') + "\r\nabc\r\n0\r\n\r\n")),
        refused("many extensions",
                [] {
                    std::string body;
                    for (int i = 0; i < 200; ++i) body += "1;aaaaaaaa\r\na\r\n";
                    return chunked(body + "0\r\n\r\n");
                }()),
        refused("trailers without a bound", chunked("0\r\nA: " + std::string(2000, 'a') + "\r\n\r\n")),
        refused("many trailers",
                [] {
                    std::string body = "0\r\n";
                    for (int i = 0; i < 400; ++i) body += "A: b\r\n";
                    return chunked(body + "\r\n");
                }()),
        refused("a trailer with a blank in front", chunked("0\r\n A: b\r\n\r\n")),
        refused("a trailer without a colon", chunked("0\r\nGET / HTTP/1.1\r\n\r\n")),
        refused("a trailer with a space before the colon", chunked("0\r\nA : b\r\n\r\n")),
        refused("a trailer without a name", chunked("0\r\n: b\r\n\r\n")),
        refused("a trailer with a bare LF", chunked("0\r\nA: b\n\r\n")),
        refused("a trailer with NUL", chunked("0\r\nA: \0\r\n\r\n"s)),
        refused("a body over the limit in one chunk", chunked("4001\r\n" + std::string(0x4001, 'a')), 413),
        refused(
            "a body over the limit in many chunks",
            [] {
                std::string body;
                for (int i = 0; i < 17; ++i) body += "400\r\n" + std::string(0x400, 'a') + "\r\n";
                return chunked(body);
            }(),
            413),
        refused(
            "a body within the limit in too many one-byte chunks",
            [] {
                std::string body;
                for (int i = 0; i < 15000; ++i) body += "1\r\na\r\n";
                return chunked(body + "0\r\n\r\n");
            }(),
            413),
    };
}

std::vector<Case> sizes() {
    const auto many = [](int count) {
        std::string all;
        for (int i = 0; i < count; ++i) all += "A: b\r\n";
        return all;
    };
    const auto padded_to = [](std::size_t size) {
        const std::string frame = get("A: \r\n");
        return get("A: " + std::string(size - frame.size(), 'a') + "\r\n");
    };
    return {
        kept("64 fields", get(many(63))),
        refused("65 fields", get(many(64)), 431),
        kept("a head of 8 KiB", padded_to(8192)),
        refused("a head of 8 KiB and a byte", padded_to(8193), 431),
        refused("a target without an end", "GET /" + std::string(9000, 'a'), 431),
        refused("a field name without an end", "GET / HTTP/1.1\r\n" + std::string(9000, 'a'), 431),
        refused("a value without an end", "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(9000, 'a'), 431),
        refused("fields without an end", "GET / HTTP/1.1\r\nHost: x\r\n" + many(2000), 431),
        kept("a body of 16 KiB", post("Content-Length: 16384\r\n", std::string(16384, 'a'))),
        kept("a chunked body of 16 KiB", chunked("4000\r\n" + std::string(0x4000, 'a') + "\r\n0\r\n\r\n")),
    };
}

std::vector<Case> connections() {
    return {
        answered_and_closed("Connection: close", get("Connection: close\r\n")),
        answered_and_closed("Connection: CLOSE in a list", get("Connection: x, CLOSE\r\n")),
        answered_and_closed("close in a second Connection", get("Connection: keep-alive\r\nConnection: close\r\n")),
        kept("Connection: keep-alive", get("Connection: keep-alive\r\n")),
        kept("an unknown Connection option", get("Connection: closed\r\n")),
        kept("Upgrade to h2c is ignored",
             get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n")),
        answered_and_closed("HTTP/1.0", "GET / HTTP/1.0\r\nHost: x\r\n\r\n"),
        answered_and_closed("HTTP/1.0 without a Host", "GET / HTTP/1.0\r\n\r\n"),
        answered_and_closed("HTTP/1.0 with a body", "POST / HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"),
        kept("HTTP/1.0 with keep-alive", "GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n"),
        answered_and_closed("HTTP/1.0 with keep-alive and close",
                            "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n"),
        kept("Expect with no body", get("Expect: 100-continue\r\n")),
        kept("Expect in HTTP/1.0 with keep-alive",
             "POST / HTTP/1.0\r\nConnection: keep-alive\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na"),
    };
}

std::vector<Case> table() {
    std::vector<Case> all;
    for (const auto& part :
         {request_lines(), line_ends(), fields(), hosts(), lengths(), encodings(), chunks(), sizes(), connections()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

}  // namespace

TEST_CASE("each row of the table has its one answer when it comes in one segment") {
    TestServer server;
    for (const Case& row : table()) check_row(server, row, &RawConnection::send);
}

TEST_CASE("each row of the table has its one answer when it comes byte by byte") {
    TestServer server;
    for (const Case& row : table()) check_row(server, row, &RawConnection::send_byte_by_byte);
}

TEST_CASE("what follows a refused request on its connection is never read as a request") {
    TestServer server;
    for (const Case& row : table()) {
        if (row.after == After::closed) check_row(server, row, &RawConnection::send, kSmuggled);
    }
}

TEST_CASE("a refusal holds nothing of the request before it") {
    TestServer server;
    for (const Case& row : table()) {
        if (row.after == After::kept) continue;
        INFO(row.name);
        RawConnection client(server.endpoint());
        REQUIRE(client.send("HEAD /first?secret HTTP/1.1\r\nHost: first\r\nCookie: secret\r\n\r\n"));
        const auto first = client.response(BodyFollows::no);
        CHECK(first.status == 200);
        CHECK(first.header("Content-Length") != "0");
        client.send(row.bytes);
        const auto all = client.responses_until_closed();
        REQUIRE(all.size() == 1);  // with its body: the HEAD before it is forgotten
        check_response(all.front(), row);
        const auto seen = server.observed();
        REQUIRE(seen.size() >= 2);
        CHECK(seen.back().status == row.status);
        CHECK(seen.back().fields.find("secret") == std::string::npos);
        CHECK(seen.back().path != "/first");
        CHECK(seen.back().request_id != seen[seen.size() - 2].request_id);
    }
}

}  // namespace gatehouse::web::test
