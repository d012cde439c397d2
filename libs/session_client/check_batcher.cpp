#include "session_client/check_batcher.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

namespace gatehouse::session_client {
namespace {

constexpr std::size_t kMostUnderWay = 2;  // one being answered while the next is gathered
constexpr std::chrono::seconds kRetryAfter{1};

proto::Failure unavailable(std::string detail, std::source_location where = std::source_location::current()) {
    return {proto::ErrorCode::service_unavailable, "", kRetryAfter, std::move(detail), where};
}

Check to_check(proto::IntrospectResult&& result) {
    if (auto* active = std::get_if<proto::Active>(&result.state)) return std::move(*active);
    if (std::holds_alternative<proto::Inactive>(result.state)) return proto::Inactive{};
    auto why = unavailable("the session service could not tell");
    why.code = std::get<proto::ErrorCode>(result.state);
    return Unavailable{std::move(why)};
}

// A refusal concerns the batch and is our own fault, or the service's trouble: never the fault of who asks.
Unavailable refused(proto::Failure why) {
    if (proto::info(why.code).status < 500) {
        why = unavailable("the session service answered " + std::string(proto::info(why.code).name));
    }
    return {std::move(why)};
}

}  // namespace

Task<Check> SessionClient::CheckBatcher::ask(proto::IntrospectItem item, proto::Touch touch, Deadline by) {
    if (waiting_.size() >= most_waiting_)
        co_return Unavailable{unavailable("too many checks wait for the session service")};
    auto pending = std::make_shared<Pending>(loop_.wheel, std::move(item), touch, by);
    waiting_.push_back(pending);
    schedule();
    auto answer = co_await pending->answer.wait(by);
    if (!answer) co_return Unavailable{unavailable("the session service did not answer in time")};
    co_return std::move(*answer);
}

// Once per turn of the loop: whatever else this turn brings joins the batch.
void SessionClient::CheckBatcher::schedule() {
    if (scheduled_ || waiting_.empty() || under_way_ >= kMostUnderWay) return;
    scheduled_ = true;
    asio::post(loop_.context, [this] {
        scheduled_ = false;
        flush();
    });
}

void SessionClient::CheckBatcher::flush() {
    while (!waiting_.empty() && under_way_ < kMostUnderWay) {
        Batch batch = take();
        if (batch.empty()) continue;
        ++under_way_;
        loop_.tasks.spawn("introspect", send(std::move(batch)));
    }
}

// The next checks that still wait and ask alike.
SessionClient::CheckBatcher::Batch SessionClient::CheckBatcher::take() {
    Batch batch;
    while (!waiting_.empty() && batch.size() < proto::kIntrospectGathered) {
        if (!batch.empty() && waiting_.front()->touch != batch.front()->touch) break;
        if (!waiting_.front()->answer.closed()) batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return batch;
}

// Whatever happens, every check is answered and the next batch can leave.
Task<> SessionClient::CheckBatcher::send(Batch batch) {
    std::optional<Unavailable> failed;
    try {
        co_await ask_for(batch);
    } catch (const std::exception& e) {
        failed.emplace(unavailable(std::string("asking the session service failed: ") + e.what()));
    }
    --under_way_;
    schedule();
    if (!failed) co_return;
    for (const auto& pending : batch) pending->answer.set(*failed);  // ignored by those that have their answer
}

Task<> SessionClient::CheckBatcher::ask_for(const Batch& batch) {
    proto::IntrospectRequest request;
    request.shape = proto::Shape::batch;
    request.touch = batch.front()->touch;
    request.items.reserve(batch.size());
    Deadline by = batch.front()->by;
    for (const auto& pending : batch) {
        request.items.push_back(std::move(pending->item));
        if (pending->by.at() > by.at()) by = pending->by;
    }
    Caller caller{request.items.front().request_id, request.items.front().traceparent};
    auto body = co_await servers_.call(web::Method::post, "/v1/sessions/introspect", Secret(to_json(request)),
                                       std::move(caller), web::Retry::once, by);
    if (!body) {
        const Unavailable why = refused(std::move(body).error());
        for (const auto& pending : batch) pending->answer.set(why);
        co_return;
    }
    auto answer = proto::introspect_answer_from_json(*body);
    wipe(*body);
    // One result per item, each with its ref.
    const auto own = [](const proto::IntrospectResult& result, const proto::IntrospectItem& item) {
        return result.ref == item.ref;
    };
    if (!answer || !std::ranges::equal(answer->items, request.items, own)) {
        servers_.distrust_connections();
        const auto why =
            unavailable(answer ? "the session service answered another question" : describe(answer.error()));
        for (const auto& pending : batch) pending->answer.set(Unavailable{why});
        co_return;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) batch[i]->answer.set(to_check(std::move(answer->items[i])));
}

}  // namespace gatehouse::session_client
