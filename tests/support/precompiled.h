// What nearly every test pays for, parsed once per program.
#pragma once

#include <doctest/doctest.h>

#include "protocol/precompiled.h"
