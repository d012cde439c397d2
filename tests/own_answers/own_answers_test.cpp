// Correctness before speed: while both links of a check are delayed, cut, stalled and doubled at random, nobody gets an
// answer but their own, nobody who is signed in is called a stranger, and nobody who was signed out gets in.
//
// GATEHOUSE_ANSWERS=1000000 makes a long run of it, GATEHOUSE_SEED=n repeats the decisions of an earlier one.
// GATEHOUSE_DOUBLE_REDIS=1 doubles Redis' replies too, and shows that wrong answers are found: nothing in a reply says
// to which command it belongs, so the test fails then. Redis itself sends none twice.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <thread>

#include "checking_clients.hpp"
#include "support/catch.hpp"
#include "support/deployment.hpp"
#include "support/mean_relay.hpp"

using namespace gatehouse::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kClients = 32;
constexpr std::size_t kUsers = 64;
constexpr std::size_t kPlaces = 2 * kUsers;  // two sessions each: same user, other csrf_token
constexpr auto kCheckDeadline = 250ms;
constexpr auto kRedisDeadline = 120ms;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* value = std::getenv(variable);
    return value ? std::stoull(value) : otherwise;
}

std::string email_of(std::size_t place) { return "user" + std::to_string(place % kUsers) + "@example.org"; }

// What the path of a check consists of, and a relay on either link.
struct MeanWorld {
    explicit MeanWorld(std::uint64_t seed)
        : session_port(free_port()),
          to_session({session_port, Framing::http, {kMeannesses.begin(), kMeannesses.end()}, 2 * kCheckDeadline, seed}),
          to_redis({redis.port(), Framing::redis, kinds_for_redis(), 2 * kRedisDeadline, seed + 1}),
          deployment(options()) {}

    static std::vector<Meanness> kinds_for_redis() {
        if (std::getenv("GATEHOUSE_DOUBLE_REDIS")) return {kMeannesses.begin(), kMeannesses.end()};
        return {Meanness::delayed,     Meanness::trickled,   Meanness::stalled,
                Meanness::cut_request, Meanness::cut_answer, Meanness::slammed};
    }
    [[nodiscard]] DeploymentOptions options() const {
        DeploymentOptions made;
        const auto ms = [](std::chrono::milliseconds time) { return std::to_string(time.count()) + "ms"; };
        made.session = {{"SESSION_LISTEN", "127.0.0.1:" + std::to_string(session_port)},
                        {"REDIS_URL", "redis://127.0.0.1:" + std::to_string(to_redis.port())},
                        {"REDIS_TIMEOUT", ms(kRedisDeadline)},
                        {"LOGIN_ATTEMPT_LIMIT", "1000"}};  // sign-ins are lost on the way
        made.gateway = {{"SESSION_URL", "127.0.0.1:" + std::to_string(to_session.port())},
                        {"CHECK_TIMEOUT", ms(kCheckDeadline)}};
        return made;
    }

    RedisServer redis;
    std::uint16_t session_port;
    MeanRelay to_session;
    MeanRelay to_redis;
    Deployment deployment;
};

// Null: it could not be told.
PersonPtr try_to_sign_in(Deployment& deployment, const std::string& email, std::atomic<std::size_t>& wrong) {
    const auto response = deployment.login(email);
    if (response.status == 503) return nullptr;
    constexpr std::string_view login = R"("message":"Login successful")";
    const auto at = response.body.find(login);
    if (response.status != 200 || at == std::string::npos || response.json("user.email") != email) {
        ++wrong;
        std::cout << "sign-in of " << email << ": " << response.status << ' ' << response.body << '\n';
        return nullptr;
    }
    auto who = std::make_shared<Person>();
    who->email = email;
    const auto cookie = response.header("Set-Cookie");
    who->cookie = cookie.substr(0, cookie.find(';'));
    who->csrf_token = response.json("csrf_token");
    who->body = std::string(response.body).replace(at, login.size(), R"("authenticated":true)");
    return who;
}

// Signs people out and in again, one after the other, once every so many answers.
class Turnover {
public:
    Turnover(Deployment& deployment, People& people, std::size_t every, std::uint64_t seed)
        : deployment_(deployment), people_(people), every_(every), random_(seed), lost_(kUsers), thread_([this] {
              work();
          }) {}
    ~Turnover() { stop(); }
    Turnover(const Turnover&) = delete;
    Turnover& operator=(const Turnover&) = delete;

    void answered(std::size_t answers) { answers_ = answers; }
    void stop() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
    }
    [[nodiscard]] std::size_t ended() const { return ended_; }
    [[nodiscard]] std::size_t wrong() const { return wrong_; }

private:
    static constexpr std::size_t kMostLost = 30;  // of the 50 sessions that a user may have

    void work() {
        for (std::size_t next = every_; !stopping_; next += every_) {
            while (!stopping_ && !eventually([&] { return stopping_ || answers_ >= next; })) {
            }
            const auto place = random_() % people_.places();
            if (lost_[place % kUsers] < kMostLost) renew(place);
        }
    }
    void renew(std::size_t place) {
        const PersonPtr who = people_.at(place);
        who->life = Life::ending;
        HttpResponse out;
        while (out.status != 200) {
            out = http(deployment_.gateway(), "POST", "/auth/logout",
                       {{"Cookie", who->cookie}, {"X-CSRF-Token", who->csrf_token}});
            if (out.status != 200 && out.status != 503) ++wrong_;
            if (stopping_ && out.status != 200) return;
        }
        who->life = Life::dead;
        ++ended_;
        PersonPtr next;
        while (!next && lost_[place % kUsers] < kMostLost) {
            next = try_to_sign_in(deployment_, who->email, wrong_);
            if (!next) ++lost_[place % kUsers];
        }
        if (next) people_.enter(place, std::move(next));
    }

    Deployment& deployment_;
    People& people_;
    const std::size_t every_;
    std::mt19937_64 random_;
    std::vector<std::size_t> lost_;  // sign-ins of a user whose end we do not know
    std::atomic<std::size_t> answers_{0};
    std::atomic<std::size_t> ended_{0};
    std::atomic<std::size_t> wrong_{0};
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

