// The metrics of one process: counters and histograms in families whose label values are fixed when they are made, so
// that every series exists, at zero, from the first scrape on, and none is added by a request. They are atomics of our
// own, read at a scrape; prometheus-cpp's core writes the text (its histogram takes a lock at every observation).
//
// Made by the composition root before the threads start. What it hands out (Counter, Histogram) is a pointer to a child
// that lives as long as the registry: copy it, keep it, use it on any thread without a lock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gatehouse::metrics {

// Only goes up. Thread-safe.
class Counter {
public:
    explicit Counter(std::atomic<std::uint64_t>& value) noexcept : value_(&value) {}
    void add(std::uint64_t by = 1) noexcept { value_->fetch_add(by, std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t>* value_;
};

// Of durations, counted in nanoseconds and shown in seconds. Thread-safe. A scrape meanwhile may find an observation in
// its bucket and not yet in the sum.
class Histogram {
public:
    struct Buckets;
    explicit Histogram(Buckets& buckets) noexcept : buckets_(&buckets) {}
    // A negative one counts as none.
    void observe(std::chrono::nanoseconds took) noexcept;

private:
    Buckets* buckets_;
};

// One label and all the values it can ever have.
struct Label {
    std::string name;
    std::vector<std::string> values;
};

// Every combination of the labels' values, made at once. Look children up when composing, not per request; where the
// value is an enum, at() with its number is an index into an array.
template <class Child>
class Family {
public:
    Family(std::vector<Label> labels, std::vector<Child> children)
        : labels_(std::move(labels)), children_(std::move(children)) {}

    // The child of these values, one index per label in order. Throws std::out_of_range: a mistake of the caller.
    [[nodiscard]] Child& at(std::initializer_list<std::size_t> indexes);
    [[nodiscard]] Child& at(std::size_t index) {
        if (labels_.size() != 1) throw std::out_of_range("one index per label");
        return children_.at(index);
    }

private:
    std::vector<Label> labels_;
    std::vector<Child> children_;  // the last label varies fastest
};

class Registry {
public:
    Registry();
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    // `name` in base units, without the prefix: "logins_total" is shown as gatehouse_logins_total. Each name once;
    // std::invalid_argument otherwise, or if Prometheus would not take it.
    [[nodiscard]] Counter counter(const std::string& name, const std::string& help);
    [[nodiscard]] Family<Counter> counters(const std::string& name, const std::string& help, std::vector<Label> labels);
    // `bounds`: the buckets' upper ends in seconds, ascending and inclusive, kept to the nanosecond; +Inf is added.
    [[nodiscard]] Histogram histogram(const std::string& name, const std::string& help, std::span<const double> bounds);
    [[nodiscard]] Family<Histogram> histograms(const std::string& name, const std::string& help,
                                               std::vector<Label> labels, std::span<const double> bounds);

    // A value that somebody else keeps, read when it is scraped, on the scraping thread: `read` must be thread-safe,
    // quick, must not throw, and what it reads must outlive the last render(). A name may come again with other label
    // values.
    void read_gauge(const std::string& name, const std::string& help, std::function<double()> read,
                    std::vector<std::pair<std::string, std::string>> labels = {});
    void read_counter(const std::string& name, const std::string& help, std::function<double()> read,
                      std::vector<std::pair<std::string, std::string>> labels = {});

    // Prometheus text format 0.0.4 (served as "text/plain; version=0.0.4"). Thread-safe.
    [[nodiscard]] std::string render() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Bounds for durations in seconds, from a cheap check (100 µs) to the longest sign-in (5 s).
[[nodiscard]] std::span<const double> latency_seconds() noexcept;

}  // namespace gatehouse::metrics
