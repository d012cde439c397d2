// Catch2 2's main, compiled once (8 s). Catch2 3 brings its own.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
