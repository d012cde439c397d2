#include "redis/client.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <random>
#include <utility>

#include <boost/asio/ip/tcp.hpp>

#include "async/one_shot.hpp"
#include "base/log.hpp"
#include "redis/link.hpp"
#include "redis/reply_error.hpp"

namespace gatehouse::redis {
namespace {

using namespace std::chrono_literals;

constexpr auto kFirstPause = 20ms;
constexpr auto kLongestPause = 500ms;  // so that service is back within 1 s of Redis' return
constexpr auto kLookAtRole = 1s;

// The commands of one call, on the heap because hiredis may answer after their caller has gone.
struct Batch {
    explicit Batch(TimerWheel& wheel) : done(wheel) {}

    OneShot<bool> done;
    std::vector<Result<Reply>> replies;
    std::size_t sent = 0;
    std::size_t answered = 0;
    bool abandoned = false;

    static void on_reply(Link& link, Reply* reply, void* context) {
        auto& batch = *static_cast<Batch*>(context);
        if (!batch.abandoned) {
            if (reply && !reply->is(Reply::Kind::error)) {
                batch.replies.emplace_back(std::move(*reply));
            } else {
                batch.replies.emplace_back(std::unexpected(reply ? error_of(reply->text) : link.why()));
            }
        }
        if (++batch.answered < batch.sent) return;
        if (batch.abandoned) {
            delete &batch;
        } else {
            batch.done.set(true);
        }
    }

