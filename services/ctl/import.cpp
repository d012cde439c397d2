// users import: JSON lines in batches that the service takes in one request. A line stands for itself; which were
// refused is said by number. Running it again is safe: accounts that exist are refused, or passed over with
// --skip-existing.
#include <fstream>
#include <istream>
#include <ostream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "ctl/run.hpp"
#include "ctl/table.hpp"
#include "proto/json.hpp"

namespace gatehouse::ctl {

namespace {

constexpr std::size_t kLineBytes = 8 * 1024;
// Bounds of one request: the service's body limit is 16 KiB, and hashing twenty passwords takes part of its deadline.
constexpr std::size_t kBatchBytes = 12 * 1024;
constexpr std::size_t kBatchPasswords = 20;

struct Refused {
    std::size_t line;
    std::string error_code;
    std::string message;
};

struct Tally {
    std::size_t created = 0;
    std::size_t existing = 0;
    std::size_t refused = 0;
    std::vector<Refused> refusals;  // for programs; people were told at once
};

std::string to_json(const Tally& tally) {
    proto::JsonWriter out;
    out.begin_object();
    out.number("created", static_cast<std::int64_t>(tally.created));
    out.number("existing", static_cast<std::int64_t>(tally.existing));
    out.begin_array("refused");
    for (const auto& refused : tally.refusals) {
        out.begin_object();
        out.number("line", static_cast<std::int64_t>(refused.line));
        out.text("error_code", refused.error_code);
        out.text("message", refused.message);
        out.end_object();
    }
    out.end_array();
    out.end_object();
    return std::move(out).take();
}

class Importer {
public:
    Importer(Api& api, const UsersImport& command, Context& context)
        : api_(api), command_(command), context_(context) {}

    Answer<> add(std::size_t line, std::string_view text) {
        auto user = proto::imported_account_from_json(text);
        if (!user) {
            refuse(line, "INVALID_REQUEST", user.error().detail);
            return {};
        }
        const bool full = batch_.users.size() == proto::kImportMost || bytes_ + text.size() > kBatchBytes ||
                          (!user->password.empty() && passwords_ == kBatchPasswords);
        if (full) {
            if (auto sent = send(); !sent) return sent;
        }
        bytes_ += text.size() + 64;  // members that the line left out
        if (!user->password.empty()) ++passwords_;
        lines_.push_back(line);
        batch_.users.push_back(std::move(*user));
        return {};
    }

    // What is left of the last batch.
    Answer<> send() {
        if (lines_.empty()) return {};
        const auto report = understood(api_.post("/v1/users/import", to_json(batch_)), &proto::import_report_from_json);
        if (!report) return stopped(report.error());
        if (report->results.size() != lines_.size()) {
            return stopped(not_understood(Error{Errc::protocol, "a report of another length", {}}));
        }
        for (std::size_t n = 0; n < lines_.size(); ++n) {
            const auto& outcome = report->results[n];
            if (outcome.error && proto::info(*outcome.error).status >= 500) {
                return stopped(
                    {ExitCode::unavailable, outcome.message, {}, std::string(proto::info(*outcome.error).name)}, n);
            }
            count(lines_[n], outcome);
        }
        lines_.clear();
        batch_.users.clear();
        bytes_ = passwords_ = 0;
        return {};
    }

    [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

private:
    void refuse(std::size_t line, std::string_view error_code, std::string_view message) {
        ++tally_.refused;
        if (context_.json()) {
            tally_.refusals.push_back({line, std::string(error_code), std::string(message)});
        } else {
            context_.err << fmt::format("line {}: {}\n", line, harmless(message));
        }
    }

    void count(std::size_t line, const proto::ImportOutcome& outcome) {
        if (!outcome.error) {
            ++tally_.created;
        } else if (*outcome.error == proto::ErrorCode::conflict && command_.skip_existing) {
            ++tally_.existing;
        } else {
            refuse(line, proto::info(*outcome.error).name, outcome.message);
        }
    }

    // The batch failed at its `at`-th record: says where, so that the rest can be imported later.
    std::unexpected<Problem> stopped(Problem why, std::size_t at = 0) const {
        why.message = fmt::format("stopped at line {}: {}", lines_[at], why.message);
        if (why.fix.empty()) why.fix = "run it again with --skip-existing when the service answers";
        return std::unexpected(std::move(why));
    }

    Api& api_;
    const UsersImport& command_;
    Context& context_;
    proto::AccountImport batch_;
    std::vector<std::size_t> lines_;  // of the batch's records
    std::size_t bytes_ = 0;
    std::size_t passwords_ = 0;
    Tally tally_;
};

Answer<> read_lines(std::istream& in, Importer& importer) {
    std::string buffer(kLineBytes + 2, '\0');
    for (std::size_t number = 1; in.getline(buffer.data(), static_cast<std::streamsize>(buffer.size())); ++number) {
        std::string_view line(buffer.data());
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.find_first_not_of(" \t") == line.npos) continue;
        if (auto added = importer.add(number, line); !added) return added;
    }
    if (in.bad()) return problem(ExitCode::usage, "the file cannot be read to its end");
    if (!in.eof()) return problem(ExitCode::usage, fmt::format("a line is longer than {} bytes", kLineBytes));
    return importer.send();
}

}  // namespace

Answer<> run(const UsersImport& command, Context& context) {
    auto api = connect(context.common);
    if (!api) return std::unexpected(std::move(api).error());
    Importer importer(**api, command, context);
    Answer<> done;
    if (command.file == "-") {
        done = read_lines(context.in, importer);
    } else {
        std::ifstream file(command.file);
        if (!file) return problem(ExitCode::usage, command.file + " cannot be opened");
        done = read_lines(file, importer);
    }
    const Tally& tally = importer.tally();
    context.print(to_json(tally), fmt::format("{} created, {} there already, {} refused\n", tally.created,
                                              tally.existing, tally.refused));
    if (!done) return done;
    if (tally.refused > 0) return problem(ExitCode::refused, fmt::format("{} lines were refused", tally.refused));
    return {};
}

}  // namespace gatehouse::ctl
