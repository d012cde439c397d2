// What is logged meanwhile, line by line, instead of on standard error.
#pragma once

#include <fcntl.h>
#include <fstream>
#include <string>
#include <unistd.h>
#include <vector>

#include "base/log.hpp"
#include "support/process.hpp"

namespace gatehouse::test {

// Puts another file in the place of standard error, and the old one back at the end.
class InsteadOfStderr {
public:
    explicit InsteadOfStderr(int fd) : saved_(::dup(STDERR_FILENO)) {
        ::dup2(fd, STDERR_FILENO);
        ::close(fd);
    }
    ~InsteadOfStderr() {
        ::dup2(saved_, STDERR_FILENO);
        ::close(saved_);
    }
    InsteadOfStderr(const InsteadOfStderr&) = delete;
    InsteadOfStderr& operator=(const InsteadOfStderr&) = delete;

private:
    int saved_;
};

inline std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

// What `write_some` logs, line by line. Log writing is process-wide: started and stopped in here.
template <class Write>
std::vector<std::string> logged(log::Level least, Write write_some) {
    const TempDir dir;
    const std::string path = dir / "log";
    {
        const InsteadOfStderr captured(::open(path.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600));
        log::start("tester", least, 8192);
        write_some();
        log::stop();
    }
    return lines_of(path);
}

}  // namespace gatehouse::test
