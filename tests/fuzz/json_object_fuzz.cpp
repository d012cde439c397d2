// read_json_object against Boost.JSON's own parse: what ours takes, that must take too and read alike.
#include <set>
#include <string>

#include <boost/json.hpp>

#include "fuzz/expect.hpp"
#include "web/json_reader.hpp"

namespace {

namespace json = boost::json;
using gatehouse::fuzz::expect;
using gatehouse::web::JsonNested;
using gatehouse::web::JsonNull;

bool same(const gatehouse::web::JsonValue& ours, const json::value& theirs) {
    if (std::holds_alternative<JsonNull>(ours)) return theirs.is_null();
    if (const auto* flag = std::get_if<bool>(&ours)) return theirs.is_bool() && theirs.get_bool() == *flag;
    if (const auto* number = std::get_if<std::int64_t>(&ours))
        return theirs.is_int64() && theirs.get_int64() == *number;
    if (const auto* number = std::get_if<double>(&ours)) return theirs.is_double() && theirs.get_double() == *number;
    if (const auto* text = std::get_if<std::string>(&ours)) return theirs.is_string() && theirs.get_string() == *text;
    return std::holds_alternative<JsonNested>(ours) && theirs.is_structured();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto body = gatehouse::fuzz::text(data, size);
    const auto object = gatehouse::web::read_json_object(body);
    if (!object) {
        expect(object.error().code == gatehouse::Errc::invalid_input, "a refusal is invalid_input");
        return 0;
    }
    boost::system::error_code error;
    const json::value reference = json::parse(body, error);
    expect(!error && reference.is_object(), "what is taken is a JSON object");
    expect(object->size() <= 32, "at most 32 members");
    expect(object->size() == reference.get_object().size(), "the same members");
    for (const auto& member : reference.get_object()) {
        const auto* value = object->find(std::string_view(member.key()));
        expect(value != nullptr, "each member is found");
        expect(same(*value, member.value()), "and has the same value");
    }
    return 0;
}
