#include <fmt/format.h>

#include "crypto/service_credential.hpp"
#include "ctl/run.hpp"
#include "proto/json.hpp"

namespace gatehouse::ctl {

namespace {

std::string to_json(const crypto::NewCredential& made, const std::string& entry) {
    proto::JsonWriter out;
    out.begin_object();
    out.text("name", made.entry.name);
    out.begin_array("scopes");
    for (const auto& scope : made.entry.scopes) out.element(scope);
    out.end_array();
    out.text("credential", made.credential.view());
    out.text("entry", entry);
    out.end_object();
    return std::move(out).take();
}

}  // namespace

Answer<> run(const CredentialsNew& command, Context& context) {
    const auto made = crypto::new_service_credential(command.name, command.scopes);
    if (!made) return problem(ExitCode::usage, made.error().detail);
    const auto entry = crypto::to_string(made->entry);
    context.print(
        to_json(*made, entry),
        fmt::format(
            "The credential, shown only now; give it to {0} as a secret (the gateway: SESSION_CREDENTIAL,\n"
            "gatehousectl: GATEHOUSECTL_CREDENTIAL, each also as …_FILE):\n\n  {1}\n\n"
            "Its entry in the session service's SERVICE_CREDENTIALS (not secret; several with commas):\n\n"
            "  {2}\n\n"
            "In files (…_FILE), SIGHUP reads both anew: first the entry beside the old one, then the credential,\n"
            "then the old entry away.\n",
            made->entry.name, made->credential.view(), entry));
    return {};
}

}  // namespace gatehouse::ctl
