// users import: JSON lines in batches that the service takes in one request. A line stands for itself; which were
// refused is said by number. Running it again is safe: accounts that exist are refused, or passed over with
// --skip-existing.
#include <fstream>
#include <istream>
#include <limits>
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
// Bounds of one request: half of the service's body limit, and hashing twenty passwords takes part of its deadline.
constexpr std::size_t kBatchBytes = 128 * 1024;
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
        if (text.size() > kLineBytes) {
            pending_.push_back({line, fmt::format("the line is longer than {} bytes", kLineBytes)});
            return {};
        }
        auto user = proto::imported_account_from_json(text);
        if (!user) {
            auto why = std::move(user).error().detail;
            if (why.starts_with("the body")) why.replace(0, 8, "the line");
            pending_.push_back({line, std::move(why)});  // told in its turn
            return {};
        }
        const bool full = batch_.users.size() == proto::kImportMost || bytes_ + text.size() > kBatchBytes ||
                          (!user->password.empty() && passwords_ == kBatchPasswords);
        if (full) {
            if (auto sent = send(); !sent) return sent;
        }
        bytes_ += text.size() + 64;  // members that the line left out
        if (!user->password.empty()) ++passwords_;
        pending_.push_back({line, {}});
        batch_.users.push_back(std::move(*user));
        return {};
    }

    // What is left of the last batch.
    Answer<> send() {
        proto::ImportReport report;
        if (!batch_.users.empty()) {
            auto answer = understood(api_.post("/v1/users/import", to_json(batch_)), &proto::import_report_from_json);
            if (!answer) return stopped(pending_.front().line, std::move(answer).error());
            report = std::move(*answer);
        }
        if (report.results.size() != batch_.users.size()) {
            return stopped(pending_.front().line,
                           not_understood(Error{Errc::protocol, "a report of another length", {}}));
        }
        auto outcome = report.results.begin();
        for (const Pending& pending : pending_) {
            if (!pending.broken.empty()) {
                refuse(pending.line, "INVALID_REQUEST", pending.broken);
                continue;
            }
            if (outcome->error && proto::info(*outcome->error).status >= 500) {
                const auto code = std::string(proto::info(*outcome->error).name);
                return stopped(pending.line, {ExitCode::unavailable, outcome->message, {}, code});
            }
            count(pending.line, *outcome++);
        }
        pending_.clear();
        batch_.users.clear();
        bytes_ = passwords_ = 0;
        return {};
    }

    [[nodiscard]] const Tally& tally() const noexcept { return tally_; }

private:
    // A line that was read and has no outcome yet.
    struct Pending {
        std::size_t line;
        std::string broken;  // why it is no record; empty: it is the next one of the batch
    };

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

    // Says where, so that the rest can be imported later.
    static std::unexpected<Problem> stopped(std::size_t line, Problem why) {
        why.message = fmt::format("stopped at line {}: {}", line, why.message);
        if (why.fix.empty()) why.fix = "run it again with --skip-existing when the service answers";
        return std::unexpected(std::move(why));
    }

    Api& api_;
    const UsersImport& command_;
    Context& context_;
    proto::AccountImport batch_;
    std::vector<Pending> pending_;
    std::size_t bytes_ = 0;
    std::size_t passwords_ = 0;
    Tally tally_;
};

// The next line without its end. One that is too long is cut off behind kLineBytes + 1 bytes. False: there is
// none.
bool take_line(std::istream& in, std::string& line) {
    line.resize(kLineBytes + 2);  // a carriage return, and the NUL that ends it here
    in.getline(line.data(), static_cast<std::streamsize>(line.size()));
    const auto taken = static_cast<std::size_t>(in.gcount());
    const bool cut = in.fail() && !in.eof() && !in.bad();
    if (cut) {
        in.clear();
        in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    }
    if (!cut && in.fail()) return false;
    line.resize(cut || in.eof() ? taken : taken - 1);
    if (!cut && line.ends_with('\r')) line.pop_back();
    return true;
}

Answer<> read_lines(std::istream& in, Importer& importer) {
    std::string buffer;
    for (std::size_t number = 1; take_line(in, buffer); ++number) {
        const std::string_view line(buffer);
        const bool blank = line.size() <= kLineBytes && line.find_first_not_of(" \t") == line.npos;
        if (blank) continue;
        if (auto added = importer.add(number, line); !added) return added;
    }
    if (auto sent = importer.send(); !sent) return sent;
    if (in.bad()) return problem(ExitCode::refused, "the file cannot be read to its end");
    return {};
}

}  // namespace

Answer<> run(const UsersImport& command, Api& api, Context& context) {
    Importer importer(api, command, context);
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
