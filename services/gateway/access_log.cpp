#include "gateway/access_log.hpp"

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "gateway/api/api.hpp"
#include "web/request_ids.hpp"

namespace gatehouse::gateway {
namespace {

// An address as text. The ordinary one is written here: Asio's to_string() goes through sprintf, which costs more than
// all the rest of the line.
class AddressText {
public:
    explicit AddressText(const boost::asio::ip::address& address) {
        if (address.is_v4()) {
            if (!address.is_unspecified()) text_ = four_numbers(address.to_v4().to_bytes());
        } else if (!address.is_unspecified()) {
            other_ = address.to_string();
            text_ = other_;
        }
    }
    AddressText(const AddressText&) = delete;
    AddressText& operator=(const AddressText&) = delete;

    [[nodiscard]] std::string_view view() const noexcept { return text_; }  // empty: a client without an address

private:
    std::string_view four_numbers(const boost::asio::ip::address_v4::bytes_type& bytes) noexcept {
        char* end = first_.data();
        for (const unsigned byte : bytes) {
            if (end != first_.data()) *end++ = '.';
            end = std::to_chars(end, first_.data() + first_.size(), byte).ptr;
        }
        return {first_.data(), end};
    }

    std::array<char, 16> first_;
    std::string other_;
    std::string_view text_;
};

}  // namespace

void log_access(const web::Exchange& exchange) {
    if (!log::writes(log::Level::info)) return;
    const auto& request = exchange.request;
    const AddressText ip(request.origin.address);
    log::info("request", {{"request_id", request.request_id},
                          {"trace_id", web::trace_id_of(request)},
                          {"client_ip", ip.view()},
                          {"method", request.method_text},
                          {"path", own_path(request.path)},
                          {"status", std::int64_t{exchange.status}},
                          {"bytes", static_cast<std::int64_t>(exchange.response_bytes)},
                          {"duration_ms", exchange.duration}});
}

}  // namespace gatehouse::gateway
