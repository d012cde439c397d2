// A CMake project outside of ours, made of the blocks in libs/session_client/README.md.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.hpp"

namespace gatehouse::test {

inline std::string contents_of(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error(path + " cannot be read");
    return {std::istreambuf_iterator<char>(file), {}};
}

// The page's only block of that language.
inline std::string block_of(const std::string& page, const std::string& language) {
    const std::string opening = "\n```" + language + "\n";
    const auto begin = page.find(opening);
    const auto end = page.find("\n```\n", begin + opening.size());
    if (begin == page.npos || end == page.npos || page.find(opening, end) != page.npos) {
        throw std::runtime_error("the README does not have one block of " + language);
    }
    return page.substr(begin + opening.size(), end + 1 - begin - opening.size());
}

class OutsideProject {
public:
    OutsideProject() {
        const auto page = contents_of(GATEHOUSE_SOURCE_DIR "/libs/session_client/README.md");
        lists_ = block_of(page, "cmake");
        write("main.cpp", block_of(page, "cpp"));
    }

    // The line of its CMakeLists.txt that holds `found` becomes `line`.
    void change_line(std::string_view found, const std::string& line) {
        const auto at = lists_.find(found);
        if (at == lists_.npos) throw std::runtime_error("the README's CMakeLists.txt lacks " + std::string(found));
        const auto begin = lists_.rfind('\n', at) + 1;
        lists_.replace(begin, lists_.find('\n', at) - begin, line);
    }

    // `target` alone, or all of it. Throws with what the tools said if it does not build.
    void build(const std::vector<std::string>& arguments, const std::string& target = "all") {
        write("CMakeLists.txt", lists_);
        std::vector<std::string> configure{GATEHOUSE_CMAKE,
                                           "-S",
                                           directory_.path(),
                                           "-B",
                                           binary(),
                                           "-G",
                                           "Ninja",
                                           std::string("-DCMAKE_CXX_COMPILER=") + GATEHOUSE_COMPILER,
                                           std::string("-DCMAKE_CXX_COMPILER_LAUNCHER=") + GATEHOUSE_LAUNCHER};
        configure.insert(configure.end(), arguments.begin(), arguments.end());
        must({configure});
        must({GATEHOUSE_CMAKE, "--build", binary(), "--target", target});
    }

    [[nodiscard]] std::string program() const { return binary() + "/whois"; }
    [[nodiscard]] std::string binary() const { return directory_ / "build"; }
    [[nodiscard]] std::string operator/(std::string_view name) const { return directory_ / name; }

    static void must(std::vector<std::string> command) {
        const auto ran = run(std::move(command), "", {}, std::chrono::minutes(4));
        if (ran.status != 0) throw std::runtime_error(ran.out + ran.err);
    }

private:
    void write(std::string_view name, const std::string& text) { std::ofstream(directory_ / name) << text; }

    TempDir directory_;
    std::string lists_;
};

}  // namespace gatehouse::test
