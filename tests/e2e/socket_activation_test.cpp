// A supervisor holds the listening sockets, as systemd does: a restart refuses nobody.
#include <arpa/inet.h>
#include <atomic>
#include <csignal>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include "support/catch.hpp"
#include "support/deployment.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

// A socket that listens, and stays whatever becomes of the process that serves it.
class HeldSocket {
public:
    explicit HeldSocket(const gatehouse::Endpoint& at)
        : fd_(::socket(at.is_unix() ? AF_UNIX : AF_INET, SOCK_STREAM, 0)) {
        sockaddr_storage storage{};
        if (at.is_unix()) {
            auto* name = reinterpret_cast<sockaddr_un*>(&storage);
            name->sun_family = AF_UNIX;
            at.unix_path.copy(name->sun_path, sizeof name->sun_path - 1);
        } else {
            auto* name = reinterpret_cast<sockaddr_in*>(&storage);
            name->sin_family = AF_INET;
            name->sin_port = htons(at.port);
            name->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            const int on = 1;
            ::setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        }
        const socklen_t size = at.is_unix() ? sizeof(sockaddr_un) : sizeof(sockaddr_in);
        if (::bind(fd_, reinterpret_cast<sockaddr*>(&storage), size) != 0 || ::listen(fd_, 1024) != 0) {
            throw std::runtime_error("cannot listen on " + to_string(at));
        }
    }
    ~HeldSocket() { ::close(fd_); }
    HeldSocket(const HeldSocket&) = delete;
    HeldSocket& operator=(const HeldSocket&) = delete;
    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    int fd_;
};

// The gateway of `deployment`, started as systemd would: its sockets as descriptors 3 and 4.
Process start_activated(const Variables& variables, const HeldSocket& first, const HeldSocket& second,
                        const std::string& log) {
    const std::string script = "LISTEN_PID=$$ LISTEN_FDS=2 exec " GATEHOUSE_BIN_DIR "/gatehouse-gateway";
    return {{"/bin/sh", "-c", script}, log, variables, {first.fd(), second.fd()}};
}

}  // namespace

TEST_CASE("a gateway that is restarted under load refuses nobody: its sockets are held meanwhile") {
    const Variables patient{{"CHECK_TIMEOUT", "10s"}};  // every check is to be answered, on a busy machine too
    Deployment deployment({Stores::embedded, patient, patient});
    deployment.create_user("jane@example.org");
    const auto who = deployment.sign_in("jane@example.org");
    const TempDir dir;
    const gatehouse::Endpoint address{"127.0.0.1", free_port(), {}};
    const gatehouse::Endpoint path{"", 0, dir / "gateway.sock"};
    const HeldSocket tcp(address);
    const HeldSocket admin(path);
    auto variables = deployment.gateway_variables();
    variables["GATEWAY_LISTEN"] = to_string(address);
    variables["GATEWAY_ADMIN_LISTEN"] = to_string(path);

    auto gateway = start_activated(variables, tcp, admin, dir / "log");
    std::atomic<bool> stop = false;
    std::atomic<int> answered = 0;
    std::atomic<int> failed = 0;
    std::vector<std::jthread> clients;
    for (int i = 0; i < 4; ++i) {
        clients.emplace_back([&] {
            while (!stop) {
                try {
                    const auto check = http(address, "GET", "/auth/check", {{"Cookie", who.cookie}});
                    (check.status == 200 ? answered : failed) += 1;
                } catch (const std::exception&) {
                    ++failed;
                }
            }
        });
    }
    for (int i = 0; i < 5; ++i) {
        const int before = answered;
        CHECK(eventually([&] { return answered > before + 50; }, 15s));
        gateway.signal(SIGTERM);
        INFO(gateway.output());
        CHECK(gateway.wait() == 0);
        CHECK(std::filesystem::exists(path.unix_path));  // the supervisor's, not the gateway's to remove
        gateway = start_activated(variables, tcp, admin, dir / "log");
    }
    CHECK(eventually([&] { return http(path, "GET", "/readyz").status == 200; }, 15s));
    stop = true;
    clients.clear();
    CHECK(failed == 0);
}
