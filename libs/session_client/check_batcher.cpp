#include "session_client/check_batcher.hpp"

#include <algorithm>

#include <boost/asio/post.hpp>

namespace gatehouse::session_client {
namespace {

constexpr std::size_t kMostItems = 64;    // of one batch: bounds how long the first waits for the last
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

// One result per item, each with its ref.
bool matches(const proto::IntrospectAnswer& answer, const std::vector<std::string>& refs) {
    return std::ranges::equal(answer.items, refs, {}, &proto::IntrospectResult::ref);
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
    if (scheduled_ || under_way_ >= kMostUnderWay) return;
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
    while (!waiting_.empty() && batch.size() < kMostItems) {
        if (!batch.empty() && waiting_.front()->touch != batch.front()->touch) break;
        if (!waiting_.front()->answer.closed()) batch.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return batch;
}

Task<> SessionClient::CheckBatcher::send(Batch batch) {
    proto::IntrospectRequest request;
    request.shape = proto::Shape::batch;
    request.touch = batch.front()->touch;
    std::vector<std::string> refs;
    Deadline by = batch.front()->by;
    for (const auto& pending : batch) {
        refs.push_back(pending->item.ref);
        request.items.push_back(std::move(pending->item));
        if (pending->by.at() > by.at()) by = pending->by;
    }
    Caller caller{request.items.front().request_id, request.items.front().traceparent};
    auto body = co_await servers_.call(web::Method::post, "/v1/sessions/introspect", to_json(request),
                                       std::move(caller), web::Retry::once, by);
    --under_way_;
    schedule();
    if (!body) {
        for (const auto& pending : batch) pending->answer.set(Unavailable{body.error()});
        co_return;
    }
    auto answer = proto::introspect_answer_from_json(*body);
    wipe(*body);
    if (!answer || !matches(*answer, refs)) {
        servers_.distrust_connections();
        const auto why =
            unavailable(answer ? "the session service answered another question" : describe(answer.error()));
        for (const auto& pending : batch) pending->answer.set(Unavailable{why});
        co_return;
    }
    for (std::size_t i = 0; i < batch.size(); ++i) batch[i]->answer.set(to_check(std::move(answer->items[i])));
}

}  // namespace gatehouse::session_client
