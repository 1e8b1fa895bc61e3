#ifndef ALTAN_CPGQUERY_SHIM_H
#define ALTAN_CPGQUERY_SHIM_H
#include <pg_query.h>
#endif
