/* stands for the system's stdio.h, whose contents differ by platform */
#pragma once
#include <stddef.h>
typedef void FILE;
