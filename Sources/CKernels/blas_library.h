// The one OpenBLAS this process opens. Private to this room.
#ifndef CKERNELS_BLAS_LIBRARY_H
#define CKERNELS_BLAS_LIBRARY_H

// The address of a symbol of OpenBLAS, LAPACK's among them; NULL when the library is not installed
// or was built without it. Opens the library, held to one thread of its own, on first use.
void *ck_blas_symbol(const char *name);

#endif
