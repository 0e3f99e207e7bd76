#include <ffi.h>

// libffi's type descriptors are mutable globals, which Swift 6 does not read. kind: 0 void, 1 f32,
// 2 f64, 3-6 signed integers of 8, 16, 32 and 64 bits, 7-10 unsigned ones, 11 pointer.
static inline ffi_type *cffi_type(int kind) {
  static ffi_type *const types[] = {
    &ffi_type_void,  &ffi_type_float, &ffi_type_double, &ffi_type_sint8,
    &ffi_type_sint16, &ffi_type_sint32, &ffi_type_sint64, &ffi_type_uint8,
    &ffi_type_uint16, &ffi_type_uint32, &ffi_type_uint64, &ffi_type_pointer,
  };
  return types[kind];
}

// 1 when the platform's C convention can make this call, else 0.
static inline int cffi_prepare(ffi_cif *cif, unsigned count, ffi_type *result, ffi_type **types) {
  return ffi_prep_cif(cif, FFI_DEFAULT_ABI, count, result, types) == FFI_OK;
}

// result holds at least 8 bytes; values has one address an argument.
static inline void cffi_call(ffi_cif *cif, void *function, void *result, void **values) {
  ffi_call(cif, FFI_FN(function), result, values);
}
