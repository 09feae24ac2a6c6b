#include "storage/open_storage.h"
