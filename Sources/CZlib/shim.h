#ifndef SWERVE_CZLIB_H
#define SWERVE_CZLIB_H

#include <zlib.h>

/// `inflateInit2` for gzip members only (it is a macro, which Swift cannot call).
static inline int zlib_gzip_init(z_stream *stream) { return inflateInit2(stream, 15 + 16); }

#endif
