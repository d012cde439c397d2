#include "metrics/registry.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/metric_family.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace gatehouse::metrics {
namespace {

using Labels = std::map<std::string, std::string>;

std::string prefixed(const std::string& name) { return "gatehouse_" + name; }

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

template <class Child, class Add>
Family<Child> make_family(std::vector<Label> labels, const Add& add) {
    std::vector<Child> children;
    for_each_combination(labels, {}, [&](const Labels& chosen) { children.emplace_back(add(chosen)); });
    return {std::move(labels), std::move(children)};
}

// A metric that is read when it is scraped.
struct Read {
    prometheus::MetricType type;
    std::string name;
    std::string help;
    Labels labels;
    std::function<double()> read;
};

prometheus::ClientMetric read_now(const Read& source) {
    prometheus::ClientMetric metric;
    for (const auto& [name, value] : source.labels) metric.label.push_back({name, value});
    (source.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = source.read();
    return metric;
}

}  // namespace

void Counter::add(double by) noexcept { child_->Increment(by); }
void Gauge::set(double value) noexcept { child_->Set(value); }
void Gauge::add(double by) noexcept { child_->Increment(by); }
void Histogram::observe(double value) noexcept { child_->Observe(value); }

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

template <class Child>
Child& Family<Child>::with(std::initializer_list<std::string_view> values) {
    if (values.size() != labels_.size()) throw std::out_of_range("one value per label");
    std::size_t place = 0;
    auto label = labels_.begin();
    for (const auto value : values) {
        const auto found = std::ranges::find(label->values, value);
        if (found == label->values.end()) throw std::out_of_range("no such value of label " + label->name);
        place = place * label->values.size() + static_cast<std::size_t>(found - label->values.begin());
        ++label;
    }
    return children_.at(place);
}

template class Family<Counter>;
template class Family<Gauge>;
template class Family<Histogram>;

struct Registry::Impl {
    prometheus::Registry registry;
    mutable std::mutex mutex;  // guards what follows
    std::set<std::string> made;
    std::vector<Read> reads;

    // prometheus-cpp would merge families of one name, or show two.
    std::string claim(const std::string& name) {
        const std::scoped_lock lock(mutex);
        const bool is_read = std::ranges::any_of(reads, [&](const Read& read) { return read.name == prefixed(name); });
        if (is_read || !made.insert(name).second) throw std::invalid_argument("metric made twice: " + name);
        return prefixed(name);
    }

    void add_read(prometheus::MetricType type, const std::string& name, const std::string& help,
                  std::function<double()> read, std::vector<std::pair<std::string, std::string>> labels) {
        const std::scoped_lock lock(mutex);
        Read added{type, prefixed(name), help, Labels(labels.begin(), labels.end()), std::move(read)};
        const bool twice = std::ranges::any_of(reads, [&](const Read& other) {
            return other.name == added.name && (other.labels == added.labels || other.type != added.type);
        });
        if (twice || made.contains(name)) throw std::invalid_argument("metric made twice: " + name);
        reads.push_back(std::move(added));
    }

    void append_reads(std::vector<prometheus::MetricFamily>& families) const {
        const std::scoped_lock lock(mutex);
        std::map<std::string, prometheus::MetricFamily> by_name;
        for (const auto& read : reads) {
            auto& family = by_name[read.name];
            family.name = read.name;
            family.help = read.help;
            family.type = read.type;
            family.metric.push_back(read_now(read));
        }
        for (auto& [name, family] : by_name) families.push_back(std::move(family));
    }
};

Registry::Registry() : impl_(std::make_unique<Impl>()) {}
Registry::~Registry() = default;

Family<Counter> Registry::counters(const std::string& name, const std::string& help, std::vector<Label> labels) {
    auto& family = prometheus::BuildCounter().Name(impl_->claim(name)).Help(help).Register(impl_->registry);
    return make_family<Counter>(std::move(labels), [&](const Labels& chosen) { return Counter(family.Add(chosen)); });
}

Family<Gauge> Registry::gauges(const std::string& name, const std::string& help, std::vector<Label> labels) {
    auto& family = prometheus::BuildGauge().Name(impl_->claim(name)).Help(help).Register(impl_->registry);
    return make_family<Gauge>(std::move(labels), [&](const Labels& chosen) { return Gauge(family.Add(chosen)); });
}

Family<Histogram> Registry::histograms(const std::string& name, const std::string& help, std::vector<Label> labels,
                                       std::span<const double> bounds) {
    auto& family = prometheus::BuildHistogram().Name(impl_->claim(name)).Help(help).Register(impl_->registry);
    const prometheus::Histogram::BucketBoundaries ends(bounds.begin(), bounds.end());
    return make_family<Histogram>(std::move(labels),
                                  [&](const Labels& chosen) { return Histogram(family.Add(chosen, ends)); });
}

Counter Registry::counter(const std::string& name, const std::string& help) {
    return counters(name, help, {}).at(std::initializer_list<std::size_t>{});
}
Gauge Registry::gauge(const std::string& name, const std::string& help) {
    return gauges(name, help, {}).at(std::initializer_list<std::size_t>{});
}
Histogram Registry::histogram(const std::string& name, const std::string& help, std::span<const double> bounds) {
    return histograms(name, help, {}, bounds).at(std::initializer_list<std::size_t>{});
}

void Registry::read_gauge(const std::string& name, const std::string& help, std::function<double()> read,
                          std::vector<std::pair<std::string, std::string>> labels) {
    impl_->add_read(prometheus::MetricType::Gauge, name, help, std::move(read), std::move(labels));
}

void Registry::read_counter(const std::string& name, const std::string& help, std::function<double()> read,
                            std::vector<std::pair<std::string, std::string>> labels) {
    impl_->add_read(prometheus::MetricType::Counter, name, help, std::move(read), std::move(labels));
}

std::string Registry::render() const {
    auto families = impl_->registry.Collect();
    impl_->append_reads(families);
    return prometheus::TextSerializer().Serialize(families);
}

std::span<const double> latency_seconds() noexcept {
    static constexpr double bounds[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                        0.05,   0.1,     0.25,   0.5,   1,      2.5,   5};
    return bounds;
}

}  // namespace gatehouse::metrics
