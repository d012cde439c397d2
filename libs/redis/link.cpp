#include "redis/link.hpp"

#include <sys/epoll.h>
#include <utility>

#include <boost/asio/post.hpp>

namespace gatehouse::redis {
namespace {

// What later versions of hiredis read besides: RESP3, which was not asked for. A null ends the connection.
template <class Functions>
void refuse_resp3(Functions& functions) {
    if constexpr (requires { functions.createDouble; }) {
        functions.createDouble = [](const redisReadTask*, double, char*, std::size_t) -> void* { return nullptr; };
        functions.createBool = [](const redisReadTask*, int) -> void* { return nullptr; };
    }
}

}  // namespace

struct Link::Hooks {
    static Link& of(void* data) { return *static_cast<Link*>(data); }
    static Link& of(const redisAsyncContext* context) { return of(context->data); }

    static void add_write(void* data) {
        Link& link = of(data);
        if (link.phase_ == Phase::connecting || link.writing_ || link.flushing_) {
            link.wait_writable();
        } else {
            link.flush_.ask();
        }
    }
    static void cleanup(void* data) { of(data).context_gone(); }
    static void on_connect(const redisAsyncContext* context, int status) { of(context).connected(status == REDIS_OK); }

    static void on_reply(redisAsyncContext* context, void* reply, void* ours);

    // hiredis' constructors of replies make ours, and refuse what nobody asked for: hiredis 0.14 asserts that every
    // reply has a command. A null makes it end the connection.
    static ReplyBuilder* builder(const redisReadTask* task) {
        Link& link = of(task->privdata);
        const bool unexpected = task->parent == nullptr && link.in_flight_ == 0 && task->type != REDIS_REPLY_ERROR;
        return unexpected ? nullptr : &link.builder_;
    }
    template <class Count>
    static void* create_array(const redisReadTask* task, Count elements) {
        ReplyBuilder* to = builder(task);
        return to ? to->array(*task, static_cast<std::size_t>(elements)) : nullptr;
    }
    static void* create_string(const redisReadTask* task, char* text, std::size_t length) {
        ReplyBuilder* to = builder(task);
        return to ? to->text(*task, {text, length}) : nullptr;
    }
    static void* create_integer(const redisReadTask* task, long long value) {
        ReplyBuilder* to = builder(task);
        return to ? to->integer(*task, value) : nullptr;
    }
    static void* create_nil(const redisReadTask* task) {
        ReplyBuilder* to = builder(task);
        return to ? to->nil(*task) : nullptr;
    }
    static ReplyBuilder& builder_of(void* reply) {
        return *static_cast<ReplyBuilder*>(static_cast<redisReply*>(reply));
    }
    static void free_reply(void* reply) { builder_of(reply).clear(); }

