// Many sessions at once, made by the product's own script, for `redis-cli --pipe`.
//
//     bench_sessions script                      the script, for SCRIPT LOAD
//     bench_sessions COUNT SAMPLE COOKIES SHA    COUNT users with a session each, as Redis commands on standard output;
//                                                every so manieth one's "user id, blank, cookie value" into the file
//                                                COOKIES, SAMPLE in all; SECRET_KEY signs them
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/digest.hpp"
#include "crypto/init.hpp"
#include "crypto/key_ring.hpp"
#include "session/sessions/redis_session_scripts.hpp"
#include "session/sessions/session_key.hpp"
#include "session/sessions/session_record.hpp"

using namespace gatehouse;

namespace {

constexpr std::string_view kIdleMs = "3600000";
constexpr std::string_view kAbsoluteMs = "86400000";
constexpr std::string_view kPerUser = "50";

void print_command(std::initializer_list<std::string_view> words) {
    std::printf("*%zu\r\n", words.size());
    for (const auto word : words) {
        std::printf("$%zu\r\n", word.size());
        std::fwrite(word.data(), 1, word.size(), stdout);
        std::fputs("\r\n", stdout);
    }
}

// As RedisSessionStore::create() calls it.
Secret create_session(long user, std::string_view sha) {
    const std::string number = std::to_string(user);
    const crypto::Tag tag = session::tag_of(session::UserId{user});
    Secret token = crypto::new_token(tag);
    const auto text = crypto::base64url(crypto::hash_token(token.view()).bytes);
    const std::string hash(text.begin(), text.end());
    const std::string base = "gh:{" + std::string(tag.view()) + "}:";
    session::UserFacts facts;
    facts.id = session::UserId{user};
    facts.email = "user" + number + "@example.org";
    facts.full_name = "User " + number;
    facts.role = "student";
    const std::string members = session::facts_members(facts) + session::client_member("browser");
    print_command({"EVALSHA", sha, "3", base + "s:" + hash, base + "u", base + "e", session::epoch_text(facts.epoch),
                   kIdleMs, kAbsoluteMs, members, kPerUser, hash, base + "s:"});
    return token;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string_view(argv[1]) == "script")
        return std::fputs(session::scripts::create.lua().c_str(), stdout), 0;
    const char* secret = std::getenv("SECRET_KEY");
    if (argc != 5 || secret == nullptr) return std::fputs("usage: see sessions.cpp\n", stderr), 2;
    crypto::init();
    const crypto::KeyRing keys(Secret(std::string(secret)), {}, "cookie");  // the label of the gateway's app.cpp
    const long count = std::atol(argv[1]);
    const long every = std::max(1L, count / std::atol(argv[2]));
    std::ofstream cookies(argv[3]);
    for (long user = 1; user <= count; ++user) {
        const Secret token = create_session(user, argv[4]);
        if (user % every == 0) cookies << user << ' ' << token.view() << '.' << keys.sign(token.view()).view() << '\n';
    }
    return cookies.flush() ? 0 : 1;
}
