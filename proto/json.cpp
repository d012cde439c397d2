#include "proto/json.hpp"

#include <algorithm>
#include <limits>
#include <new>
#include <optional>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/value.hpp>
#include <sodium.h>

#include "base/json_text.hpp"

namespace gatehouse::proto {
namespace {

namespace json = boost::json;

// Memory of a document: wiped before it goes back.
class WipingResource final : public json::memory_resource {
    void* do_allocate(std::size_t bytes, std::size_t align) override {
        return ::operator new(bytes, std::align_val_t(align));
    }
    void do_deallocate(void* memory, std::size_t bytes, std::size_t align) override {
        sodium_memzero(memory, bytes);
        ::operator delete(memory, std::align_val_t(align));
    }
    bool do_is_equal(const json::memory_resource& other) const noexcept override { return this == &other; }
};

WipingResource& wiping() {
    static WipingResource resource;
    return resource;
}

}  // namespace

// std::string's own growth would leave a copy behind.
void JsonWriter::grow(std::size_t bytes) {
    const std::size_t before = used();
    std::string larger;
    larger.reserve(std::max(2 * out_.size(), before + bytes));
    larger.append(out_, 0, before);
    larger.resize(larger.capacity());
    wipe(out_);
    out_.swap(larger);
    go_on_at(before);
}

// The exact bound costs a pass over the text: it is asked for only when the longest would not fit.
void JsonWriter::quoted(std::string_view text) {
    if (left() < json_string_bound(text.size())) room(json_string_bound(text));
    at_ = write_json_string(at_, text);
}

void JsonWriter::decimal(std::int64_t value) {
    room(kMostDigits);
    at_ = put_number(at_, value);
}

struct JsonReader::Document {
    struct Buffer {
        ~Buffer() { sodium_memzero(bytes, sizeof bytes); }
        unsigned char bytes[2048];  // most messages fit: no allocation of their own
    };
    Buffer buffer;
    json::monotonic_resource memory{buffer.bytes, sizeof buffer.bytes, &wiping()};
    std::optional<json::value> root;
};

JsonReader::JsonReader(std::string_view text, Errc code) : document_(std::make_unique<Document>()), code_(code) {
    json::parse_options options;
    options.max_depth = 8;
    json::parser parser(&wiping(), options);
    parser.reset(&document_->memory);
    boost::system::error_code error;
    parser.write(text.data(), text.size(), error);
    if (error) {
        wrong("the body", "is not JSON: " + error.message());
        return;
    }
    document_->root.emplace(parser.release());
    if (!document_->root->is_object()) wrong("the body", "is not a JSON object");
}

JsonReader::~JsonReader() = default;

JsonObjectView JsonReader::root() { return {*this, failed_ ? nullptr : &document_->root->get_object()}; }

void JsonReader::wrong(std::string_view member, std::string_view what, std::source_location where) {
    if (failed_) return;
    failed_ = true;
    mistake_ = Error{code_, std::string(member) + " " + std::string(what), where};
}

namespace {

const json::value* member(const void* object, std::string_view name) noexcept {
    if (!object) return nullptr;
    const json::value* found = static_cast<const json::object*>(object)->if_contains(name);
    return found && !found->is_null() ? found : nullptr;
}

}  // namespace

bool JsonObjectView::has(std::string_view name) const noexcept { return member(object_, name) != nullptr; }

std::string JsonObjectView::text(std::string_view name) const {
    const json::value* value = member(object_, name);
    if (value && value->is_string()) return std::string(value->get_string());
    reader_->wrong(name, value ? "is not a string" : "is missing");
    return {};
}

std::string JsonObjectView::text(std::string_view name, std::string_view fallback) const {
    return has(name) ? text(name) : std::string(fallback);
}

Secret JsonObjectView::secret(std::string_view name) const { return Secret(text(name)); }

std::int64_t JsonObjectView::number(std::string_view name) const {
    const json::value* value = member(object_, name);
    if (value && value->is_int64()) return value->get_int64();
    reader_->wrong(name, value ? "is not a 64-bit integer" : "is missing");
    return 0;
}

std::int64_t JsonObjectView::number(std::string_view name, std::int64_t fallback) const {
    return has(name) ? number(name) : fallback;
}

unsigned JsonObjectView::count(std::string_view name) const {
    const std::int64_t value = number(name);
    if (value >= 0 && value <= std::numeric_limits<unsigned>::max()) return static_cast<unsigned>(value);
    reader_->wrong(name, "is out of range");
    return 0;
}

bool JsonObjectView::flag(std::string_view name) const {
    const json::value* value = member(object_, name);
    if (value && value->is_bool()) return value->get_bool();
    reader_->wrong(name, value ? "is neither true nor false" : "is missing");
    return false;
}

bool JsonObjectView::flag(std::string_view name, bool fallback) const { return has(name) ? flag(name) : fallback; }

JsonObjectView JsonObjectView::object(std::string_view name) const {
    const json::value* value = member(object_, name);
    if (value && value->is_object()) return {*reader_, &value->get_object()};
    reader_->wrong(name, value ? "is not an object" : "is missing");
    return {*reader_, nullptr};
}

namespace {

// The elements of the array `name`, at most `most`; null if there are none to read.
const json::array* elements(JsonReader& reader, const void* object, std::string_view name, std::size_t most) {
    const json::value* value = member(object, name);
    if (!value) return nullptr;
    if (!value->is_array()) {
        reader.wrong(name, "is not an array");
        return nullptr;
    }
    if (value->get_array().size() > most) {
        reader.wrong(name, "has too many elements");
        return nullptr;
    }
    return &value->get_array();
}

}  // namespace

std::vector<JsonObjectView> JsonObjectView::objects(std::string_view name, std::size_t most) const {
    std::vector<JsonObjectView> all;
    const json::array* array = elements(*reader_, object_, name, most);
    if (!array) return all;
    all.reserve(array->size());
    for (const json::value& value : *array) {
        if (!value.is_object()) reader_->wrong(name, "has an element that is not an object");
        all.push_back({*reader_, value.is_object() ? &value.get_object() : nullptr});
    }
    return all;
}

std::vector<std::string> JsonObjectView::texts(std::string_view name, std::size_t most) const {
    std::vector<std::string> all;
    const json::array* array = elements(*reader_, object_, name, most);
    if (!array) return all;
    all.reserve(array->size());
    for (const json::value& value : *array) {
        if (!value.is_string()) {
            reader_->wrong(name, "has an element that is not a string");
            break;
        }
        all.emplace_back(value.get_string());
    }
    return all;
}

std::vector<Secret> JsonObjectView::secrets(std::string_view name, std::size_t most) const {
    std::vector<Secret> all;
    for (std::string& text : texts(name, most)) all.emplace_back(std::move(text));
    return all;
}

}  // namespace gatehouse::proto
