#include "session_client/check_batcher.hpp"

#include <algorithm>
#include <utility>

#include "crypto/digest.hpp"

namespace gatehouse::session_client {
namespace {

constexpr std::size_t kMostUnderWay = 2;  // one being answered while the next is gathered
constexpr std::chrono::seconds kRetryAfter{1};

Unavailable unavailable(std::string detail, std::source_location where = std::source_location::current()) {
    return {{proto::ErrorCode::service_unavailable, "", kRetryAfter, std::move(detail), where}};
}

// What came back: the text, and what it says.
struct Answer {
    explicit Answer(std::string&& body)
        : text(std::move(body)), read(proto::introspect_answer_view_from_json(text.view())) {}
    const Secret text;
    const Result<proto::IntrospectAnswerView> read;
};

void tell(Check& check, const proto::IntrospectAnswerView::Item& result, const std::shared_ptr<const Answer>& answer) {
    if (const auto* active = std::get_if<proto::ActiveView>(&result.state)) {
        check = Active{*active, answer};
    } else if (const auto* code = std::get_if<proto::ErrorCode>(&result.state)) {
        check.emplace<Unavailable>(unavailable("the session service could not tell")).why.code = *code;
    } else {
        check.emplace<proto::Inactive>();
    }
}

bool cannot_tell(const proto::IntrospectAnswerView::Item& result) {
    return std::holds_alternative<proto::ErrorCode>(result.state);
}

// A refusal concerns the batch and is our own fault, or the service's trouble: never the fault of who asks.
Unavailable refused(proto::Failure why) {
    if (proto::info(why.code).status >= 500) return {std::move(why)};
    return unavailable("the session service answered " + std::string(proto::info(why.code).name));
}

}  // namespace

// Checks that travel together. Whatever happens to it, none of them points into it afterwards.
class SessionClient::CheckBatcher::Batch {
public:
    struct Place {
        Asking* asking;  // null: it stopped waiting
        std::array<char, 16> ref;
    };
    Batch() { places_.reserve(proto::kIntrospectGathered); }  // they are pointed at: never moved
    Batch(Batch&&) = default;
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;
    ~Batch() {
        for (const Place& place : places_) {
            if (place.asking) place.asking->place_ = nullptr;
        }
    }

    void add(Asking& asking) {
        Place& place = places_.emplace_back(Place{&asking, asking.ref_});
        asking.place_ = &place.asking;
    }
    [[nodiscard]] std::vector<Place>& places() noexcept { return places_; }

    // Both while all still wait.
    [[nodiscard]] std::string question() const {
        proto::IntrospectQuestion asked{proto::Shape::batch, places_.front().asking->touch_, {}};
        asked.items.reserve(places_.size());
        for (const auto& [asking, ref] : places_) {
            const Caller& caller = asking->caller_;
            asked.items.push_back({asking->token_, {ref.data(), ref.size()}, caller.request_id, caller.traceparent});
        }
        return write_question(asked);
    }
    [[nodiscard]] Deadline latest() const noexcept {
        const auto last = std::ranges::max(places_, {}, [](const Place& place) { return place.asking->by_.at(); });
        return last.asking->by_;
    }

