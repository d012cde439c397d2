// Latencies from 0 to 17 s in buckets that are at most 0.8 % wide: what an HDR histogram is, in one array.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace gatehouse::bench {

class Histogram {
public:
    void add(std::int64_t nanoseconds) {
        const auto value = static_cast<std::uint64_t>(std::clamp<std::int64_t>(nanoseconds, 0, kMost));
        ++counts_[bucket(value)];
        ++total_;
        max_ = std::max(max_, nanoseconds);
    }

    // The latency that `share` (0 … 1) of all do not exceed, as the upper edge of its bucket; 0 without any.
    [[nodiscard]] double microseconds(double share) const {
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            seen += counts_[i];
            if (seen > wanted || (seen == total_ && total_ > 0)) {
                return std::min(static_cast<double>(upper_edge(i)), static_cast<double>(max_)) / 1000;
            }
        }
        return 0;
    }

    [[nodiscard]] double max_microseconds() const { return static_cast<double>(max_) / 1000; }

private:
    // Each power of two is cut into 128.
    static constexpr unsigned kBits = 7;
    static constexpr std::uint64_t kParts = 1U << kBits;
    static constexpr std::int64_t kMost = (std::int64_t{1} << 34) - 1;

    static std::size_t bucket(std::uint64_t value) {
        if (value < kParts) return value;
        const auto shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
        return (shift + 1) * kParts + ((value >> shift) - kParts);
    }
    static std::uint64_t upper_edge(std::size_t bucket) {
        if (bucket < kParts) return bucket;
        const auto shift = bucket / kParts - 1;
        return ((bucket % kParts + kParts + 1) << shift) - 1;
    }

    std::array<std::uint64_t, (34 - kBits + 1) * kParts> counts_{};
    std::uint64_t total_ = 0;
    std::int64_t max_ = 0;
};

}  // namespace gatehouse::bench