    static redisReplyObjectFunctions* reply_functions() {
        static redisReplyObjectFunctions ours = [] {
            redisReplyObjectFunctions functions{};
            functions.createArray = &create_array;
            functions.createString = &create_string;
            functions.createInteger = &create_integer;
            functions.createNil = &create_nil;
            functions.freeObject = &free_reply;
            refuse_resp3(functions);
            return functions;
        }();
        return &ours;
    }
};

Link::Link(Loop& loop, Limits limits, OnReply on_reply, std::function<void()> changed)
    : loop_(loop),
      limits_(limits),
      on_reply_(on_reply),
      changed_(std::move(changed)),
      flush_(
          loop.poller, [](void* self) { static_cast<Link*>(self)->flush(); }, this),
      stall_timer_(loop.wheel, [](void* self) { static_cast<Link*>(self)->stalled(); }, this) {}

Link::~Link() {
    changed_ = nullptr;
    drop({Errc::cancelled, "the redis client ends", std::source_location::current()});
}

void Link::open_tcp(const std::string& ip, std::uint16_t port) { adopt(redisAsyncConnect(ip.c_str(), port)); }
void Link::open_unix(const std::string& path) { adopt(redisAsyncConnectUnix(path.c_str())); }

void Link::adopt(redisAsyncContext* context) {
    if (context == nullptr || context->err != 0) {
        why_ = {Errc::unavailable, context ? context->errstr : "out of memory", std::source_location::current()};
        phase_ = Phase::down;
        if (context) redisAsyncFree(context);
        notify();
        return;
    }
    context_ = context;
    context->data = this;
    context->c.reader->fn = Hooks::reply_functions();
    context->c.reader->privdata = this;
    context->ev.data = this;
    context->ev.addRead = [](void*) {};  // always
    context->ev.delRead = [](void*) {};
    context->ev.addWrite = &Hooks::add_write;
    context->ev.delWrite = [](void*) {};
    context->ev.cleanup = &Hooks::cleanup;
    watch_.emplace(loop_.poller, context->c.fd, Trigger::level, &Link::on_ready, this);  // hiredis reads once per call
    redisAsyncSetConnectCallback(context, &Hooks::on_connect);                           // calls addWrite
}

void Link::wait_writable() {
    if (!std::exchange(writing_, true)) watch_->want_writable(true);
}

void Link::on_ready(void* self, std::uint32_t events) {
    const auto link = static_cast<Link*>(self)->shared_from_this();  // its owner may let go of it within
    if (link->writing_ && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) {
        link->writing_ = false;
        link->watch_->want_writable(false);
        link->flush();
    }
    const bool told = (events & ~std::uint32_t{EPOLLOUT}) != 0;
    if (told && link->context_ && link->phase_ != Phase::connecting) link->readable();
}

void Link::readable() {
    progress_ = std::chrono::steady_clock::now();
    redisAsyncHandleRead(context_);
    if (context_ && context_->c.reader->len > limits_.reply_bytes) {
        drop({Errc::protocol, "a reply is longer than max_reply_bytes", std::source_location::current()});
    }
}

// Writes what has gathered. What the socket does not take waits until it does.
void Link::flush() {
    if (!context_) return;
    flushing_ = true;
    redisAsyncHandleWrite(context_);
    flushing_ = false;
}

bool Link::send(std::string_view command, void* context) {
    if (!context_ || phase_ == Phase::down) return false;
    if (redisAsyncFormattedCommand(context_, &Hooks::on_reply, context, command.data(), command.size()) != REDIS_OK) {
        return false;
    }
    if (in_flight_++ == 0) {
        progress_ = std::chrono::steady_clock::now();
        stall_timer_.arm(Deadline(progress_ + limits_.stall));
    }
    return true;
}

void Link::Hooks::on_reply(redisAsyncContext* context, void* reply, void* ours) {
    Link& link = of(context);
    if (reply == nullptr && link.phase_ != Phase::down) {  // hiredis found the connection broken
        link.why_ = link.context_error();
        link.phase_ = Phase::down;
    }
    --link.in_flight_;
    link.on_reply_(link, reply ? &builder_of(reply).reply() : nullptr, ours);
}

void Link::connected(bool ok) {
    if (ok) {
        phase_ = Phase::up;
        notify();
    } else if (phase_ != Phase::down) {
        why_ = context_error();
        phase_ = Phase::down;  // hiredis frees the context next
    }
}

Error Link::context_error() const {
    const bool garbage = context_->c.err == REDIS_ERR_PROTOCOL || context_->c.err == REDIS_ERR_OOM;
    std::string detail = context_->c.errstr[0] ? context_->c.errstr : "redis closed the connection";
    return {garbage ? Errc::protocol : Errc::unavailable, std::move(detail), std::source_location::current()};
}

void Link::context_gone() {
    if (phase_ != Phase::down) {
        why_ = context_error();
        phase_ = Phase::down;
    }
    watch_.reset();
    context_ = nullptr;
    stall_timer_.disarm();
    notify();
}

void Link::drop(Error why) {
    if (!context_) return;
    if (phase_ != Phase::down) why_ = std::move(why);
    phase_ = Phase::down;
    redisAsyncFree(context_);
}

void Link::stalled() {
    if (in_flight_ == 0) return;
    const auto due = progress_ + limits_.stall;
    if (std::chrono::steady_clock::now() < due) {
        stall_timer_.arm(Deadline(due));
    } else {
        drop({Errc::timeout, "redis does not answer", std::source_location::current()});
    }
}

void Link::notify() {
    if (changed_) asio::post(loop_.context, [changed = changed_] { changed(); });
}

}  // namespace gatehouse::redis
