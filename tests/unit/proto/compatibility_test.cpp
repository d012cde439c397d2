// N and N-1 run together: a message of a later version, with members that this one does not know, is read as if they
// were not there. Requests are read by the session service, answers by session_client and gatehousectl.
#include <filesystem>
#include <map>
#include <set>

#include "golden.hpp"
#include "proto/accounts.hpp"
#include "proto/health.hpp"
#include "proto/introspect.hpp"
#include "proto/lockouts.hpp"
#include "proto/login.hpp"
#include "proto/revoke.hpp"
#include "proto/schema.hpp"
#include "proto/sessions.hpp"

using namespace gatehouse;
using namespace gatehouse::proto;
using namespace gatehouse::test;

namespace {

// The message as this version has understood it.
using Understood = std::string (*)(std::string_view);

template <auto from_json>
std::string understood(std::string_view text) {
    auto message = from_json(text);
    REQUIRE(message.has_value());
    return to_json(*message);
}

std::string understood_failure(std::string_view text) {
    auto failure = failure_from_json(text);
    REQUIRE(failure.has_value());
    return to_json(*failure, "r-1");
}

const std::map<std::string, Understood> kInternal{
    {"account", &understood<account_from_json>},
    {"account_change", &understood<account_change_from_json>},
    {"account_import", &understood<account_import_from_json>},
    {"account_list", &understood<account_list_from_json>},
    {"account_lookup", &understood<account_lookup_from_json>},
    {"clear_lockout", &understood<clear_lockout_from_json>},
    {"failure", &understood_failure},
    {"health", &understood<health_from_json>},
    {"import_report", &understood<import_report_from_json>},
    {"introspect_answer", &understood<introspect_answer_from_json>},
    {"introspect_batch_answer", &understood<introspect_answer_from_json>},
    {"introspect_batch_request", &understood<introspect_request_from_json>},
    {"introspect_inactive", &understood<introspect_answer_from_json>},
    {"introspect_request", &understood<introspect_request_from_json>},
    {"lockout_cleared", &understood<lockout_cleared_from_json>},
    {"lockout_list", &understood<lockout_list_from_json>},
    {"login_answer", &understood<login_answer_from_json>},
    {"login_request", &understood<login_request_from_json>},
    {"new_account", &understood<new_account_from_json>},
    {"new_password", &understood<new_password_from_json>},
    {"revoke_answer", &understood<revoke_answer_from_json>},
    {"revoke_sessions_all", &understood<revoke_sessions_from_json>},
    {"revoke_sessions_one", &understood<revoke_sessions_from_json>},
    {"revoke_token_request", &understood<revoke_request_from_json>},
    {"revoke_tokens_request", &understood<revoke_request_from_json>},
    {"schema_plan", &understood<schema_plan_from_json>},
    {"session_list", &understood<session_list_from_json>},
    {"sessions_ended", &understood<sessions_ended_from_json>},
};

// Those of the gateway's own API, which no message of ours reads: tests/openapi and tests/e2e have them.
const std::set<std::string> kPublic{
    "check_anonymous",       "check_answer",        "check_nobody",         "index",
    "public_health",         "public_health_down",  "public_login_request", "public_login_answer",
    "public_logout_request", "public_logout_answer"};

// Members of every type, in every object.
void add_later_members(boost::json::value& value) {
    if (auto* array = value.if_array()) {
        for (auto& element : *array) add_later_members(element);
    }
    auto* object = value.if_object();
    if (!object) return;
    for (auto& [name, member] : *object) add_later_members(member);
    for (const char* later : {R"({"text":"of a later version"})", R"({"number":1.5e3})", R"({"nothing":null})",
                              R"({"object":{"a":[true]}})", R"({"list":[{},"",-1]})"}) {
        const boost::json::value one = boost::json::parse(later);
        object->emplace("later_" + std::string(one.as_object().begin()->key()), one.as_object().begin()->value());
    }
}

}  // namespace

TEST_CASE("every golden message is read here, or is the public API's") {
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(GATEHOUSE_SOURCE_DIR "/proto/golden")) {
        files.insert(entry.path().stem().string());
    }
    std::set<std::string> read = kPublic;
    for (const auto& [name, message] : kInternal) read.insert(name);
    CHECK(files == read);
}

TEST_CASE("members that are not known change nothing, in whatever object they are") {
    for (const auto& [name, message] : kInternal) {
        INFO(name);
        boost::json::value later = boost::json::parse(golden(name));
        add_later_members(later);
        const std::string text = boost::json::serialize(later);
        REQUIRE(text.find("later_list") != std::string::npos);
        CHECK(message(text) == message(golden(name)));
    }
}
