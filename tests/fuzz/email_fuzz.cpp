// E-mail addresses and password forms.
#include <algorithm>

#include "fuzz/expect.hpp"
#include "proto/email.hpp"
#include "proto/password_form.hpp"

using namespace gatehouse;
using fuzz::expect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text(data, size);
    const auto points = proto::count_code_points(text);
    expect(points <= size && points * 4 >= size, "a code point has one to four bytes");
    const auto form = proto::password_form(text, 8);
    expect((form == proto::PasswordForm::ok) == (size <= 1024 && points >= 8), "the form follows from both lengths");

    const auto canonical = proto::canonical_email(text);
    if (!canonical) return 0;
    expect(canonical->size() >= 3 && canonical->size() <= 254, "3 to 254 bytes");
    expect(canonical->rfind('@') <= 64, "an @ with at most 64 bytes before it");
    const auto allowed = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > 32 && byte != 127 && !(byte >= 'A' && byte <= 'Z');
    };
    expect(std::ranges::all_of(*canonical, allowed), "no blank, control or capital");
    expect(proto::canonical_email(*canonical) == canonical, "the canonical form of it is itself");
    expect(proto::canonical_email(" \t" + *canonical + "\r\n") == canonical, "blanks round it do not matter");
    return 0;
}
