// deploy/COMING_OVER.md, step by step: a site moves from the Flask backend to Gatehouse, with its own .env, beside a
// Flask that goes on writing, and back.
#include <csignal>
#include <fstream>
#include <optional>
#include <string>

#include <boost/json/parse.hpp>

#include "crypto/password.hpp"
#include "flask_client.hpp"
#include "support/catch.hpp"
#include "support/flask_schema.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/test_mysql.hpp"

using namespace gatehouse;
using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

const std::string kPrograms = GATEHOUSE_BIN_DIR;
const std::string kAdasHash = "$2b$04$abcdefghijklmnopqrstuuz6ILmcoaqlXHQLD/aijMCcOfDtyfGPi";
const std::string kCarolsHash = "$2b$04$abcdefghijklmnopqrstuuCu65dQ/h4WipZJtNTHQB2K72cauQW7G";

bool mentions(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

// `text` without its line breaks and indentation.
std::string flowing(const std::string& text) {
    std::string out;
    for (const char c : text) {
        const bool blank = c == '\n' || c == ' ';
        if (!blank || (!out.empty() && out.back() != ' ')) out += blank ? ' ' : c;
    }
    return out;
}

// What is run here is what the page says; returned as it came.
std::string on_page(std::string step) {
    static const std::string page = [] {
        std::ifstream file(std::string(GATEHOUSE_SOURCE_DIR) + "/deploy/COMING_OVER.md");
        return flowing(std::string(std::istreambuf_iterator<char>(file), {}));
    }();
    INFO(step);
    CHECK(mentions(page, flowing(step)));
    return step;
}

struct NewCredential {
    std::string credential;
    std::string entry;
};
NewCredential new_credential(const std::string& name, const std::string& scopes) {
    on_page("gatehousectl credentials new " + name + " --scopes " + scopes);
    const auto made = run({kPrograms + "/gatehousectl", "credentials", "new", name, "--scopes", scopes, "--json"});
    REQUIRE(made.status == 0);
    const auto answer = boost::json::parse(made.out).as_object();
    return {answer.at("credential").as_string().c_str(), answer.at("entry").as_string().c_str()};
}

// A directory with the Flask backend's .env, its database, and what the page adds.
class Site {
public:
    explicit Site(const FlaskSchema& schema) : schema_(schema) {
        load_flask(database_.options(), schema.file);
        write_old_env();
        add_new_variables();
    }

    void start_session() { session_.emplace(start("gatehouse-session")); }
    void await_session() { done("healthcheck session --wait 30"); }
    void start_gateway() {
        gateway_.emplace(start("gatehouse-gateway"));
        done("healthcheck --wait 30");
    }
    bool session_ready() { return ctl("healthcheck session").status == 0; }
    void stop() {
        for (auto* service : {&gateway_, &session_}) {
            if (!service->has_value()) continue;
            (*service)->signal(SIGTERM);
            CHECK((*service)->wait(30s) == 0);
            service->reset();
        }
    }
    void add_to_env(const std::string& line) { std::ofstream(directory_ / ".env", std::ios::app) << line << "\n"; }

    Ran ctl(const std::string& arguments) {
        return run(
            {"/bin/sh", "-c", "cd " + directory_.path().string() + " && " + kPrograms + "/gatehousectl " + arguments},
            "", {{"PATH", "/usr/bin:/bin"}});
    }
    // A command of the page that must succeed; what it printed.
    std::string done(const std::string& arguments) {
        on_page("gatehousectl " + arguments);
        return must(arguments);
    }
    std::string must(const std::string& arguments) {
        const auto ran = ctl(arguments);
        INFO(arguments << ": " << ran.out << ran.err << (session_ ? session_->output() : ""));
        REQUIRE(ran.status == 0);
        return ran.out;
    }

    // What the Flask backend sends to its server.
    void flask(const std::string& statement) {
        mysql::Connection connection(database_.options());
        connection.run("SET SESSION sql_mode = ''");
        connection.run(statement);
    }
    std::string ask(const std::string& query) {
        mysql::Connection connection(database_.options());
        auto rows = connection.query(query);
        std::string lines;
        while (rows.next()) lines += rows.text(0) + "\n";
        return lines;
    }
    // Flask's own sign-in: reads the hash of an address and verifies it with bcrypt.
    bool flask_signs_in(const std::string& email, const std::string& password) {
        auto hash = ask("SELECT " + schema_.hash + " FROM users WHERE email = '" + email + "'");
        if (!hash.starts_with("$2b$")) return false;
        hash.pop_back();
        return crypto::verify_password(hash, password, 12).value_or(false);
    }
    std::string columns() {
        return ask(
            "SELECT CONCAT(column_name, ' ', column_type) FROM information_schema.columns WHERE table_schema ="
            " DATABASE() AND table_name = 'users' ORDER BY ordinal_position");
    }
    std::string log() { return session_->output(); }

    [[nodiscard]] const FlaskSchema& schema() const noexcept { return schema_; }
    [[nodiscard]] FlaskClient client() const { return FlaskClient(listen_); }

private:
    void write_old_env() {
        auto database = database_.variables();
        if (database.contains("DB_SOCKET")) {
            database.erase("DB_SOCKET");
            database["DB_HOST"] = "127.0.0.1";
            database["DB_PORT"] = std::to_string(shared_mariadb().port());
        }
        std::ofstream env(directory_ / ".env");
        env << "# Flask Configuration\nFLASK_APP=server.py\nFLASK_ENV=production\nFLASK_DEBUG=False\n"
               "SECRET_KEY='0f5c1e0b7a9d4c3e8b6a2d1f0e9c8b7a6d5e4f3a2b1c0d9e'\n\n# Database Configuration\n";
        for (const auto& [name, value] : database) env << name << "=\"" << value << "\"\n";
        env << "\n# Security\nLOGIN_ATTEMPT_LIMIT=5\nLOGIN_ATTEMPT_WINDOW=15\nSESSION_MAX_AGE=3600\n";
    }
    void add_new_variables() {
        const auto gateway = new_credential("gateway", "login,introspect,revoke");
        const auto ops = new_credential("ops", "admin");
        std::ofstream(directory_ / ".env", std::ios::app)
            << "REDIS_URL=" << redis_.unix_url() << "\nSERVICE_CREDENTIALS=" << gateway.entry << "," << ops.entry
            << "\nSESSION_CREDENTIAL=" << gateway.credential << "\nGATEHOUSECTL_CREDENTIAL=" << ops.credential
            << "\nDB_MIGRATE=off\nSESSION_LISTEN=unix:" << directory_ / "session.sock"
            << "\nSESSION_URL=unix:" << directory_ / "session.sock"
            << "\nSESSION_ADMIN_LISTEN=unix:" << directory_ / "session-admin.sock"
            << "\nGATEWAY_ADMIN_LISTEN=unix:" << directory_ / "gateway-admin.sock"
            << "\nGATEWAY_LISTEN=" << to_string(listen_) << "\n";
    }
    Process start(const std::string& binary) {
        on_page(binary + " &");
        return {{"/bin/sh", "-c", "cd " + directory_.path().string() + " && exec " + kPrograms + "/" + binary},
                directory_ / (binary + ".log"),
                {{"PATH", "/usr/bin:/bin"}}};
    }

    const FlaskSchema& schema_;
    TempDir directory_;
    TestDatabase database_;
    RedisServer redis_;
    Endpoint listen_{"127.0.0.1", free_port(), ""};
    std::optional<Process> session_;
    std::optional<Process> gateway_;
};

// Looks at the database, has it adopted, and opens the gateway.
void come_over(Site& site) {
    site.start_session();
    const auto plan = site.done("db plan --wait 30");
    CAPTURE(plan);
    for (const auto& line : site.schema().lines) CHECK(mentions(plan, line));
    CHECK(mentions(plan, "3 of 3 steps to apply") == false);
    CHECK(mentions(plan, "2 of 2 steps to apply: gatehousectl db apply"));
    CHECK_FALSE(site.session_ready());
    CHECK(mentions(site.done("db apply"), "The database is up to date"));
    site.await_session();
    site.start_gateway();
}

}  // namespace