    // Its caller goes: late replies are dropped when they come, never taken for another command's.
    struct Leave {
        void operator()(Batch* batch) const noexcept {
            batch->abandoned = true;
            batch->replies.clear();
            if (batch->answered == batch->sent) delete batch;
        }
    };
};

std::string info_value(std::string_view info, std::string_view name) {
    for (std::size_t at = 0; at < info.size();) {
        const auto end = std::min(info.find("\r\n", at), info.size());
        const auto line = info.substr(at, end - at);
        if (line.starts_with(name) && line.substr(name.size()).starts_with(':'))
            return std::string(line.substr(name.size() + 1));
        at = end + 2;
    }
    return {};
}

// `info`: INFO replication.
bool is_replica(std::string_view info) {
    const auto role = info_value(info, "role");
    return role == "slave" || role == "replica";
}

std::unexpected<Error> replica(std::source_location where = std::source_location::current()) {
    return fail(Errc::unavailable, "it is a replica: REDIS_URL must lead to the primary", where);
}

void ignore_sigpipe() {
    struct sigaction present{};
    if (::sigaction(SIGPIPE, nullptr, &present) == 0 && present.sa_handler == SIG_DFL) ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace

// Shared with its own coroutine, which may be suspended when the client goes.
class Client::State : public std::enable_shared_from_this<State> {
public:
    State(Loop& loop, Options options) : loop_(loop), options_(std::move(options)), random_(std::random_device{}()) {}

    static Task<> stay_connected(std::shared_ptr<State> self);
    static Task<std::vector<Result<Reply>>> run(std::shared_ptr<State> self, Commands commands, Deadline by);
    static Task<Result<Reply>> eval(std::shared_ptr<State> self, const Script& script, std::vector<std::string> keys,
                                    std::vector<std::string> arguments, Deadline by);
    void close();

    [[nodiscard]] bool ready() const noexcept { return counts_.connected && link_->phase() == Link::Phase::up; }
    [[nodiscard]] std::string run_id() const { return ready() ? run_id_ : std::string(); }
    [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

private:
    static Task<Result<void>> connect(std::shared_ptr<State> self, Deadline by);
    static Task<Result<std::string>> resolve(std::shared_ptr<State> self, Deadline by);
    static Task<Result<void>> log_in(std::shared_ptr<State> self, Deadline by);
    static Task<> look_at_role(std::shared_ptr<State> self);
    static Task<std::vector<Result<Reply>>> exchange(std::shared_ptr<State> self, const Commands& commands,
                                                     Deadline by);
    static Task<> nap(std::shared_ptr<State> self, Deadline until);

    void open_link();
    void drop_link(Error why);
    void changed();
    void observe(std::string_view info, const Reply* policy);
    void report_loss(const Error& why);
    [[nodiscard]] std::vector<Result<Reply>> all(std::size_t count, const Error& error) const;
    [[nodiscard]] std::chrono::milliseconds next_pause();

    Loop& loop_;
    const Options options_;
    std::shared_ptr<Link> link_;
    bool closed_ = false;
    bool outage_ = false;  // it was logged
    Error last_error_{Errc::unavailable, "not connected yet", std::source_location::current()};
    SteadyTime lost_at_ = std::chrono::steady_clock::now();
    std::string run_id_;
    std::string last_run_id_;
    OneShot<bool>* nap_ = nullptr;
    std::chrono::milliseconds pause_ = kFirstPause;
    std::minstd_rand random_;
    Counts counts_;
    std::vector<std::pair<const Script*, std::string>> digests_;
};

Client::Client(Loop& loop, Options options) : state_(std::make_shared<State>(loop, std::move(options))) {
    ignore_sigpipe();
    auto ended = [](const std::exception_ptr& failure) {  // not in the loop's TaskGroup: a drain would wait for it
        if (failure) log::write(log::Level::error, "redis.connector_failed");
    };
    spawn(loop.context.get_executor(), State::stay_connected(state_), std::move(ended));
}

Client::~Client() { state_->close(); }

Task<std::vector<Result<Reply>>> Client::pipeline(Commands commands, Deadline by) {
    return State::run(state_, std::move(commands), by);
}

Task<Result<Reply>> Client::command(Commands commands, Deadline by) {
    auto replies = co_await State::run(state_, std::move(commands), by);
    co_return std::move(replies.front());
}

Task<Result<Reply>> Client::eval(const Script& script, std::vector<std::string> keys,
                                 std::vector<std::string> arguments, Deadline by) {
    return State::eval(state_, script, std::move(keys), std::move(arguments), by);
}

bool Client::connected() const noexcept { return state_->ready(); }
std::string Client::run_id() const { return state_->run_id(); }
const Client::Counts& Client::counts() const noexcept { return state_->counts(); }

// --- commands ---

std::vector<Result<Reply>> Client::State::all(std::size_t count, const Error& error) const {
    return std::vector<Result<Reply>>(count, std::unexpected(error));
}

Task<std::vector<Result<Reply>>> Client::State::run(std::shared_ptr<State> self, Commands commands, Deadline by) {
    if (!self->ready()) {
        co_return self->all(commands.size(), {Errc::unavailable, "redis is away: " + self->last_error_.detail,
                                              std::source_location::current()});
    }
    if (self->link_->in_flight() + commands.size() > self->options_.max_in_flight) {
        co_return self->all(commands.size(),
                            {Errc::overloaded, "too many commands in flight", std::source_location::current()});
    }
    auto replies = co_await exchange(std::move(self), commands, by);
    co_return std::move(replies);
}

Task<std::vector<Result<Reply>>> Client::State::exchange(std::shared_ptr<State> self, const Commands& commands,
                                                         Deadline by) {
    const std::unique_ptr<Batch, Batch::Leave> batch(new Batch(self->loop_.wheel));
    batch->replies.reserve(commands.size());
    while (batch->sent < commands.size() && self->link_->send(commands[batch->sent], batch.get())) ++batch->sent;
    if (batch->sent > 0) co_await batch->done.wait(by.within(self->options_.command_timeout));

    auto replies = std::move(batch->replies);
    const auto of_replica = [](const Result<Reply>& reply) { return !reply && is_of_replica(reply.error()); };
    if (std::ranges::any_of(replies, of_replica)) self->drop_link(replica().error());
    if (replies.size() == commands.size()) co_return std::move(replies);
    const bool late = replies.size() < batch->sent;
    if (late) self->counts_.timeouts += batch->sent - replies.size();
    const Error missing{late ? Errc::timeout : Errc::unavailable,
                        late ? "no reply from redis in time" : "redis went away", std::source_location::current()};
    while (replies.size() < commands.size()) replies.push_back(std::unexpected(missing));
    co_return std::move(replies);
}

Task<Result<Reply>> Client::State::eval(std::shared_ptr<State> self, const Script& script,
                                        std::vector<std::string> keys, std::vector<std::string> arguments,
                                        Deadline by) {
    const std::string key_count = std::to_string(keys.size());
    auto known = std::ranges::find(self->digests_, &script, &std::pair<const Script*, std::string>::first);
    std::string digest = known == self->digests_.end() ? std::string() : known->second;
    if (digest.empty()) {
        Commands load({"SCRIPT", "LOAD", script.lua()});
        auto loaded = co_await run(self, std::move(load), by);
        if (!loaded.front()) co_return std::move(loaded.front());
        digest = std::move(loaded.front()->text);
        self->digests_.emplace_back(&script, digest);  // twice, if two coroutines load it at once: harmless
    }
    std::vector<std::string_view> words{"EVALSHA", digest, key_count};
    words.insert(words.end(), keys.begin(), keys.end());
    words.insert(words.end(), arguments.begin(), arguments.end());
    Commands by_digest{std::span<const std::string_view>(words)};
    auto replies = co_await run(self, std::move(by_digest), by);
    const bool forgotten = !replies.front() && replies.front().error().detail.starts_with(kNoScript);
    if (!forgotten) co_return std::move(replies.front());
    words[0] = "EVAL";  // runs it and makes Redis remember it
    words[1] = script.lua();
    Commands by_text{std::span<const std::string_view>(words)};
    auto again = co_await run(self, std::move(by_text), by);
    co_return std::move(again.front());
}

// --- staying connected ---

void Client::State::open_link() {
    const auto stall = 2 * options_.command_timeout;
    auto on_change = [weak = weak_from_this()] {
        if (auto self = weak.lock()) self->changed();
    };
    link_ = std::make_shared<Link>(loop_, Link::Limits{stall, options_.max_reply_bytes}, &Batch::on_reply, on_change);
}

void Client::State::drop_link(Error why) {
    if (link_) link_->drop(std::move(why));
}

void Client::State::changed() {
    if (nap_) nap_->set(true);
}

void Client::State::close() {
    closed_ = true;
    counts_.connected = false;
    drop_link({Errc::cancelled, "the redis client ends", std::source_location::current()});
    if (nap_) nap_->set(true);
}

// Until changed() or close(), at most `until`.
Task<> Client::State::nap(std::shared_ptr<State> self, Deadline until) {
    OneShot<bool> woken(self->loop_.wheel);
    self->nap_ = &woken;
    co_await woken.wait(until);
    self->nap_ = nullptr;
}

Task<> Client::State::stay_connected(std::shared_ptr<State> self) {
    while (!self->closed_) {
        auto connected = co_await connect(self, Deadline::after(self->options_.connect_timeout));
        if (self->closed_) break;
        if (connected) {
            self->pause_ = kFirstPause;
            while (self->link_->phase() == Link::Phase::up) co_await look_at_role(self);
            connected = std::unexpected(self->link_->why());
        }
        self->counts_.connected = false;
        if (self->closed_) break;
        self->drop_link(connected.error());
        self->report_loss(connected.error());
        // A link that ends meanwhile must not cut the pause short.
        const auto until = Deadline::after(self->next_pause());
        while (!self->closed_ && !until.passed()) co_await nap(self, until);
    }
}

// In a second, unless the link ends before.
Task<> Client::State::look_at_role(std::shared_ptr<State> self) {
    const auto due = Deadline::after(kLookAtRole);
    while (!self->closed_ && self->link_->phase() == Link::Phase::up && !due.passed()) co_await nap(self, due);
    if (self->closed_ || self->link_->phase() != Link::Phase::up) co_return;
    const Commands ask({"INFO", "replication"});
    const auto replies = co_await exchange(self, ask, Deadline::after(self->options_.command_timeout));
    if (replies.front() && is_replica(replies.front()->text)) self->drop_link(replica().error());
}

std::chrono::milliseconds Client::State::next_pause() {
    const auto half = pause_ / 2;
    const std::chrono::milliseconds jitter(std::uniform_int_distribution<long>(0, half.count())(random_));
    const auto pause = half + jitter;
    pause_ = std::min<std::chrono::milliseconds>(pause_ * 2, kLongestPause);
    return pause;
}

void Client::State::report_loss(const Error& why) {
    last_error_ = why;
    if (std::exchange(outage_, true)) return;
    lost_at_ = std::chrono::steady_clock::now();
    log::failure("redis.unavailable", why, {{"redis", to_string(options_.endpoint)}});
}

Task<Result<std::string>> Client::State::resolve(std::shared_ptr<State> self, Deadline by) {
    std::string host = self->options_.endpoint.host;
    if (host.empty() || host == "localhost") host = "127.0.0.1";  // RFC 6761 section 6.3: needs no resolver
    boost::system::error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (!not_an_address) co_return host;

    // The resolver cannot be interrupted: whoever is late finds that nobody waits.
    using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;
    auto resolver = std::make_shared<Resolver>(self->loop_.context.get_executor());
    auto found = std::make_shared<OneShot<Result<std::string>>>(self->loop_.wheel);
    auto on_resolved = [resolver, found](const boost::system::error_code& error,
                                         const Resolver::results_type& results) {
        if (error || results.empty()) {
            found->set(fail(Errc::unavailable, "the host's name cannot be resolved"));
        } else {
            found->set(results.begin()->endpoint().address().to_string());
        }
    };
    resolver->async_resolve(host, "", std::move(on_resolved));
    auto answer = co_await found->wait(by);
    if (!answer) co_return fail(Errc::timeout, "the host's name was not resolved in time");
    co_return std::move(*answer);
}

Task<Result<void>> Client::State::connect(std::shared_ptr<State> self, Deadline by) {
    std::string address;
    if (!self->options_.endpoint.is_unix()) {
        auto resolved = co_await resolve(self, by);
        if (!resolved) co_return std::unexpected(std::move(resolved).error());
        address = std::move(*resolved);
    }
    if (self->closed_) co_return fail(Errc::cancelled, "the redis client ends");
    self->open_link();
    if (self->options_.endpoint.is_unix()) {
        self->link_->open_unix(self->options_.endpoint.unix_path);
    } else {
        self->link_->open_tcp(address, self->options_.endpoint.port);
    }
    while (self->link_->phase() == Link::Phase::connecting && !by.passed() && !self->closed_) co_await nap(self, by);
    switch (self->link_->phase()) {
        case Link::Phase::up:
            break;
        case Link::Phase::down:
            co_return std::unexpected(self->link_->why());
        case Link::Phase::connecting:
            co_return fail(Errc::timeout, "no connection to redis in time");
    }
    auto logged_in = co_await log_in(self, by);
    co_return logged_in;
}

Task<Result<void>> Client::State::log_in(std::shared_ptr<State> self, Deadline by) {
    const Options& options = self->options_;
    Commands hello;
    if (!options.password.empty()) {
        if (options.user.empty()) {
            hello.add({"AUTH", options.password.view()});
        } else {
            hello.add({"AUTH", options.user, options.password.view()});
        }
    }
    if (options.database != 0) hello.add({"SELECT", std::to_string(options.database)});
    hello.add({"PING"});  // LOADING ends the attempt: commands would only fail later
    hello.add({"INFO", "replication"});
    hello.add({"INFO", "server"});
    hello.add({"CONFIG", "GET", "maxmemory-policy"});
    auto replies = co_await exchange(self, hello, by);
    hello.wipe_bytes();
    if (self->closed_) co_return fail(Errc::cancelled, "the redis client ends");
    for (std::size_t i = 0; i + 1 < replies.size(); ++i) {
        if (!replies[i]) co_return std::unexpected(std::move(replies[i]).error());
    }
    if (self->link_->phase() != Link::Phase::up) co_return std::unexpected(self->link_->why());
    const std::size_t last = replies.size() - 1;
    if (is_replica(replies[last - 2]->text)) co_return replica();
    const auto& policy = replies[last];  // managed services forbid CONFIG
    self->observe(replies[last - 1]->text, policy ? &*policy : nullptr);
    self->counts_.connected = true;
    co_return Result<void>{};
}

void Client::State::observe(std::string_view info, const Reply* policy) {
    run_id_ = info_value(info, "run_id");
    ++counts_.connects;
    const auto away =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - lost_at_);
    const std::string where = to_string(options_.endpoint);
    if (std::exchange(outage_, false) || counts_.connects == 1) {
        log::info("redis.connected", {{"redis", where}, {"outage_ms", std::int64_t(away.count())}});
    }
    if (!last_run_id_.empty() && last_run_id_ != run_id_) {
        ++counts_.restarts;
        log::warn("redis.restarted",
                  {{"redis", where}, {"detail", "another redis process: what the last one held may be lost"}});
    }
    last_run_id_ = run_id_;
    if (policy && policy->elements.size() == 2 && policy->elements[1].text != "noeviction" && counts_.connects == 1) {
        log::warn("redis.evicts",
                  {{"redis", where},
                   {"policy", policy->elements[1].text},
                   {"detail", "keys may vanish when memory is short: set maxmemory-policy noeviction"}});
    }
}

}  // namespace gatehouse::redis
