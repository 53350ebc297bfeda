#include "llamaspan.h"
