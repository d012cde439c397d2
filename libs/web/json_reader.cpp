#include "web/json_reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <boost/json/basic_parser_impl.hpp>

#include "base/secret.hpp"

namespace gatehouse::web {
namespace {

namespace json = boost::json;
using boost::json::string_view;

constexpr std::size_t kMostDepth = 8;

// basic_parser's handler: builds the top level, checks everything below it. Keys and strings may arrive in parts.
struct Handler {
    static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
    static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();  // bounded by the body's limit
    static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();
    using error_code = boost::system::error_code;

    ~Handler() { wipe(text); }

    JsonObject object;
    std::vector<std::vector<std::string>> keys;  // of the open objects, to find duplicates
    std::size_t depth = 0;
    std::size_t members = 0;
    std::string text;  // the key or string being read
    std::string top_key;
    const char* refused = nullptr;

    bool refuse(const char* why, error_code& ec) {
        refused = why;
        ec = json::error::extra_data;  // any error stops the parser; ours says why
        return false;
    }
    template <class T>
    bool value(const T& v, error_code& ec) {
        if (depth == 0) return refuse("the body is not a JSON object", ec);
        if (depth == 1 && !keys.empty()) object.add(std::move(top_key), v);
        return true;
    }

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code& ec) {
        if (++depth > kMostDepth) return refuse("nested too deeply", ec);
        keys.emplace_back();
        return true;
    }
    bool on_object_end(std::size_t, error_code& ec) {
        keys.pop_back();
        return close(ec);
    }
    bool on_array_begin(error_code& ec) {
        if (depth == 0) return refuse("the body is not a JSON object", ec);
        return ++depth <= kMostDepth || refuse("nested too deeply", ec);
    }
    bool on_array_end(std::size_t, error_code& ec) { return close(ec); }
    bool close(error_code& ec) {
        --depth;
        return depth == 0 || value(JsonNested{}, ec);
    }
    bool on_key_part(string_view part, std::size_t, error_code&) { return text.append(part), true; }
    bool on_key(string_view part, std::size_t, error_code& ec) {
        text.append(part);
        if (++members > JsonObject::kMost) return refuse("too many members", ec);
        auto& open = keys.back();
        if (std::ranges::find(open, text) != open.end()) return refuse("a member appears twice", ec);
        open.push_back(text);
        if (depth == 1) top_key = text;
        text.clear();
        return true;
    }
    bool on_string_part(string_view part, std::size_t, error_code&) { return text.append(part), true; }
    bool on_string(string_view part, std::size_t, error_code& ec) {
        text.append(part);
        const bool kept = value(text, ec);
        wipe(text);
        return kept;
    }
    bool on_number_part(string_view, error_code&) { return true; }
    bool on_int64(std::int64_t number, string_view, error_code& ec) { return value(number, ec); }
    bool on_uint64(std::uint64_t, string_view, error_code& ec) { return refuse("a number is out of range", ec); }
    bool on_double(double number, string_view, error_code& ec) {
        return std::isfinite(number) ? value(number, ec) : refuse("a number is out of range", ec);
    }
    bool on_bool(bool b, error_code& ec) { return value(b, ec); }
    bool on_null(error_code& ec) { return value(JsonNull{}, ec); }
    bool on_comment_part(string_view, error_code&) { return true; }
    bool on_comment(string_view, error_code&) { return true; }
};

bool only_blanks(std::string_view text) noexcept { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

JsonObject::~JsonObject() {
    for (auto& [name, value] : members_) {
        if (auto* text = std::get_if<std::string>(&value)) wipe(*text);
    }
}

const JsonValue* JsonObject::find(std::string_view name) const noexcept {
    const auto at = std::ranges::find(members_, name, &std::pair<std::string, JsonValue>::first);
    return at == members_.end() ? nullptr : &at->second;
}

JsonValue* JsonObject::find(std::string_view name) noexcept {
    const auto at = std::ranges::find(members_, name, &std::pair<std::string, JsonValue>::first);
    return at == members_.end() ? nullptr : &at->second;
}

Result<JsonObject> read_json_object(std::string_view body) {
    json::parse_options options;
    options.max_depth = kMostDepth + 1;  // our own bound answers first, with its reason
    json::basic_parser<Handler> parser(options);
    parser.handler().text.reserve(body.size());  // growing would leave copies of a password behind
    boost::system::error_code error;
    const auto used = parser.write_some(false, body.data(), body.size(), error);
    if (parser.handler().refused) return fail(Errc::invalid_input, parser.handler().refused);
    if (error || !parser.done() || !only_blanks(body.substr(used)))
        return fail(Errc::invalid_input, "the body is not valid JSON");
    return std::move(parser.handler().object);
}

}  // namespace gatehouse::web
