#include "base/log_line.hpp"

namespace gatehouse::log {

void Line::grow(std::size_t bytes) {
    std::string larger;
    larger.reserve(2 * view().size() + bytes);
    larger.append(view());
    const auto used = larger.size();
    larger.resize(larger.capacity());
    more_.swap(larger);
    at_ = more_.data() + used;
    end_ = more_.data() + more_.size();
}

}  // namespace gatehouse::log