    // To all that still wait for one.
    void give_all(const Check& check) {
        for (const Place& place : places_) {
            if (place.asking) place.asking->answer_ = check;
        }
    }
    // Each goes on with what is in its answer_, here and now: their answers leave in one turn of the loop.
    void resume() {
        for (Place& place : places_) {
            if (!place.asking) continue;
            Asking& asking = *std::exchange(place.asking, nullptr);
            asking.place_ = nullptr;
            asking.timer_.disarm();
            asking.waiter_();
        }
    }

private:
    std::vector<Place> places_;
};

SessionClient::CheckBatcher::Asking::Asking(CheckBatcher& batcher, std::string_view token, Caller caller,
                                            proto::Touch touch, Deadline by)
    : batcher_(batcher),
      token_(token),
      caller_(caller),
      touch_(touch),
      by_(by),
      ref_(crypto::short_digits(crypto::hash_token(token))),
      timer_(batcher.loop_.wheel, &Asking::timed_out, this, &Asking::abandoned) {}

void SessionClient::CheckBatcher::Asking::begin() {
    if (batcher_.waiting_.size() >= batcher_.most_waiting_) {
        answer_ = unavailable("too many checks wait for the session service");
        std::move(waiter_).post();
        return;
    }
    batcher_.waiting_.push_back(this);
    place_ = &batcher_.waiting_.back();
    timer_.arm(by_);
    if (batcher_.under_way_ < kMostUnderWay) batcher_.flush_.ask();
}

void SessionClient::CheckBatcher::Asking::leave() noexcept {
    if (place_) *std::exchange(place_, nullptr) = nullptr;
}

void SessionClient::CheckBatcher::Asking::timed_out(void* self) {
    auto* asking = static_cast<Asking*>(self);
    asking->leave();
    asking->answer_ = unavailable("the session service did not answer in time");
    std::move(asking->waiter_).post();
}

// The loop ends, and with it the coroutine that waits here.
void SessionClient::CheckBatcher::Asking::abandoned(void* self) {
    const auto waiter = std::move(static_cast<Asking*>(self)->waiter_);
}

SessionClient::CheckBatcher::~CheckBatcher() {
    for (Asking* asking : waiting_) {
        if (asking) asking->place_ = nullptr;
    }
}

SessionClient::CheckBatcher::Asking SessionClient::CheckBatcher::ask(std::string_view token, Caller caller,
                                                                     proto::Touch touch, Deadline by) {
    return {*this, token, caller, touch, by};
}

// At the end of a turn of the loop: whatever it has brought leaves together.
void SessionClient::CheckBatcher::flush() {
    while (!waiting_.empty() && under_way_ < kMostUnderWay) {
        Batch batch = take();
        if (batch.places().empty()) continue;
        ++under_way_;
        loop_.tasks.spawn("introspect", send(std::move(batch)));
    }
}

// The next checks that still wait and ask alike.
SessionClient::CheckBatcher::Batch SessionClient::CheckBatcher::take() {
    Batch batch;
    while (!waiting_.empty() && batch.places().size() < proto::kIntrospectGathered) {
        Asking* next = waiting_.front();
        if (next) {
            if (!batch.places().empty() && next->touch_ != batch.places().front().asking->touch_) break;
            batch.add(*next);
        }
        waiting_.pop_front();
    }
    return batch;
}

// Whatever happens, every check is answered and the next batch can leave.
Task<> SessionClient::CheckBatcher::send(Batch batch) {
    try {
        co_await ask_for(batch);
    } catch (const std::exception& e) {
        batch.give_all(unavailable(std::string("asking the session service failed: ") + e.what()));
    }
    --under_way_;
    flush();  // the session service works on the next while these are answered
    batch.resume();
}

Task<> SessionClient::CheckBatcher::ask_for(Batch& batch) {
    // One result per item, each with its ref.
    const auto is_own = [](const proto::IntrospectAnswerView::Item& result, const Batch::Place& place) {
        return result.ref == std::string_view(place.ref.data(), place.ref.size());
    };
    auto& places = batch.places();
    const Asking& first = *places.front().asking;
    const std::string request_id(first.caller_.request_id);  // copies: it may leave before the answer comes
    const std::string traceparent(first.caller_.traceparent);
    const Caller caller{request_id, traceparent};
    const Deadline by = batch.latest();
    Secret question(batch.question());
    std::shared_ptr<const Answer> answer;
    for (std::size_t round = 0; round < servers_.size(); ++round) {
        // NOLINTNEXTLINE(bugprone-use-after-move): of a single server there is no second round
        Secret body = servers_.size() > 1 ? Secret(question.view()) : std::move(question);
        auto said = co_await servers_.call(web::Method::post, "/v1/sessions/introspect", std::move(body), caller,
                                           web::Retry::once, by);
        if (!said && answer) break;  // what the one before said still holds
        if (!said) {
            batch.give_all(refused(std::move(said).error()));
            co_return;
        }
        answer = std::make_shared<const Answer>(std::move(said->body));
        const auto& read = answer->read;
        if (!read || !std::ranges::equal(read->items, places, is_own)) {
            servers_.distrust_connections();
            batch.give_all(
                unavailable(read ? "the session service answered another question" : describe(read.error())));
            co_return;
        }
        // It is quick to say that it cannot tell: without this it would be asked first the next time, too.
        const bool tells_nothing = std::ranges::all_of(read->items, cannot_tell);
        if (!tells_nothing || !servers_.avoid(said->server)) break;
    }
    const auto& read = answer->read;
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (places[i].asking) tell(places[i].asking->answer_, read->items[i], answer);
    }
}

}  // namespace gatehouse::session_client
