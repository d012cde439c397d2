#include "ctl/command_line.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>

namespace gatehouse::ctl {

namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 done; 1 the service refused (or: unhealthy); 2 the command line or a file is wrong, nothing was "
    "sent;\n"
    "3 the service or what it needs cannot be reached or did not answer in time; 4 the credential is missing, wrong "
    "or\n"
    "lacks the scope `admin`.\n"
    "\n"
    "The service and the credential are found by, in this order: --url and --credential-file; --data DIR (its\n"
    "gatehouse.env); SESSION_URL and GATEHOUSECTL_CREDENTIAL or GATEHOUSECTL_CREDENTIAL_FILE from the environment or "
    ".env;\n"
    "./data/gatehouse.env; 127.0.0.1:8081.";

// Builds the tree of commands; the one that was typed ends in `chosen`.
class Tree {
public:
    explicit Tree(Invocation& into) : into_(into) {
        app.fallthrough();  // the common options may stand behind the command
        app.require_subcommand(1);
        app.footer(kExitCodes);
        app.set_version_flag("--version", "gatehousectl " GATEHOUSE_VERSION);
        app.add_option("--url", into.common.url,
                       "Session service: HOST:PORT, http://HOST:PORT, https://HOST:PORT or unix:/PATH");
        app.add_option("--data", into.common.data, "Data directory of a service that deploy/run started");
        app.add_option("--credential-file", into.common.credential_file, "File that holds the admin credential");
        app.add_option("--timeout", timeout_, "Seconds to wait for an answer (30; db plan and apply 600)")
            ->check(CLI::Range(1, 3600));
        app.add_flag("--json", json_, "Print JSON for programs");
        users();
        sessions();
        lockouts();
        others();
    }

    // After parsing.
    void finish() {
        const bool long_lasting =
            std::holds_alternative<DbPlan>(into_.command) || std::holds_alternative<DbApply>(into_.command);
        if (long_lasting) into_.common.timeout = std::chrono::minutes(10);
        if (timeout_ > 0) into_.common.timeout = std::chrono::seconds(timeout_);
        into_.common.wait = std::chrono::seconds(wait_);
        if (json_) into_.common.output = Output::json;
    }

    CLI::App app{"Administers Gatehouse: accounts, sessions, lockouts, credentials, the database's schema.",
                 "gatehousectl"};

private:
    static CLI::App* group(CLI::App& parent, const char* name, const char* what) {
        auto* made = parent.add_subcommand(name, what);
        made->require_subcommand(1);
        return made;
    }

    // A command whose options are bound to a value that lives as long as its parser.
    template <class C>
    std::pair<CLI::App*, std::shared_ptr<C>> command(CLI::App& parent, const char* name, const char* what,
                                                     const char* example) {
        auto value = std::make_shared<C>();
        auto* made = parent.add_subcommand(name, what);
        made->footer(std::string("Example:\n  ") + example);
        made->callback([this, value] { into_.command = *value; });
        return {made, value};
    }

    static void password_options(CLI::App& app, PasswordFrom& from) {
        app.add_flag_callback(
            "--password-stdin", [&from] { from = PasswordFrom::standard_input; },
            "Read the password from standard input (one line); without it, it is asked for twice");
    }

    void wait_option(CLI::App& of, const char* what) {
        of.add_option("--wait", wait_, what)->check(CLI::Range(0, 3600));
    }

    void users();
    void change_users(CLI::App& parent);
    void sessions();
    void lockouts();
    void others();

    Invocation& into_;
    int timeout_ = 0;  // not given
    int wait_ = 0;
    bool json_ = false;
};

constexpr const char* kUser = "Id or e-mail address";

void Tree::users() {
    auto* parent = group(app, "users", "Accounts");
    auto [create, c] =
        command<UsersCreate>(*parent, "create", "Create an account",
                             "gatehousectl users create ada@example.org --name \"Ada Lovelace\" --role student");
    create->add_option("email", c->email, "E-mail address")->required();
    create->add_option("--name", c->name, "Full name")->required();
    create->add_option("--role", c->role, "Role (user)");
    password_options(*create, c->password);

    auto [list, l] =
        command<UsersList>(*parent, "list", "List accounts by id", "gatehousectl users list --limit 20 --after 40");
    list->add_option("--after", l->after, "Begin behind this id")
        ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()));
    auto* limit = list->add_option("--limit", l->limit, "At most so many (100)")->check(CLI::Range(1u, 1000u));
    list->add_flag("--all", l->all, "All of them")->excludes(limit);

    auto [show, s] = command<UsersShow>(*parent, "show", "Show an account", "gatehousectl users show ada@example.org");
    show->add_option("user", s->user, kUser)->required();

    auto [import, i] = command<UsersImport>(
        *parent, "import", "Create accounts from JSON lines, with existing hashes",
        "gatehousectl users import users.jsonl\n"
        "Each line: {\"email\":…,\"full_name\":…,\"role\":…,\"password_hash\":\"$2b$12$…\",\"status\":\"active\"}\n"
        "password_hash: argon2id or bcrypt ($2a$, $2b$, $2y$); or \"password\", which is hashed and must keep the "
        "policy.\n"
        "status: active (default) or disabled. A line that is refused is named; the others are created.");
    import->add_option("file", i->file, "File of JSON lines; - for standard input")->required();
    import->add_flag("--skip-existing", i->skip_existing, "Addresses that have an account already are no error");
    change_users(*parent);
}