TEST_CASE("old clients come over unchanged: everybody signs in once, with the old password and the old .env") {
    Site site(GENERATE(from_range(flask_schemas())));
    CAPTURE(site.schema().file);
    const auto before = site.ask("SELECT " + site.schema().hash + " FROM users ORDER BY 1");
    come_over(site);

    auto ada = site.client();
    ada.keep_cookie("session", "eyJ1c2VyX2lkIjoxfQ.Zd0-Xg.W8kQyJ0m0b2s5l3nq0yF0cXK3dE");  // Flask's
    CHECK_FALSE(ada.check());
    CHECK(ada.last().status == 401);
    CHECK(ada.login("Ada@Example.org", "flask-password-1"));
    INFO(ada.last().body);
    CHECK(ada.check());
    CHECK(ada.last().json("user.full_name") == "Ada Lovelace");
    CHECK(ada.last().json("user.user_id") == "1");
    auto carol = site.client();
    CHECK(carol.login("carol@example.org", "flask-password-3"));
    CHECK(ada.logout());
    CHECK_FALSE(ada.check());
    CHECK(carol.check());
    CHECK(site.ask("SELECT " + site.schema().hash + " FROM users ORDER BY 1") == before);  // PASSWORD_REHASH=off
    site.stop();
}

TEST_CASE("an old client is refused in the old words") {
    Site site(flask_schemas().front());
    come_over(site);
    auto client = site.client();
    CHECK(client.refusal("not json") == "400 INVALID_REQUEST");
    CHECK(client.refusal(R"({"password":"flask-password-1"})") == "400 MISSING_EMAIL");
    CHECK(client.refusal(R"({"email":"ada@example.org"})") == "400 MISSING_PASSWORD");
    CHECK(client.refusal(R"({"email":"ada","password":"flask-password-1"})") == "400 INVALID_EMAIL");
    CHECK(client.refusal(R"({"email":"ada@example.org","password":"short"})") == "400 INVALID_PASSWORD");
    CHECK(client.refusal(R"({"email":"bob@example.org","password":"flask-password-2"})") == "401 INVALID_CREDENTIALS");
    const std::string wrong = R"({"email":"ada@example.org","password":"flask-password-2"})";
    for (int i = 0; i < 5; ++i) CHECK(client.refusal(wrong) == "401 INVALID_CREDENTIALS");
    CHECK(client.refusal(wrong) == "429 RATE_LIMIT_EXCEEDED");
    CHECK(site.ask("SELECT COUNT(*) FROM login_attempts") == "1\n");  // Flask's table is Flask's
    site.stop();
}

