// Nobody learns from the time of an answer whether an account exists, whatever kind of hash it has.
#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <random>
#include <set>

#include <fmt/format.h>

#include "crypto/password.hpp"
#include "support/catch.hpp"
#include "support/deployment.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

constexpr int kOfEachKind = 24;
constexpr int kUnknown = 80;
// What production uses: 11 ms on a core, while this bcrypt takes 48. Of a password that nobody knows.
constexpr gatehouse::crypto::HashCost kArgon2;
constexpr const char* kBcryptHash = "$2b$10$abcdefghijklmnopqrstuurUqHc75uq.1yDQwcLP9gW4CsHRgSxKu";

enum class Who : std::uint8_t { argon2id, bcrypt, unknown, disabled };
constexpr std::size_t kGroups = 4;

struct Probe {
    Who who;
    std::string email;
};

std::string address(std::string_view kind, int number) {
    return std::string(kind) + std::to_string(number) + "@example.org";
}

// Half the accounts have bcrypt, half argon2id, and so have those that are disabled.
std::vector<Probe> import_accounts(Deployment& deployment) {
    TempDir directory;
    const auto file = directory / "users.jsonl";
    const auto argon2id = gatehouse::crypto::hash_password("a password of nobody", kArgon2).value();
    std::vector<Probe> probes;
    std::ofstream lines(file);
    const auto add = [&](Who who, std::string_view kind, int number, const std::string& hash) {
        probes.push_back({who, address(kind, number)});
        lines << R"({"email":")" << probes.back().email << R"(","full_name":"N","role":"student","status":")"
              << (who == Who::disabled ? "disabled" : "active") << R"(","password_hash":")" << hash << "\"}\n";
    };
    for (int i = 0; i < kOfEachKind; ++i) {
        add(Who::argon2id, "argon", i, argon2id);
        add(Who::bcrypt, "bcrypt", i, kBcryptHash);
        add(Who::disabled, "disabled", i, i % 2 == 0 ? argon2id : kBcryptHash);
    }
    lines.close();
    deployment.ctl({"users", "import", file});
    for (int i = 0; i < kUnknown; ++i) probes.push_back({Who::unknown, address("nobody", i)});
    return probes;
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[values.size() / 2];
}

// Response times in milliseconds, by who was asked about.
class Times {
public:
    void add(Who who, double milliseconds) { of_[static_cast<std::size_t>(who)].push_back(milliseconds); }

    // Between the kinds, which differ by a factor of four.
    [[nodiscard]] double border() const { return std::sqrt(median(of(Who::argon2id)) * median(of(Who::bcrypt))); }
    [[nodiscard]] std::vector<double> part(const std::vector<double>& times, bool slow) const {
        std::vector<double> values;
        std::ranges::copy_if(times, std::back_inserter(values), [&](double t) { return (t > border()) == slow; });
        return values;
    }
    [[nodiscard]] double slow_share(const std::vector<double>& times) const {
        return static_cast<double>(part(times, true).size()) / static_cast<double>(times.size());
    }
    // Of the accounts that exist, half of them bcrypt: whatever else the machine does falls on these times, too.
    [[nodiscard]] std::vector<double> known() const {
        auto both = of(Who::argon2id);
        both.insert(both.end(), of(Who::bcrypt).begin(), of(Who::bcrypt).end());
        return both;
    }

    // What tells a stranger something; empty if nothing does. The bounds are wide, as machines are noisy: an answer
    // without any hash, or with a hash of the other kind, is beyond them by far.
    [[nodiscard]] std::string differences() const {
        std::string all;
        const auto expect = [&](bool good, std::string_view what) {
            if (!good) all.append(what).append("; ");
        };
        expect(median(of(Who::bcrypt)) > 1.5 * median(of(Who::argon2id)), "the kinds cannot be told apart at all");
        for (const Who who : {Who::unknown, Who::disabled}) {
            const std::string name = who == Who::unknown ? "unknown" : "disabled";
            expect(std::abs(slow_share(of(who)) - slow_share(known())) < 0.2,
                   name + ": another mix of kinds than the accounts have");
            for (const bool slow : {false, true}) {
                expect(alike(median(part(of(who), slow)), median(part(known(), slow))),
                       name + (slow ? ": unlike the slow kind" : ": unlike the quick kind"));
            }
        }
        return all;
    }
    [[nodiscard]] std::string figures() const {
        std::string all;
        for (std::size_t who = 0; who < of_.size(); ++who) {
            constexpr std::array names{"argon2id", "bcrypt", "unknown", "disabled"};
            all += fmt::format("{}: median {:.1f} ms, {:.0f} % slow, of the parts {:.1f} and {:.1f} ms\n", names[who],
                               median(of_[who]), 100 * slow_share(of_[who]), median(part(of_[who], false)),
                               median(part(of_[who], true)));
        }
        return all;
    }

private:
    static bool alike(double a, double b) { return a < 1.5 * b && b < 1.5 * a; }
    [[nodiscard]] const std::vector<double>& of(Who who) const { return of_[static_cast<std::size_t>(who)]; }

    std::array<std::vector<double>, kGroups> of_;
};

// All probes in a random order, so that what else the machine does falls on all alike.
Times measure(Deployment& deployment, std::vector<Probe> probes, std::set<std::string>& answers) {
    std::ranges::shuffle(probes, std::mt19937(1));
    HttpConnection connection(deployment.gateway());
    Times times;
    for (const auto& probe : probes) {
        const auto request = http_request("POST", "/auth/login", {}, login_body(probe.email, "a guess of a stranger"));
        const auto begin = std::chrono::steady_clock::now();
        connection.send(request);
        const auto response = connection.receive();
        times.add(probe.who,
                  std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());

        auto shape = std::to_string(response.status) + " " + response.json("error_code") + response.json("message");
        for (const auto& header : response.headers) shape += " " + header.first;
        answers.insert(shape + " " + response.header("Content-Length"));
    }
    return times;
}

}  // namespace

TEST_CASE("known, unknown and disabled addresses are answered alike, and take alike, half the accounts having bcrypt") {
    Deployment deployment({Stores::embedded,
                           {{"ARGON2_MEMORY_KIB", std::to_string(kArgon2.memory_bytes / 1024)},
                            {"ARGON2_PASSES", std::to_string(kArgon2.passes)},
                            {"HASHING_WAIT", "10s"}},
                           {{"LOGIN_TIMEOUT", "20s"}}});
    const auto probes = import_accounts(deployment);
    // The kinds in use are counted at start.
    deployment.session_process().kill();
    deployment.start_session();
    deployment.await_ready();

    std::set<std::string> answers;
    auto times = measure(deployment, probes, answers);
    if (!times.differences().empty()) {
        UNSCOPED_INFO("once more, as the machine may have been busy; first:\n" << times.figures());
        times = measure(deployment, probes, answers);
    }
    INFO(times.figures());
    CHECK(times.differences() == "");
    CHECK(answers.size() == 1);
}
