#ifndef ALTAN_CSTEMMER_SHIM_H
#define ALTAN_CSTEMMER_SHIM_H
#include <libstemmer.h>
#endif
