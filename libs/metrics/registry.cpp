#include "metrics/registry.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace gatehouse::metrics {

// All in whole nanoseconds: adding to a double means trying again until nobody else did.
struct Histogram::Buckets {
    explicit Buckets(std::span<const double> upper_ends)
        : bounds(upper_ends.begin(), upper_ends.end()), counts(bounds.size() + 1) {
        ends.reserve(bounds.size());
        for (const double seconds : bounds) ends.push_back(std::llround(seconds * 1e9));
    }

    const std::vector<double> bounds;  // as shown
    std::vector<std::int64_t> ends;
    std::vector<std::atomic<std::uint64_t>> counts;  // not cumulative; the last is +Inf's
    std::atomic<std::uint64_t> sum{0};               // of nanoseconds: wraps after 584 years
};

void Histogram::observe(std::chrono::nanoseconds took) noexcept {
    const std::int64_t value = std::max<std::int64_t>(took.count(), 0);
    const auto bucket = std::ranges::lower_bound(buckets_->ends, value) - buckets_->ends.begin();
    buckets_->counts[static_cast<std::size_t>(bucket)].fetch_add(1, std::memory_order_relaxed);
    buckets_->sum.fetch_add(static_cast<std::uint64_t>(value), std::memory_order_relaxed);
}

namespace {

using Labels = std::map<std::string, std::string>;
using prometheus::ClientMetric;
using prometheus::MetricType;

// Calls `make` with every combination of the labels' values, the last label varying fastest.
template <class Make>
void for_each_combination(std::span<const Label> labels, Labels chosen, const Make& make) {
    if (labels.empty()) {
        make(chosen);
        return;
    }
    for (const auto& value : labels.front().values) {
        chosen.insert_or_assign(labels.front().name, value);
        for_each_combination(labels.subspan(1), chosen, make);
    }
}

// A child of a family: how its value is read when it is scraped.
struct Series {
    Labels labels;
    std::function<void(ClientMetric&)> read;
};

struct Described {
    MetricType type;
    std::string help;
    std::vector<Series> series;
};

bool is_name(std::string_view name) {
    const auto allowed = [](unsigned char c) { return std::isalnum(c) || c == '_'; };
    return !name.empty() && !std::isdigit(static_cast<unsigned char>(name.front())) &&
           std::ranges::all_of(name, allowed);
}

void read_histogram(const Histogram::Buckets& buckets, ClientMetric& into) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < buckets.counts.size(); ++i) {
        total += buckets.counts[i].load(std::memory_order_relaxed);
        const bool last = i == buckets.bounds.size();
        into.histogram.bucket.push_back({total, last ? std::numeric_limits<double>::infinity() : buckets.bounds[i]});
    }
    into.histogram.sample_count = total;
    into.histogram.sample_sum = static_cast<double>(buckets.sum.load(std::memory_order_relaxed)) / 1e9;
}

}  // namespace

template <class Child>
Child& Family<Child>::at(std::initializer_list<std::size_t> indexes) {
    if (indexes.size() != labels_.size()) throw std::out_of_range("one index per label");
    std::size_t place = 0;
    auto label = labels_.begin();
    for (const auto index : indexes) {
        if (index >= label->values.size()) throw std::out_of_range("no such value of label " + label->name);
        place = place * label->values.size() + index;
        ++label;
    }
    return children_.at(place);
}

template class Family<Counter>;
template class Family<Histogram>;

struct Registry::Impl {
    mutable std::mutex mutex;  // guards what follows; the values themselves are atomic
    std::map<std::string, Described> families;
    std::set<std::string> read_by_others;
    std::deque<std::atomic<std::uint64_t>> counters;
    std::deque<Histogram::Buckets> histograms;

    Described& describe(const std::string& name, const std::string& help, MetricType type) {
        if (!is_name(name)) throw std::invalid_argument("not a name of a metric: " + name);
        const auto [found, made] = families.try_emplace("gatehouse_" + name, Described{type, help, {}});
        if (!made && (!read_by_others.contains(name) || found->second.type != type)) {
            throw std::invalid_argument("metric made twice: " + name);
        }
        return found->second;
    }

