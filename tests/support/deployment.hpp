// Both real binaries, over real sockets, on one pair of stores: what the end-to-end tests drive.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/http.hpp"
#include "support/mariadb_server.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/test_mysql.hpp"

namespace gatehouse::test {

using Variables = std::map<std::string, std::string>;

enum class Stores { embedded, servers };  // SQLite + memory; MariaDB (or MySQL, see below) + Redis
[[nodiscard]] std::string name_of(Stores stores);

struct DeploymentOptions {
    Stores stores = Stores::embedded;
    Variables session;  // on top of what makes it run
    Variables gateway;
    std::size_t gateways = 1;
    std::string more_credentials = "";  // entries of SERVICE_CREDENTIALS besides the deployment's own
};

// A signed-in client.
struct SignedIn {
    std::string cookie;  // "session=…", for a Cookie header
    std::string csrf_token;
    HttpResponse response;
};

// Stores::servers: a MariaDB of its own, so that it can be killed, unless a MySQL server is named (test_mysql.hpp).
class Deployment {
public:
    explicit Deployment(DeploymentOptions options = {});  // throws with the service's log if it does not get ready
    ~Deployment();
    Deployment(const Deployment&) = delete;
    Deployment& operator=(const Deployment&) = delete;

    [[nodiscard]] const Endpoint& gateway(std::size_t index = 0) const { return gateways_.at(index).listen; }
    [[nodiscard]] Endpoint gateway_admin(std::size_t index = 0) const { return gateways_.at(index).admin; }
    [[nodiscard]] const Endpoint& session() const { return session_.listen; }
    [[nodiscard]] Endpoint session_admin() const { return session_.admin; }

    [[nodiscard]] Process& gateway_process(std::size_t index = 0) { return *gateways_.at(index).process; }
    [[nodiscard]] Process& session_process() { return *session_.process; }
    [[nodiscard]] RedisServer& redis() { return *redis_; }
    [[nodiscard]] MariadbServer& mariadb();  // throws if a server is named

    // What the session service was started with: where its stores are.
    [[nodiscard]] const Variables& session_variables() const { return session_.variables; }
    [[nodiscard]] const Variables& gateway_variables(std::size_t index = 0) const {
        return gateways_.at(index).variables;
    }

    void start_session();  // again, after its end, on the same addresses
    void start_gateway(std::size_t index = 0);
    void await_ready();

    // Through gatehousectl, as an operator does. The password is "correct horse 1" unless told otherwise.
    static constexpr std::string_view kPassword = "correct horse 1";
    void create_user(std::string_view email, std::string_view password = kPassword, std::string_view name = "Jane Doe",
                     std::string_view role = "student");
    // gatehousectl with these arguments, and the gateway's way to the session service; throws if it fails.
    std::string ctl(std::vector<std::string> arguments, const std::string& input = "");
    Ran try_ctl(std::vector<std::string> arguments, const std::string& input = "");

    // On the internal API, with a credential that has every scope.
    HttpResponse internal(std::string_view method, std::string_view target, std::string_view body = "");

    HttpResponse login(std::string_view email, std::string_view password = kPassword, const HttpHeaders& headers = {},
                       std::size_t gateway = 0);
    SignedIn sign_in(std::string_view email, std::string_view password = kPassword, std::size_t gateway = 0);
    HttpResponse check(const SignedIn& who, std::size_t gateway = 0);
    HttpResponse logout(const SignedIn& who, std::size_t gateway = 0);

private:
    struct Service {
        Endpoint listen;
        Endpoint admin;
        Variables variables;
        std::string log;
        std::optional<Process> process;
    };
    void start(Service& service, const std::string& binary);
    void prepare_stores(Variables& variables);

    DeploymentOptions options_;
    TempDir directory_;
    std::string credential_;
    std::unique_ptr<MariadbServer> mariadb_;
    std::optional<TestDatabase> database_;
    std::unique_ptr<RedisServer> redis_;
    Service session_;
    std::vector<Service> gateways_;
};

// {"email":…,"password":…}
[[nodiscard]] std::string login_body(std::string_view email, std::string_view password);

}  // namespace gatehouse::test