void Tree::change_users(CLI::App& parent) {
    auto [update, u] = command<UsersUpdate>(parent, "update", "Change name, role or address",
                                            "gatehousectl users update ada@example.org --role staff");
    update->add_option("user", u->user, kUser)->required();
    update->add_option("--email", u->email, "New e-mail address");
    update->add_option("--name", u->name, "New full name");
    update->add_option("--role", u->role, "New role");
    update->parse_complete_callback([value = u] {
        if (!value->email && !value->name && !value->role) {
            throw CLI::ValidationError("users update", "give at least one of --email, --name and --role");
        }
    });

    auto [password, p] = command<UsersSetPassword>(parent, "set-password", "Set the password and end all sessions",
                                                   "gatehousectl users set-password ada@example.org");
    password->add_option("user", p->user, kUser)->required();
    password_options(*password, p->password);

    auto [disable, d] = command<UsersDisable>(parent, "disable", "Forbid sign-in and end all sessions",
                                              "gatehousectl users disable ada@example.org");
    disable->add_option("user", d->user, kUser)->required();

    auto [enable, e] =
        command<UsersEnable>(parent, "enable", "Allow sign-in again", "gatehousectl users enable ada@example.org");
    enable->add_option("user", e->user, kUser)->required();

    auto [remove, r] = command<UsersDelete>(parent, "delete", "Delete an account and end all sessions",
                                            "gatehousectl users delete 7 --yes");
    remove->add_option("user", r->user, kUser)->required();
    remove->add_flag("--yes", r->yes, "Do not ask");
}

void Tree::sessions() {
    auto* parent = group(app, "sessions", "Live sessions");
    auto [list, l] =
        command<SessionsList>(*parent, "list", "List a user's sessions", "gatehousectl sessions list ada@example.org");
    list->add_option("user", l->user, kUser)->required();

    auto [revoke, r] = command<SessionsRevoke>(*parent, "revoke", "End one session, or all of a user's",
                                               "gatehousectl sessions revoke ada@example.org --all");
    revoke->add_option("user", r->user, kUser)->required();
    auto* sid = revoke->add_option("sid", r->sid, "The session's name in the list");
    revoke->add_flag("--all", r->all, "All of them")->excludes(sid);
    revoke->parse_complete_callback([value = r] {
        if (value->sid.empty() && !value->all)
            throw CLI::ValidationError("sessions revoke", "give a session's name or --all");
    });
}

void Tree::lockouts() {
    auto* parent = group(app, "lockouts", "Addresses with too many failed sign-ins");
    command<LockoutsList>(*parent, "list", "List addresses that cannot sign in now", "gatehousectl lockouts list");
    auto [clear, c] = command<LockoutsClear>(*parent, "clear", "Forget an address's failed sign-ins",
                                             "gatehousectl lockouts clear ada@example.org");
    clear->add_option("email", c->email, "E-mail address")->required();
}

void Tree::others() {
    auto* credentials = group(app, "credentials", "Credentials of services that call the session service");
    auto [make, n] =
        command<CredentialsNew>(*credentials, "new", "Make a credential; needs no service",
                                "gatehousectl credentials new gateway --scopes login,introspect,revoke\n"
                                "It prints the credential, for the service that asks, and its entry, for "
                                "SERVICE_CREDENTIALS of the session service.\n"
                                "To replace one, with both in files (…_FILE) that SIGHUP reads anew: add the "
                                "new entry, SIGHUP; put the new credential in place, SIGHUP;\n"
                                "drop the old entry, SIGHUP. name:scopes+disabled:hash turns an entry off: "
                                "whoever shows that credential is refused with 403.");
    make->add_option("name", n->name, "Whose it is: a-z, 0-9 and -, at most 32")->required();
    make->add_option("--scopes", n->scopes, "What it allows: login, introspect, revoke, admin")
        ->required()
        ->delimiter(',')
        ->check(CLI::IsMember({"login", "introspect", "revoke", "admin"}));

    auto* db = group(app, "db", "The database's schema");
    auto* plan =
        command<DbPlan>(*db, "plan", "Show the steps that the database still needs", "gatehousectl db plan").first;
    auto* apply = command<DbApply>(*db, "apply", "Apply them", "gatehousectl db apply").first;
    for (auto* one : {plan, apply}) wait_option(*one, "Seconds to try again while the service cannot be reached (0)");

    auto* config = group(app, "config", "Configuration");
    command<ConfigCheck>(*config, "check",
                         "Check what the services would be configured with here, or are on --data, secrets masked",
                         "gatehousectl config check\n  gatehousectl config check --data ./data");

    auto [health, h] = command<Healthcheck>(
        app, "healthcheck", "Is it ready to serve? Exit code 0 or 1",
        "gatehousectl healthcheck gateway\n  gatehousectl healthcheck http://127.0.0.1:9102/readyz\n"
        "  gatehousectl healthcheck --wait 30");
    health->add_option("target", h->target,
                       "gateway, session (GATEWAY_ADMIN_LISTEN, SESSION_ADMIN_LISTEN) or an http:// or https:// "
                       "address; both without it");
    wait_option(*health, "Seconds to ask again while it is not healthy (0)");
}

}  // namespace

std::variant<Invocation, NothingToRun> parse_command_line(std::vector<std::string> arguments) {
    Invocation invocation;
    Tree tree(invocation);
    std::ranges::reverse(arguments);  // CLI11 takes them from the back
    try {
        tree.app.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        std::ostringstream out;
        std::ostringstream err;
        const int status = tree.app.exit(error, out, err);
        return NothingToRun{status == 0 ? 0 : 2, out.str(), err.str()};
    }
    tree.finish();
    return invocation;
}

}  // namespace gatehouse::ctl
