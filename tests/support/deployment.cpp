#include "support/deployment.hpp"

#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "support/exchanges.hpp"

namespace gatehouse::test {
namespace {

const std::string kBin = GATEHOUSE_BIN_DIR;

}  // namespace

std::string name_of(Stores stores) { return stores == Stores::embedded ? "SQLite and memory" : "MySQL and Redis"; }

std::string login_body(std::string_view email, std::string_view password) {
    return boost::json::serialize(
        boost::json::object{{"email", std::string(email)}, {"password", std::string(password)}});
}

Deployment::Deployment(DeploymentOptions options) : options_(std::move(options)) {
    const auto made = run(
        {kBin + "/gatehousectl", "credentials", "new", "e2e", "--scopes", "login,introspect,revoke,admin", "--json"});
    if (made.status != 0) throw std::runtime_error("gatehousectl credentials new: " + made.err);
    const auto credential = boost::json::parse(made.out).as_object();
    credential_ = credential.at("credential").as_string().c_str();

    session_.listen.unix_path = directory_ / "session.sock";
    session_.admin.unix_path = directory_ / "session-admin.sock";
    session_.log = directory_ / "session.log";
    session_.variables = {{"APP_ENV", "testing"},
                          {"SECRET_KEY", "a key that only these tests have, of some length"},
                          {"SERVICE_CREDENTIALS", credential.at("entry").as_string().c_str()},
                          {"SESSION_LISTEN", to_string(session_.listen)},
                          {"SESSION_ADMIN_LISTEN", to_string(session_.admin)},
                          {"DATA_DIR", directory_.path().string()},
                          {"ARGON2_MEMORY_KIB", "8"},
                          {"ARGON2_PASSES", "1"},
                          {"PATH", "/usr/bin:/bin"}};
    if (!options_.more_credentials.empty()) {
        session_.variables["SERVICE_CREDENTIALS"] += "," + options_.more_credentials;
    }
    if (options_.stores == Stores::servers) prepare_stores(session_.variables);
    for (const auto& [name, value] : options_.session) session_.variables[name] = value;
    session_.listen = parse_endpoint(session_.variables.at("SESSION_LISTEN")).value();

    for (std::size_t i = 0; i < options_.gateways; ++i) {
        Service& gateway = gateways_.emplace_back();
        gateway.listen = {"127.0.0.1", free_port(), ""};
        gateway.admin.unix_path = directory_ / ("gateway-admin" + std::to_string(i) + ".sock");
        gateway.log = directory_ / ("gateway" + std::to_string(i) + ".log");
        gateway.variables = {{"APP_ENV", "testing"},
                             {"SECRET_KEY", session_.variables.at("SECRET_KEY")},
                             {"SESSION_URL", to_string(session_.listen)},
                             {"SESSION_CREDENTIAL", credential_},
                             {"GATEWAY_LISTEN", to_string(gateway.listen)},
                             {"GATEWAY_ADMIN_LISTEN", to_string(gateway.admin)},
                             {"LOGIN_RATE_LIMIT", "off"},
                             {"PATH", "/usr/bin:/bin"}};
        for (const auto& [name, value] : options_.gateway) gateway.variables[name] = value;
    }
    write_down(session_.listen, "session");
    for (const Service& gateway : gateways_) write_down(gateway.listen, "gateway");
    start_session();
    for (std::size_t i = 0; i < gateways_.size(); ++i) start_gateway(i);
    await_ready();
}

// Another server may get its port.
Deployment::~Deployment() {
    for (const Service& gateway : gateways_) write_down(gateway.listen, "");
}

void Deployment::prepare_stores(Variables& variables) {
    redis_ = std::make_unique<RedisServer>(RedisOptions{"", {"--appendonly", "yes", "--appendfsync", "always"}});
    variables["REDIS_URL"] = redis_->unix_url();
    if (mysql_is_named()) {
        database_.emplace();
    } else {
        mariadb_ = std::make_unique<MariadbServer>();
        database_.emplace(*mariadb_);
    }
    for (const auto& [name, value] : database_->variables()) variables[name] = value;
}

MariadbServer& Deployment::mariadb() {
    if (!mariadb_) throw std::logic_error("the MySQL server is not this deployment's own");
    return *mariadb_;
}

void Deployment::start(Service& service, const std::string& binary) {
    service.process.emplace(std::vector{kBin + "/" + binary}, service.log, service.variables);
}

void Deployment::start_session() { start(session_, "gatehouse-session"); }
void Deployment::start_gateway(std::size_t index) { start(gateways_.at(index), "gatehouse-gateway"); }

void Deployment::await_ready() {
    std::vector<Service*> services{&session_};
    for (auto& gateway : gateways_) services.push_back(&gateway);
    for (Service* service : services) {
        const bool ready = eventually(
            [&] {
                try {
                    return http(service->admin, "GET", "/readyz").status == 200;
                } catch (const std::exception&) {
                    return !service->process->running();
                }
            },
            std::chrono::seconds(30));
        if (!ready || !service->process->running())
            throw std::runtime_error("not ready:\n" + service->process->output());
    }
}

Ran Deployment::try_ctl(std::vector<std::string> arguments, const std::string& input) {
    arguments.insert(arguments.begin(), kBin + "/gatehousectl");
    Variables variables{{"GATEHOUSECTL_CREDENTIAL", credential_}, {"PATH", "/usr/bin:/bin"}};
    for (const auto& [name, value] : gateways_.front().variables) {
        const bool says_where =
            name == "SESSION_URL" || name == "SESSION_CA_FILE" || name.starts_with("SESSION_CLIENT_");
        if (says_where) variables[name] = value;
    }
    return run(std::move(arguments), input, variables);
}

std::string Deployment::ctl(std::vector<std::string> arguments, const std::string& input) {
    const auto command = arguments.front();
    auto ran = try_ctl(std::move(arguments), input);
    if (ran.status != 0) throw std::runtime_error("gatehousectl " + command + ": " + ran.err);
    return ran.out;
}

void Deployment::create_user(std::string_view email, std::string_view password, std::string_view name,
                             std::string_view role) {
    ctl({"users", "create", std::string(email), "--name", std::string(name), "--role", std::string(role),
         "--password-stdin"},
        std::string(password) + "\n");
}

HttpResponse Deployment::internal(std::string_view method, std::string_view target, std::string_view body) {
    return http(session_.listen, method, target, {{"Authorization", "Bearer " + credential_}}, body);
}

HttpResponse Deployment::login(std::string_view email, std::string_view password, const HttpHeaders& headers,
                               std::size_t index) {
    return http(gateway(index), "POST", "/auth/login", headers, login_body(email, password));
}

SignedIn Deployment::sign_in(std::string_view email, std::string_view password, std::size_t index) {
    auto response = login(email, password, {}, index);
    if (response.status != 200) throw std::runtime_error("sign-in refused: " + response.body);
    const auto cookie = response.header("Set-Cookie");
    auto csrf_token = response.json("csrf_token");
    return {cookie.substr(0, cookie.find(';')), std::move(csrf_token), std::move(response)};
}

HttpResponse Deployment::check(const SignedIn& who, std::size_t index) {
    return http(gateway(index), "GET", "/auth/check", {{"Cookie", who.cookie}});
}

HttpResponse Deployment::logout(const SignedIn& who, std::size_t index) {
    return http(gateway(index), "POST", "/auth/logout", {{"Cookie", who.cookie}, {"X-CSRF-Token", who.csrf_token}});
}

}  // namespace gatehouse::test
