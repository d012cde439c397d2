#include "support/test_mysql.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <unistd.h>

#include "support/catch.hpp"

namespace gatehouse::test {
namespace {

std::string named(const char* what, const std::string& fallback) {
    const char* value = std::getenv((std::string("GATEHOUSE_TEST_MYSQL_") + what).c_str());
    return value ? value : fallback;
}

std::string new_name() {
    static std::atomic<unsigned> number{0};
    return "gatehouse_test_" + std::to_string(::getpid()) + "_" + std::to_string(++number);
}

}  // namespace

bool mysql_is_named() { return std::getenv("GATEHOUSE_TEST_MYSQL_HOST") != nullptr; }

MariadbServer& shared_mariadb() {
    static MariadbServer server;
    return server;
}

TestDatabase::TestDatabase()
    : mariadb_(mysql_is_named() ? nullptr : &shared_mariadb()), name_(new_name()), drop_(true) {
    mysql::Connection(server()).run("CREATE DATABASE " + name_);
}

TestDatabase::TestDatabase(MariadbServer& own) : mariadb_(&own), name_(new_name()), drop_(false) {
    mysql::Connection(server()).run("CREATE DATABASE " + name_);
}

TestDatabase::~TestDatabase() {
    if (!drop_) return;
    try {
        mysql::Connection(server()).run("DROP DATABASE " + name_);
    } catch (const mysql::Failure& failure) {
        UNSCOPED_INFO(failure.what());
    }
}

mysql::Options TestDatabase::server() const {
    mysql::Options options;
    options.read_timeout = std::chrono::seconds(30);  // sanitizers and a busy machine
    if (mariadb_) {
        options.unix_socket = mariadb_->socket_path();
        options.user = MariadbServer::kUser;
        options.password = Secret(std::string_view(MariadbServer::kPassword));
        return options;
    }
    options.host = named("HOST", "");
    options.port = static_cast<std::uint16_t>(std::stoi(named("PORT", "3306")));
    options.user = named("USER", "root");
    options.password = Secret(std::string_view(named("PASSWORD", "")));
    if (named("TLS", "preferred") == "off") options.tls = mysql::TlsMode::off;
    if (named("TLS", "preferred") == "required") options.tls = mysql::TlsMode::required;
    return options;
}

mysql::Options TestDatabase::options() const {
    auto options = server();
    options.database = name_;
    return options;
}

std::map<std::string, std::string> TestDatabase::variables() const {
    const auto options = server();
    std::map<std::string, std::string> variables{{"DB_HOST", options.host},
                                                 {"DB_USER", options.user},
                                                 {"DB_PASSWORD", std::string(options.password.view())},
                                                 {"DB_NAME", name_}};
    if (mariadb_) {
        variables["DB_SOCKET"] = options.unix_socket;
    } else {
        variables["DB_PORT"] = std::to_string(options.port);
        variables["DB_SSL_MODE"] = named("TLS", "preferred");
    }
    return variables;
}

}  // namespace gatehouse::test
