#include "web/tls_reload.hpp"

#include <fstream>

#include "support/captured_log.hpp"
#include "support/catch.hpp"
#include "support/certificates.hpp"

namespace gatehouse::web {

TEST_CASE("a reload logs the end of the certificate that is used from then on, or why the old one stays") {
    const gatehouse::test::TempDir directory;
    const auto files = gatehouse::test::make_certificate(directory, "server", 1);
    const auto tls = load_and_log({files.certificate, files.key});
    REQUIRE(tls);
    const auto before = tls->expires();

    gatehouse::test::make_certificate(directory, "server", 90);
    auto lines = gatehouse::test::logged(log::Level::info, [&] { reload_and_log(*tls, "public"); });
    REQUIRE(lines.size() == 1);
    CHECK(tls->expires() > before);
    const auto end = "\"expires\":" + std::to_string(unix_seconds(tls->expires()));
    CHECK_THAT(lines.front(), contains_text("tls.reloaded") && contains_text(end));

    std::ofstream(files.certificate) << "no certificate";
    const auto kept = tls->expires();
    lines = gatehouse::test::logged(log::Level::info, [&] { reload_and_log(*tls, "public"); });
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines.front(), contains_text("tls.reload_failed") && contains_text(files.certificate));
    CHECK(tls->expires() == kept);
}

TEST_CASE("files that are of no use at start are told, and there is no TLS to serve with") {
    const auto lines =
        gatehouse::test::logged(log::Level::info, [] { CHECK_FALSE(load_and_log({"/no/such.crt", "/no/such.key"})); });
    REQUIRE(lines.size() == 1);
    CHECK_THAT(lines.front(), contains_text("tls.unusable") && contains_text("/no/such.crt"));
}

}  // namespace gatehouse::web