TEST_CASE("beside Gatehouse Flask goes on: what either does to an account holds for the other") {
    Site site(GENERATE(from_range(flask_schemas())));
    const auto& schema = site.schema();
    CAPTURE(schema.file);
    come_over(site);
    auto client = site.client();

    site.flask(fmt::format(fmt::runtime(schema.insert), "Eve", "Eve@Example.org", kAdasHash));
    CHECK(client.login("eve@example.org", "flask-password-1"));
    CHECK(site.flask_signs_in("Eve@Example.org", "flask-password-1"));

    site.flask("UPDATE users SET " + schema.hash + " = '" + kCarolsHash + "' WHERE email = 'Eve@Example.org'");
    CHECK_FALSE(client.login("eve@example.org", "flask-password-1"));
    CHECK(client.login("eve@example.org", "flask-password-3"));

    site.must("users disable eve@example.org");
    CHECK_FALSE(client.check());
    CHECK_FALSE(client.login("eve@example.org", "flask-password-3"));
    CHECK(site.ask("SELECT CAST(" + schema.status + " AS CHAR) FROM users WHERE email = 'Eve@Example.org'") ==
          schema.disabled + "\n");
    site.must("users enable eve@example.org");
    CHECK(client.login("eve@example.org", "flask-password-3"));
    CHECK(site.flask_signs_in("Eve@Example.org", "flask-password-3"));

    site.flask(on_page(
        "CREATE TRIGGER gh_email BEFORE UPDATE ON users FOR EACH ROW SET NEW.email_key = IF(CAST(NEW.email AS BINARY)"
        " <=> CAST(OLD.email AS BINARY) OR NOT (NEW.email_key <=> OLD.email_key), NEW.email_key, NULL)"));
    site.flask("UPDATE users SET email = 'Eva@Example.org' WHERE email = 'Eve@Example.org'");
    CHECK_FALSE(client.login("eve@example.org", "flask-password-3"));
    CHECK(client.login("eva@example.org", "flask-password-3"));
    CHECK(client.check());
    site.must("sessions revoke eva@example.org --all");
    CHECK_FALSE(client.check());
    site.must("users update eva@example.org --email eve@example.org");
    if (schema.file == "status") {  // its role is an enum
        const auto refused = site.ctl("users update eve@example.org --role astronaut");
        CHECK(refused.status != 0);
        CHECK_THAT(refused.err, contains_text("does not take this, nothing was changed"));
        CHECK_THAT(refused.err, contains_text("column 'role'"));
    }
    CHECK(client.login("eve@example.org", "flask-password-3"));
    site.flask("DELETE FROM users WHERE email = 'eve@example.org'");
    CHECK_FALSE(client.login("eve@example.org", "flask-password-3"));
    site.stop();
}

