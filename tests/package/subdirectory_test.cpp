// The same as a part of another project. That compiles all the libraries anew, which `tests/run package` does;
// elsewhere only what the project itself adds is compiled.
#include <cstdlib>
#include <string>
#include <vector>

#include "outside_project.hpp"
#include "support/catch.hpp"

namespace gatehouse::test {

TEST_CASE("a part of another project is the libraries alone, and leaves its own targets as they were") {
    OutsideProject project;
    project.change_line("find_package", "add_subdirectory(" GATEHOUSE_SOURCE_DIR " gatehouse)");
    const std::vector<std::string> arguments{"-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", "-DGATEHOUSE_UNITY=ON"};
    if (std::getenv("GATEHOUSE_TEST_WHOLE_PACKAGE")) {
        project.build(arguments);
        const auto ran = run({project.program(), ""}, "", {{"APP_ENV", "testing"}});
        CHECK(ran.err.starts_with("SESSION_CREDENTIAL is missing"));
    } else {
        project.build(arguments, "CMakeFiles/whois.dir/main.cpp.o");
    }

    const auto commands = contents_of(project.binary() + "/compile_commands.json");
    const auto own = commands.substr(0, commands.find("main.cpp"));
    INFO(commands);
    CHECK(own.contains("CMakeFiles/whois.dir"));
    CHECK_FALSE(own.contains("-Wconversion"));
    CHECK_FALSE(own.contains("_GLIBCXX_ASSERTIONS"));
    CHECK_FALSE(own.contains("FORTIFY_SOURCE"));
    CHECK_FALSE(commands.contains("services/"));
    CHECK_FALSE(contents_of(project.binary() + "/CMakeCache.txt").contains("MYSQLCPPCONN"));
}

}  // namespace gatehouse::test
