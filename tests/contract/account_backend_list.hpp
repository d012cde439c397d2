// The databases that every test of the account contract names.
#pragma once
#include "contract/account_backends.hpp"
#define GATEHOUSE_ACCOUNT_BACKENDS gatehouse::test::SqliteAccounts, gatehouse::test::MysqlAccounts