TEST_CASE("the way back: Flask signs everybody in, what was added can go, and coming over again works") {
    Site site(flask_schemas().front());
    const auto columns = site.columns();
    come_over(site);
    auto client = site.client();
    CHECK(client.login("ada@example.org", "flask-password-1"));
    site.stop();
    CHECK(site.flask_signs_in("Ada@Example.org", "flask-password-1"));

    CHECK(site.ask(on_page("SELECT column_name FROM information_schema.columns WHERE table_schema = DATABASE() AND "
                           "table_name = 'users' AND extra LIKE '%INVISIBLE%' ORDER BY ordinal_position")) ==
          "email_key\nsession_epoch\nlast_login_at\n");
    site.flask(
        on_page("ALTER TABLE users DROP COLUMN email_key, DROP COLUMN session_epoch, DROP COLUMN "
                "last_login_at"));
    site.flask(on_page("DROP TABLE gh_login_attempts, throttle_slots, deleted_users, schema_migrations"));
    auto wider = columns;
    wider.replace(wider.find("varchar(60)"), 11, "varchar(255)");
    CHECK(site.columns() == wider);
    CHECK(site.flask_signs_in("Ada@Example.org", "flask-password-1"));

    site.start_session();
    CHECK(mentions(site.done("db plan --wait 30"), "steps to apply"));
    site.done("db apply");
    site.await_session();
    site.start_gateway();
    CHECK(client.login("ada@example.org", "flask-password-1"));
    site.stop();
}

TEST_CASE(
    "for good: with PASSWORD_REHASH=on a sign-in leaves argon2id behind, and DB_MIGRATE=auto finds nothing to do") {
    Site site(GENERATE(from_range(flask_schemas())));
    CAPTURE(site.schema().file);
    come_over(site);
    site.stop();
    site.add_to_env(on_page("PASSWORD_REHASH=on\nDB_MIGRATE=auto"));
    site.start_session();
    site.await_session();
    site.start_gateway();
    auto client = site.client();
    CHECK(client.login("ada@example.org", "flask-password-1"));
    const auto hash = "SELECT " + site.schema().hash + " FROM users WHERE email = 'Ada@Example.org'";
    CHECK(eventually([&] { return site.ask(hash).starts_with("$argon2id$v=19$m=19456,t=2,p=1$"); }, 10s));
    CHECK(client.login("ada@example.org", "flask-password-1"));
    CHECK_FALSE(site.flask_signs_in("Ada@Example.org", "flask-password-1"));
    site.stop();
}

TEST_CASE("a database that is refused is told by db plan, left as it is, and waited for while its owner mends it") {
    static const FlaskSchema schema{"same_address", "user_id", "full_name", "password_hash", "status", "disabled", ""};
    Site site(schema);
    const auto columns = site.columns();
    site.start_session();
    const auto refused = site.ctl("db plan --wait 30");
    CHECK(refused.status == 1);
    CHECK(mentions(refused.err, "SELECT user_id, email FROM users WHERE user_id IN (1, 3)"));
    CHECK(site.ctl("db apply").status == 1);
    CHECK_FALSE(site.session_ready());
    CHECK(site.columns() == columns);
    site.flask("DELETE FROM users WHERE user_id = 3");
    CHECK(mentions(site.done("db apply"), "The database is up to date"));
    site.await_session();
    site.stop();
}
