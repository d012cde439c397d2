// What a command works with: the common options, the streams, and the way to the service.
#pragma once

#include <iosfwd>
#include <memory>
#include <string>

#include "ctl/api.hpp"
#include "ctl/commands.hpp"
#include "ctl/problem.hpp"
#include "proto/accounts.hpp"

namespace gatehouse::ctl {

struct Context {
    const Common& common;
    std::istream& in;
    std::ostream& out;
    std::ostream& err;

    [[nodiscard]] bool json() const noexcept { return common.output == Output::json; }
    // Prints `for_programs` or `for_people`, whichever was asked for.
    void print(const std::string& for_programs, const std::string& for_people) const;
};

// The service that the options and the environment name.
[[nodiscard]] Answer<std::unique_ptr<Api>> connect(const Common& common);

// The account of an id or an e-mail address. usage: neither.
[[nodiscard]] Answer<proto::Account> find_user(Api& api, const std::string& user);
[[nodiscard]] bool is_id(std::string_view user) noexcept;
// "/v1/users/7" + rest
[[nodiscard]] std::string user_path(std::int64_t id, std::string_view rest = {});

// "user 7 (ada@example.org)"
[[nodiscard]] std::string name_of(const proto::Account& account);

}  // namespace gatehouse::ctl
