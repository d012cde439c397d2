// Passwords come from the terminal, without echo, or from standard input: never from the command line, which every user
// of the machine can read.
#pragma once

#include <iosfwd>
#include <string_view>

#include "base/secret.hpp"
#include "ctl/commands.hpp"
#include "ctl/problem.hpp"

namespace gatehouse::ctl {

// From standard input: all of it up to its end, one newline at the end cut. From the terminal: asked for twice.
// usage: empty, too long, different, or no terminal to ask.
[[nodiscard]] Answer<Secret> read_password(PasswordFrom from, std::istream& in);

// Asks on the terminal; true for "y" or "yes". usage: no terminal.
[[nodiscard]] Answer<bool> confirm(std::string_view question);

}  // namespace gatehouse::ctl
