// The golden messages of proto/golden, as every side's tests read them.
#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace gatehouse::test {

// The file's text, which is one line.
inline std::string golden(const std::string& name) {
    std::ifstream file(std::string(GATEHOUSE_SOURCE_DIR "/proto/golden/") + name + ".json");
    if (!file) throw std::runtime_error("no golden file " + name);
    std::string text(std::istreambuf_iterator<char>(file), {});
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

}  // namespace gatehouse::test
