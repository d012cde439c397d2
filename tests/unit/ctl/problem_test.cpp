// What people read when the service says no.
#include "ctl/api.hpp"
#include "proto/error_code.hpp"
#include "support/catch.hpp"

using namespace gatehouse;
using namespace gatehouse::ctl;

namespace {
std::string failure(proto::ErrorCode code, std::string message = {}) {
    return proto::to_json(proto::Failure{code, std::move(message), {}, {}, {}}, "id");
}
}  // namespace

TEST_CASE("what the service refuses is said in its own words") {
    const auto why = problem_of(404, failure(proto::ErrorCode::not_found, "There is no such user."));
    CHECK(why.exit_code == ExitCode::refused);
    CHECK(why.message == "There is no such user.");
    CHECK(why.error_code == "NOT_FOUND");
    CHECK_FALSE(problem_of(409, failure(proto::ErrorCode::conflict)).message.empty());
}

TEST_CASE("a credential that is not known and one without the scope are told apart") {
    const auto unknown = problem_of(401, failure(proto::ErrorCode::not_authenticated));
    CHECK(unknown.exit_code == ExitCode::denied);
    CHECK(unknown.fix.find("SERVICE_CREDENTIALS") != std::string::npos);
    const auto scopeless = problem_of(403, failure(proto::ErrorCode::forbidden));
    CHECK(scopeless.exit_code == ExitCode::denied);
    CHECK(scopeless.fix.find("--scopes admin") != std::string::npos);
}

TEST_CASE("a dependency that is away is not a refusal") {
    CHECK(problem_of(503, failure(proto::ErrorCode::sessions_unavailable)).exit_code == ExitCode::unavailable);
    CHECK(problem_of(429, failure(proto::ErrorCode::rate_limit_exceeded)).exit_code == ExitCode::unavailable);
    CHECK(problem_of(500, failure(proto::ErrorCode::internal_error)).exit_code == ExitCode::unavailable);
}

TEST_CASE("an answer of another program is not taken for the service's") {
    const auto why = problem_of(404, "<html>nginx</html>");
    CHECK(why.exit_code == ExitCode::unavailable);
    CHECK(why.fix.find("SESSION_URL") != std::string::npos);
}
