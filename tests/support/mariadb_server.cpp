#include "support/mariadb_server.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <signal.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace gatehouse::test {
namespace {

namespace fs = std::filesystem;

// Must be the same when a data directory is made and when it is used.
const std::vector<std::string>& storage_arguments() {
    static const std::vector<std::string> arguments = {"--innodb-log-file-size=8M", "--innodb-buffer-pool-size=32M"};
    return arguments;
}

// mariadbd refuses to run as root unless told so.
std::vector<std::string> user_argument() {
    return ::geteuid() == 0 ? std::vector<std::string>{"--user=root"} : std::vector<std::string>{};
}

// An initialised data directory without test databases, made once per build directory (2 s). Several tests may come at
// once: each makes its own, one of them becomes the template.
fs::path data_template() {
    const fs::path made = fs::path(GATEHOUSE_BIN_DIR).parent_path() / "mariadb-template";
    if (fs::exists(made)) return made;
    const fs::path own = made.string() + "." + std::to_string(::getpid());
    // A server that starts clears its temporary directory of what it takes for left-overs: never a shared one.
    const TempDir temporary;
    std::vector<std::string> argv = {"mariadb-install-db",
                                     "--no-defaults",
                                     "--force",  // whether or not the machine can look its own name up
                                     "--skip-test-db",
                                     "--auth-root-authentication-method=normal",
                                     "--datadir=" + own.string(),
                                     "--tmpdir=" + temporary.path().string()};
    argv.insert(argv.end(), storage_arguments().begin(), storage_arguments().end());
    for (const auto& word : user_argument()) argv.push_back(word);
    const Ran ran = run(argv, "", {}, std::chrono::seconds(60));
    if (ran.status != 0) throw std::runtime_error("mariadb-install-db: " + ran.out + ran.err);
    std::error_code taken;
    fs::rename(own, made, taken);
    if (taken) fs::remove_all(own);
    return made;
}

}  // namespace

MariadbServer::MariadbServer(MariadbOptions options) : options_(std::move(options)), port_(free_port()) {
    fs::copy(data_template(), directory_.path() / "data", fs::copy_options::recursive);
    std::ofstream(directory_ / "init.sql")
        << "CREATE USER IF NOT EXISTS '" << kUser << "'@'%' IDENTIFIED BY '" << kPassword << "';\n"
        << "GRANT ALL ON *.* TO '" << kUser << "'@'%' WITH GRANT OPTION;\n";
    start();
}

void MariadbServer::start() {
    std::vector<std::string> argv = {"mariadbd", "--no-defaults", "--datadir=" + (directory_ / "data"),
                                     "--tmpdir=" + directory_.path().string(), "--socket=" + socket_path(),
                                     "--pid-file=" + (directory_ / "mariadb.pid"), "--bind-address=127.0.0.1",
                                     "--port=" + std::to_string(port_), "--init-file=" + (directory_ / "init.sql"),
                                     "--skip-name-resolve", "--performance-schema=off",
                                     // A killed server loses nothing; only a crash of the machine could.
                                     "--innodb-flush-log-at-trx-commit=2"};
    for (const auto& more : {storage_arguments(), user_argument(), options_.arguments}) {
        argv.insert(argv.end(), more.begin(), more.end());
    }
    process_.emplace(argv, directory_ / "mariadb.log");
    const bool answers = eventually([&] { return !process_->running() || greets(); }, std::chrono::seconds(30));
    if (!answers || !process_->running()) throw std::runtime_error("mariadbd does not start: " + process_->output());
}

// A server that serves sends its greeting unasked.
bool MariadbServer::greets() const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path = socket_path();
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("too long for a socket: " + path);
    path.copy(address.sun_path, path.size());
    const int client = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (client < 0) throw std::system_error(errno, std::generic_category(), "socket");
    char greeting = 0;
    const bool greeted = ::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                         ::recv(client, &greeting, 1, 0) == 1;
    ::close(client);
    return greeted;
}

void MariadbServer::kill() { process_->kill(); }

void MariadbServer::stop() {
    process_->signal(SIGTERM);
    process_->wait(std::chrono::seconds(30));
}

void MariadbServer::freeze() { process_->freeze(); }
void MariadbServer::thaw() { process_->thaw(); }

}  // namespace gatehouse::test
