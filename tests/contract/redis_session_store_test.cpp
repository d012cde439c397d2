// What only a Redis can do to the session store: lose its data, restart, refuse, hold what another version wrote.
#include <array>

#include "crypto/digest.hpp"
#include "session/sessions/session_record.hpp"
#include "session_backends.hpp"
#include "support/catch.hpp"
#include "support/fault_proxy.hpp"

using namespace gatehouse;
using namespace gatehouse::test;

namespace {

std::string hash_of(const SessionKey& key) {
    return crypto::base64url({reinterpret_cast<const char*>(key.hash.bytes.data()), key.hash.bytes.size()});
}
std::string base_of(std::int64_t user) { return "gh:{" + std::string(key_of(user, 0).tag.view()) + "}:"; }
std::string record_key(std::int64_t user, std::uint32_t number) {
    return base_of(user) + "s:" + hash_of(key_of(user, number));
}

}  // namespace

TEST_CASE("the keys of a session are named and timed as documented") {
    RedisBackend backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    auto ttl = [&](const std::string& key) { return std::stol(backend.server.command({"PTTL", key})); };
    CHECK(ttl(record_key(1, 1)) > 590'000);
    CHECK(ttl(record_key(1, 1)) <= 600'000);
    CHECK(ttl(base_of(1) + "u") > 3'590'000);
    CHECK(ttl(base_of(1) + "u") <= 3'600'000);
    CHECK(backend.server.command({"ZRANGE", base_of(1) + "u", "0", "-1"}) == hash_of(key_of(1, 1)) + "\n");
    CHECK(backend.server.command({"DBSIZE"}) == "2");  // no epoch before a revoke-all
    CHECK(backend.server.command({"GET", record_key(1, 1)}).size() <= 120);
    REQUIRE(revoke_all(backend, 1, 5) == 1);
    CHECK(backend.server.command({"GET", base_of(1) + "e"}) == "5");
    CHECK(backend.server.command({"DBSIZE"}) == "1");
}

TEST_CASE("sessions survive a killed Redis that writes before it answers") {
    RedisBackend backend(
        RedisOptions{.requirepass = "", .arguments = {"--appendonly", "yes", "--appendfsync", "always"}});
    for (std::uint32_t i = 1; i <= 20; ++i) REQUIRE(create(backend, session_of(1, i, 5)) == "created");
    REQUIRE(revoke(backend, key_of(1, 3)));
    REQUIRE(create(backend, session_of(2, 1, 1)) == "created");
    REQUIRE(revoke_all(backend, 2, 5) == 1);
    const auto before = backend.store->run_id();
    backend.server.kill();
    CHECK(find(backend, key_of(1, 1)) == "unavailable");
    backend.server.start();
    REQUIRE(backend.connected());
    for (std::uint32_t i = 1; i <= 20; ++i) CHECK(find(backend, key_of(1, i)) == (i == 3 ? "absent" : "alive"));
    CHECK(create(backend, session_of(2, 2, 4)) == "stale");
    CHECK(backend.store->run_id() != before);
}

TEST_CASE("after a FLUSHALL that follows a revoke-all, the old session stays dead and the epoch can be applied again") {
    RedisBackend backend;
    REQUIRE(create(backend, session_of(1, 1, 4)) == "created");
    REQUIRE(revoke_all(backend, 1, 5) == 1);
    REQUIRE(backend.server.command({"FLUSHALL"}) == "OK");
    CHECK(find(backend, key_of(1, 1)) == "absent");
    CHECK(touch(backend, key_of(1, 1)) == "no");
    CHECK(revoke_all(backend, 1, 5) == 0);  // what the epoch repair does
    CHECK(find(backend, key_of(1, 1)) == "absent");
    CHECK(create(backend, session_of(1, 2, 4)) == "stale");
    CHECK(create(backend, session_of(1, 2, 5)) == "created");
}

TEST_CASE("an epoch alone ends a session whose record came back") {
    RedisBackend backend;
    REQUIRE(create(backend, session_of(1, 1, 4)) == "created");
    const auto record = backend.server.command({"GET", record_key(1, 1)});
    REQUIRE(revoke_all(backend, 1, 5) == 1);
    backend.server.command({"SET", record_key(1, 1), record});
    CHECK(find(backend, key_of(1, 1)) == "absent");
    CHECK(touch(backend, key_of(1, 1)) == "no");
    CHECK(backend.server.command({"EXISTS", record_key(1, 1)}) == "0");
}

TEST_CASE("a node of a cluster, which refuses keys of several users in one command, is asked for each alone") {
    RedisBackend backend(RedisOptions{
        .requirepass = "", .arguments = {"--cluster-enabled", "yes", "--cluster-port", std::to_string(free_port())}});
    REQUIRE(backend.server.command({"CLUSTER", "ADDSLOTSRANGE", "0", "16383"}) == "OK");
    REQUIRE(turn_until(backend.loop, [&] {
        return backend.server.command({"CLUSTER", "INFO"}).find("cluster_state:ok") != std::string::npos;
    }));
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    REQUIRE(create(backend, session_of(2, 2)) == "created");
    CHECK(backend.server.command({"MGET", record_key(1, 1), record_key(2, 2)}).starts_with("-CROSSSLOT"));
    const std::array keys{key_of(2, 2), key_of(1, 9), key_of(1, 1)};
    for (int again = 0; again < 2; ++again) {
        const auto answers = run_task(backend.loop, backend.store->find(keys, soon()));
        REQUIRE(answers.size() == 3);
        CHECK(std::get<session::Session>(answers[0]).user.id == UserId{2});
        CHECK(word(answers[1]) == "absent");
        CHECK(std::get<session::Session>(answers[2]).user.id == UserId{1});
    }
    CHECK(find(backend, key_of(1, 1)) == "alive");
}

TEST_CASE("a record that cannot be read is unavailable, never absent") {
    RedisBackend backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    const auto good = backend.server.command({"GET", record_key(1, 1)});
    const auto bad = GENERATE_COPY(std::string("2") + good.substr(1), std::string(), std::string("garbage"),
                                   good.substr(0, good.size() - 1), good + "x", good + "x9:", "1 " + good.substr(3));
    CAPTURE(bad);
    backend.server.command({"SET", record_key(1, 1), bad});
    CHECK(find(backend, key_of(1, 1)) == "unavailable");
    CHECK_FALSE(run_task(backend.loop, backend.store->list(UserId{1}, soon())).has_value());
    CHECK(touch(backend, key_of(1, 1), session_of(1, 1).user) == "unavailable");
    CHECK(find(backend, key_of(1, 1)) == "unavailable");
    CHECK(revoke_all(backend, 1, 1) == 1);  // can always be ended
    CHECK(find(backend, key_of(1, 1)) == "absent");
}

TEST_CASE("an epoch that cannot be read is unavailable") {
    RedisBackend backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    backend.server.command({"SET", base_of(1) + "e", "soon"});
    CHECK(find(backend, key_of(1, 1)) == "unavailable");
    CHECK(create(backend, session_of(1, 2)) != "created");
}

TEST_CASE("members that a newer version wrote are accepted, and kept by a touch") {
    RedisBackend backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    const auto record = backend.server.command({"GET", record_key(1, 1)});
    backend.server.command({"SET", record_key(1, 1), record + "z5:a:b1:"});
    const auto found = look(backend, key_of(1, 1));
    REQUIRE(word(found) == "alive");
    CHECK(std::get<session::Session>(found).user == session_of(1, 1).user);
    auto facts = session_of(1, 1).user;
    facts.role = "admin";
    CHECK(touch(backend, key_of(1, 1), facts) == "yes");
    CHECK(find(backend, key_of(1, 1)) == "alive");
    const auto touched = backend.server.command({"GET", record_key(1, 1)});
    CHECK(touched.find("z5:a:b1:") != std::string::npos);
    CHECK(touched.find("r5:admin") != std::string::npos);
    CHECK(touched.find("c7:browser") != std::string::npos);
    CHECK(std::stol(backend.server.command({"PTTL", record_key(1, 1)})) > 590'000);
}

TEST_CASE("a session that a clock since set back has made is touched as one of now") {
    RedisBackend backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    auto record = backend.server.command({"GET", record_key(1, 1)});
    REQUIRE(record.starts_with("1 0 1"));
    record[4] = '2';  // 31 years later
    backend.server.command({"SET", record_key(1, 1), record});
    CHECK(touch(backend, key_of(1, 1), session_of(1, 1).user) == "yes");
    const auto found = look(backend, key_of(1, 1));
    REQUIRE(word(found) == "alive");
    const auto& session = std::get<session::Session>(found);
    CHECK(session.touched_at == session.created_at);
    CHECK(session.expires_in == 600s);
    CHECK(std::stol(backend.server.command({"PTTL", record_key(1, 1)})) > 590'000);
}

TEST_CASE("an epoch with more digits is the later one") {
    RedisBackend backend;
    REQUIRE(revoke_all(backend, 1, 10) == 0);
    CHECK(create(backend, session_of(1, 1, 9)) == "stale");
    REQUIRE(create(backend, session_of(1, 1, 10)) == "created");
    CHECK(find(backend, key_of(1, 1)) == "alive");
    CHECK(revoke_all(backend, 1, 9) == 0);
    CHECK(find(backend, key_of(1, 1)) == "alive");
    CHECK(revoke_all(backend, 1, 1'763'800'000'000) == 1);
    CHECK(find(backend, key_of(1, 1)) == "absent");
}

TEST_CASE("what a build before wrote under these names, epochs of 19 digits and longer hashes, stops nobody") {
    RedisBackend backend;
    backend.server.command({"SET", base_of(1) + "e", "0000001763800000000"});
    const std::string longer(64, 'a');
    backend.server.command({"ZADD", base_of(1) + "u", "9999999999999", longer});
    backend.server.command(
        {"SET", base_of(1) + "s:" + longer, "1 0000001763800000000 1763800000000 1763800000000 9999999999999 5 i1:1"});
    CHECK(create(backend, session_of(1, 1, 1'763'799'999'999)) == "stale");
    REQUIRE(create(backend, session_of(1, 1, 1'763'800'000'000)) == "created");
    CHECK(find(backend, key_of(1, 1)) == "alive");
    CHECK(list(backend, 1).size() == 1);
    CHECK(touch(backend, key_of(1, 1), session_of(1, 1, 1'763'800'000'000).user) == "yes");
    CHECK(revoke_all(backend, 1, 1'763'800'000'000) == 0);  // neither is older
    CHECK(revoke_all(backend, 1, 1'763'800'000'001) == 2);
    CHECK(backend.server.command({"EXISTS", base_of(1) + "s:" + longer}) == "0");
    CHECK(backend.server.command({"GET", base_of(1) + "e"}) == "1763800000001");
    CHECK(find(backend, key_of(1, 1)) == "absent");
}

TEST_CASE("a Redis that refuses to write is unavailable for what writes, and still answers finds") {
    RedisBackend backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    backend.server.command({"CONFIG", "SET", "min-replicas-to-write", "1"});  // NOREPLICAS
    CHECK(find(backend, key_of(1, 1)) == "alive");
    CHECK(create(backend, session_of(1, 2)) == "unavailable");
    CHECK(create(backend, session_of(1, 2), {key_of(2, 1)}) == "unavailable");
    CHECK(touch(backend, key_of(1, 1)) == "unavailable");
    CHECK_FALSE(revoke(backend, key_of(1, 1)));
    CHECK(revoke_all(backend, 1, 5) == -1);
    CHECK_FALSE(run_task(backend.loop, backend.store->ping(soon())).has_value());
    CHECK(find(backend, key_of(1, 1)) == "alive");
}

TEST_CASE("a Redis that became a replica is unavailable, also for finds: what it holds may have been ended elsewhere") {
    RedisBackend backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    backend.server.command({"REPLICAOF", "127.0.0.1", "1"});
    CHECK(create(backend, session_of(1, 2)) == "unavailable");  // READONLY
    CHECK(find(backend, key_of(1, 1)) == "unavailable");
}

TEST_CASE("a create that Redis has no memory for leaves what it should have replaced") {
    RedisBackend backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    backend.server.command({"CONFIG", "SET", "maxmemory", "1"});
    CHECK(create(backend, session_of(1, 2)) == "unavailable");
    backend.server.command({"CONFIG", "SET", "maxmemory", "0"});
    CHECK(find(backend, key_of(1, 1)) == "alive");
    CHECK(list(backend, 1).size() == 1);
}

TEST_CASE("a Redis that hangs or is away is unavailable within the deadline") {
    RedisBackend backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    backend.server.freeze();
    const auto begin = std::chrono::steady_clock::now();
    const auto answers =
        run_task(backend.loop, backend.store->find(std::array{key_of(1, 1), key_of(1, 2)}, Deadline::after(50ms)));
    CHECK(std::chrono::steady_clock::now() - begin < 2s);
    REQUIRE(answers.size() == 2);
    CHECK(word(answers[0]) == "unavailable");
    CHECK(word(answers[1]) == "unavailable");
    backend.server.thaw();
    CHECK(find(backend, key_of(1, 1)) == "alive");
}

TEST_CASE("the scripts are loaded again after Redis forgot them") {
    RedisBackend backend;
    REQUIRE(create(backend, session_of(1, 1)) == "created");
    REQUIRE(backend.server.command({"SCRIPT", "FLUSH"}) == "OK");
    CHECK(create(backend, session_of(1, 2)) == "created");
    CHECK(touch(backend, key_of(1, 1)) == "yes");
    CHECK(list(backend, 1).size() == 2);
}
