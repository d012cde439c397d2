#include "ctl/run.hpp"

#include <ostream>
#include <utility>
#include <variant>

#include "proto/json.hpp"

namespace gatehouse::ctl {

namespace {

std::string to_json(const Problem& problem) {
    proto::JsonWriter out;
    out.begin_object();
    out.text("error", problem.message);
    if (!problem.fix.empty()) out.text("fix", problem.fix);
    if (!problem.error_code.empty()) out.text("error_code", problem.error_code);
    out.number("exit_code", std::to_underlying(problem.exit_code));
    out.end_object();
    return std::move(out).take();
}

template <class C>
Answer<> run_connected(const C& command, Context& context) {
    if constexpr (requires(Api& api) { run(command, api, context); }) {
        auto api = connect(context.common);
        if (!api) return std::unexpected(std::move(api).error());
        return run(command, **api, context);
    } else {
        return run(command, context);
    }
}

}  // namespace

int run(const Invocation& invocation, std::istream& in, std::ostream& out, std::ostream& err) {
    Context context{invocation.common, in, out, err};
    const auto done =
        std::visit([&context](const auto& command) { return run_connected(command, context); }, invocation.command);
    out.flush();
    if (done) return std::to_underlying(ExitCode::ok);
    const Problem& problem = done.error();
    if (context.json()) {
        err << to_json(problem) << '\n';
    } else {
        err << "gatehousectl: " << problem.message << '\n';
        if (!problem.fix.empty()) err << "  " << problem.fix << '\n';
    }
    return std::to_underlying(problem.exit_code);
}

}  // namespace gatehouse::ctl