    static void add(Described& to, Labels labels, std::function<void(ClientMetric&)> read) {
        for (const auto& [name, value] : labels) {
            if (!is_name(name)) throw std::invalid_argument("not a name of a label: " + name);
        }
        if (std::ranges::find(to.series, labels, &Series::labels) != to.series.end()) {
            throw std::invalid_argument("series made twice: " + to.help);
        }
        to.series.push_back({std::move(labels), std::move(read)});
    }

    template <class Child, class Make>
    Family<Child> family(MetricType type, const std::string& name, const std::string& help, std::vector<Label> labels,
                         const Make& make) {
        const std::scoped_lock lock(mutex);
        if (read_by_others.contains(name)) throw std::invalid_argument("metric made twice: " + name);
        Described& described = describe(name, help, type);
        std::vector<Child> children;
        for_each_combination(labels, {}, [&](const Labels& chosen) { children.push_back(make(described, chosen)); });
        return {std::move(labels), std::move(children)};
    }

    void read(MetricType type, const std::string& name, const std::string& help,
              std::vector<std::pair<std::string, std::string>> labels, std::function<void(ClientMetric&)> how) {
        const std::scoped_lock lock(mutex);
        Described& described = describe(name, help, type);
        read_by_others.insert(name);
        add(described, Labels(labels.begin(), labels.end()), std::move(how));
    }
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Family<Counter> Registry::counters(const std::string& name, const std::string& help, std::vector<Label> labels) {
    return impl_->family<Counter>(
        MetricType::Counter, name, help, std::move(labels), [this](Described& to, const Labels& chosen) {
            auto& value = impl_->counters.emplace_back(0);
            Impl::add(to, chosen, [&value](ClientMetric& into) {
                into.counter.value = static_cast<double>(value.load(std::memory_order_relaxed));
            });
            return Counter(value);
        });
}

Family<Histogram> Registry::histograms(const std::string& name, const std::string& help, std::vector<Label> labels,
                                       std::span<const double> bounds) {
    return impl_->family<Histogram>(
        MetricType::Histogram, name, help, std::move(labels), [this, bounds](Described& to, const Labels& chosen) {
            auto& buckets = impl_->histograms.emplace_back(bounds);
            Impl::add(to, chosen, [&buckets](ClientMetric& into) { read_histogram(buckets, into); });
            return Histogram(buckets);
        });
}

Counter Registry::counter(const std::string& name, const std::string& help) {
    return counters(name, help, {}).at(std::initializer_list<std::size_t>{});
}
Histogram Registry::histogram(const std::string& name, const std::string& help, std::span<const double> bounds) {
    return histograms(name, help, {}, bounds).at(std::initializer_list<std::size_t>{});
}

void Registry::read_gauge(const std::string& name, const std::string& help, std::function<double()> read,
                          std::vector<std::pair<std::string, std::string>> labels) {
    impl_->read(MetricType::Gauge, name, help, std::move(labels),
                [read = std::move(read)](ClientMetric& into) { into.gauge.value = read(); });
}

void Registry::read_counter(const std::string& name, const std::string& help, std::function<double()> read,
                            std::vector<std::pair<std::string, std::string>> labels) {
    impl_->read(MetricType::Counter, name, help, std::move(labels),
                [read = std::move(read)](ClientMetric& into) { into.counter.value = read(); });
}

std::string Registry::render() const {
    const std::scoped_lock lock(impl_->mutex);
    std::vector<prometheus::MetricFamily> families;
    for (const auto& [name, described] : impl_->families) {
        auto& family = families.emplace_back();
        family.name = name;
        family.help = described.help;
        family.type = described.type;
        for (const Series& series : described.series) {
            ClientMetric& metric = family.metric.emplace_back();
            for (const auto& [label, value] : series.labels) metric.label.push_back({label, value});
            series.read(metric);
        }
    }
    return prometheus::TextSerializer().Serialize(families);
}

std::span<const double> latency_seconds() noexcept {
    static constexpr double bounds[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                        0.05,   0.1,     0.25,   0.5,   1,      2.5,   5};
    return bounds;
}

}  // namespace gatehouse::metrics