// Mean for a moment, well-behaved for a longer one: most answers must be 200.
class Moods {
public:
    Moods(MeanRelay& relay, std::uint64_t seed) : relay_(relay), random_(seed) {}
    void turn() {
        const auto now = std::chrono::steady_clock::now();
        if (now < until_) return;
        mean_ = !mean_;
        if (mean_)
            relay_.be_mean();
        else
            relay_.behave();
        until_ = now + (mean_ ? 40ms : 200ms) + std::chrono::milliseconds(random_() % 100);
    }

private:
    MeanRelay& relay_;
    std::mt19937_64 random_;
    std::chrono::steady_clock::time_point until_{};
    bool mean_ = true;
};

void print(const char* link, const MeanRelay& relay) {
    std::cout << "  " << link << ':';
    for (const Meanness kind : kMeannesses) std::cout << ' ' << name_of(kind) << ' ' << relay.count(kind) << ';';
    std::cout << '\n';
}

}  // namespace

TEST_CASE("on links that delay, cut, stall and double at random, 32 clients get their own answers and no others") {
    const auto wanted = number_from("GATEHOUSE_ANSWERS", GATEHOUSE_SANITIZED ? 15'000 : 100'000);
    const auto seed = number_from("GATEHOUSE_SEED", std::random_device{}());
    std::cout << "own answers: GATEHOUSE_SEED=" << seed << '\n' << std::flush;
    MeanWorld world(seed);
    People people(kPlaces);
    std::atomic<std::size_t> wrong_at_start{0};
    for (std::size_t place = 0; place < kPlaces; ++place) {
        if (place < kUsers) {
            const auto made = world.deployment.internal(
                "POST", "/v1/users",
                R"({"email":")" + email_of(place) + R"(","full_name":"User )" + std::to_string(place) +
                    R"(","role":"student","password":")" + std::string(Deployment::kPassword) + "\"}");
            INFO(made.body);
            REQUIRE(made.status / 100 == 2);
        }
        auto who = try_to_sign_in(world.deployment, email_of(place), wrong_at_start);
        REQUIRE(who);
        people.enter(place, std::move(who));
    }

    CheckingClients clients(world.deployment.gateway(), people, kClients, seed + 2);
    // So seldom in a long run that most places stay taken.
    Turnover turnover(world.deployment, people, std::max<std::size_t>(250, wanted / 1000), seed + 3);
    Moods session_mood(world.to_session, seed + 4);
    Moods redis_mood(world.to_redis, seed + 5);
    const auto& tally = clients.tally();
    const auto begun = std::chrono::steady_clock::now();
    auto answered = begun;
    while (tally.answers < wanted || !world.to_session.did_all() || !world.to_redis.did_all()) {
        session_mood.turn();
        redis_mood.turn();
        const auto before = tally.answers;
        clients.turn();
        turnover.answered(tally.answers);
        const auto now = std::chrono::steady_clock::now();
        if (tally.answers != before) answered = now;
        if (now - answered > 10s) break;
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    world.to_session.behave();
    world.to_redis.behave();
    turnover.stop();

    std::cout << "  " << tally.answers << " answers in " << took.count() << " s: " << tally.ok << " x 200, "
              << tally.anonymous << " x 401, " << tally.unavailable << " x 503, " << tally.wrong << " wrong; "
              << tally.cancelled << " cancelled, " << tally.forged << " forged, " << tally.former
              << " of ended sessions; " << turnover.ended() << " signed out, " << turnover.wrong() << " wrongly\n";
    print("to the session service", world.to_session);
    print("to Redis", world.to_redis);
    for (const auto& example : tally.examples) std::cout << "  WRONG: " << example << '\n';
    CHECK(tally.wrong == 0);
    CHECK(turnover.wrong() == 0);
    CHECK(tally.answers >= wanted);
    // A test that cannot fail is none: all of it has happened, and most answers said something.
    CHECK(tally.ok > tally.answers / 2);
    CHECK(tally.unavailable > 0);
    CHECK(tally.cancelled > 0);
    CHECK(tally.forged > 0);
    CHECK(tally.former > 0);
    CHECK(world.to_session.did_all());
    CHECK(world.to_redis.did_all());

    // And all is well again.
    for (std::size_t place = 0; place < kPlaces; ++place) {
        const auto who = people.at(place);
        if (who->life == Life::ending) continue;
        HttpResponse last;
        CHECK(eventually([&] {
            last = http(world.deployment.gateway(), "GET", "/auth/check", {{"Cookie", who->cookie}});
            return last.status != 503;
        }));
        CHECK(last.status == (who->life == Life::dead ? 401 : 200));
        if (last.status == 200) CHECK(last.body == who->body);
    }
}
