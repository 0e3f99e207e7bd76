#ifndef CK_VARIANT
#include "variants.h"

#include <math.h>

static const float root2OverPi = 0.7978845608028654f, cubic = 0.044715f;

static float sigmoid(float x) { return 1 / (1 + expf(-x)); }

static float value(ck_activation kind, float x) {
  switch (kind) {
    case ck_relu: return x > 0 ? x : 0;
    case ck_relu_squared: return x > 0 ? x * x : 0;
    case ck_sigmoid: return sigmoid(x);
    case ck_tanh: return tanhf(x);
    case ck_silu: return x * sigmoid(x);
    case ck_gelu: return 0.5f * x * (1 + erff(x * 0.70710678f));
    case ck_gelu_tanh: return 0.5f * x * (1 + tanhf(root2OverPi * (x + cubic * x * x * x)));
    case ck_gelu_quick: return x * sigmoid(1.702f * x);
  }
}

static float slope(ck_activation kind, float x) {
  switch (kind) {
    case ck_relu: return x > 0 ? 1 : 0;
    case ck_relu_squared: return x > 0 ? 2 * x : 0;
    case ck_sigmoid: {
      float s = sigmoid(x);
      return s * (1 - s);
    }
    case ck_tanh: {
      float t = tanhf(x);
      return 1 - t * t;
    }
    case ck_silu: {
      float s = sigmoid(x);
      return s * (1 + x * (1 - s));
    }
    case ck_gelu:
      return 0.5f * (1 + erff(x * 0.70710678f)) + x * 0.39894228f * expf(-0.5f * x * x);
    case ck_gelu_tanh: {
      float t = tanhf(root2OverPi * (x + cubic * x * x * x));
      return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * root2OverPi * (1 + 3 * cubic * x * x);
    }
    case ck_gelu_quick: {
      float s = sigmoid(1.702f * x);
      return s * (1 + 1.702f * x * (1 - s));
    }
  }
}

void ck_activation_scalar(ck_activation kind, float *y, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = value(kind, x[i]);
}

void ck_activation_backward_scalar(
  ck_activation kind, float *dx, const float *dy, const float *x, size_t count) {
  for (size_t i = 0; i < count; i++) dx[i] = dy[i] * slope(kind, x[i]);
}

void ck_gated_scalar(
  ck_activation kind, float *y, const float *gate, const float *up, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] = value(kind, gate[i]) * up[i];
}

void ck_gated_backward_scalar(
  ck_activation kind, float *dGate, float *dUp, const float *dy, const float *gate,
  const float *up, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float d = dy[i], g = gate[i], u = up[i];
    dGate[i] = d * u * slope(kind, g);
    dUp[i] = d * value(kind, g);
  }
}

#define CK_BODY "activation.c"
#include "each_variant.h"

#else  // the loops over vectors, once for each width

// Constant folding of `kind` leaves one formula in each loop. 0.5 · (1 + tanh u) is sigmoid(2u),
// which keeps its relative precision where 1 + tanh u cancels.
CK_INLINE vf CK_OWN(curve)(ck_activation kind, vf x) {
  switch (kind) {
    case ck_relu: return __builtin_elementwise_max(x, (vf)0);
    case ck_relu_squared: {
      vf positive = __builtin_elementwise_max(x, (vf)0);
      return positive * positive;
    }
    case ck_sigmoid: return vsigmoid(x);
    case ck_tanh: return vtanh(x);
    case ck_silu: return x * vsigmoid(x);
    case ck_gelu: {
      vf y;
      for (int i = 0; i < CK_LANES; i++) y[i] = value(ck_gelu, x[i]);
      return y;
    }
    case ck_gelu_tanh: return x * vsigmoid(2 * root2OverPi * (x + cubic * x * x * x));
    case ck_gelu_quick: return x * vsigmoid(1.702f * x);
  }
}

CK_INLINE vf CK_OWN(incline)(ck_activation kind, vf x) {
  switch (kind) {
    case ck_relu: return x > (vf)0 ? (vf)1 : (vf)0;
    case ck_relu_squared: return 2 * __builtin_elementwise_max(x, (vf)0);
    case ck_sigmoid: {
      vf s = vsigmoid(x);
      return s * (1 - s);
    }
    case ck_tanh: {
      vf t = vtanh(x);
      return 1 - t * t;
    }
    case ck_silu: {
      vf s = vsigmoid(x);
      return s * (1 + x * (1 - s));
    }
    case ck_gelu: {
      vf y;
      for (int i = 0; i < CK_LANES; i++) y[i] = slope(ck_gelu, x[i]);
      return y;
    }
    case ck_gelu_tanh: {
      vf s = vsigmoid(2 * root2OverPi * (x + cubic * x * x * x));
      return s * (1 + 2 * x * (1 - s) * root2OverPi * (1 + 3 * cubic * x * x));
    }
    case ck_gelu_quick: {
      vf s = vsigmoid(1.702f * x);
      return s * (1 + 1.702f * x * (1 - s));
    }
  }
}

#define EACH_KIND(loop) \
  switch (kind) { \
    case ck_relu: loop(ck_relu) break; \
    case ck_relu_squared: loop(ck_relu_squared) break; \
    case ck_sigmoid: loop(ck_sigmoid) break; \
    case ck_tanh: loop(ck_tanh) break; \
    case ck_silu: loop(ck_silu) break; \
    case ck_gelu: loop(ck_gelu) break; \
    case ck_gelu_tanh: loop(ck_gelu_tanh) break; \
    case ck_gelu_quick: loop(ck_gelu_quick) break; \
  }

void V(activation)(ck_activation kind, float *y, const float *x, size_t count) {
  size_t whole = count / CK_LANES * CK_LANES;
#define LOOP(k) \
  for (size_t i = 0; i < whole; i += CK_LANES) vstore(y + i, CK_OWN(curve)(k, vload(x + i)));
  EACH_KIND(LOOP)
#undef LOOP
  ck_activation_scalar(kind, y + whole, x + whole, count - whole);
}

void V(activation_backward)(
  ck_activation kind, float *dx, const float *dy, const float *x, size_t count) {
  size_t whole = count / CK_LANES * CK_LANES;
#define LOOP(k) \
  for (size_t i = 0; i < whole; i += CK_LANES) \
    vstore(dx + i, vload(dy + i) * CK_OWN(incline)(k, vload(x + i)));
  EACH_KIND(LOOP)
#undef LOOP
  ck_activation_backward_scalar(kind, dx + whole, dy + whole, x + whole, count - whole);
}

void V(gated)(ck_activation kind, float *y, const float *gate, const float *up, size_t count) {
  size_t whole = count / CK_LANES * CK_LANES;
#define LOOP(k) \
  for (size_t i = 0; i < whole; i += CK_LANES) \
    vstore(y + i, CK_OWN(curve)(k, vload(gate + i)) * vload(up + i));
  EACH_KIND(LOOP)
#undef LOOP
  ck_gated_scalar(kind, y + whole, gate + whole, up + whole, count - whole);
}

void V(gated_backward)(
  ck_activation kind, float *dGate, float *dUp, const float *dy, const float *gate,
  const float *up, size_t count) {
  size_t whole = count / CK_LANES * CK_LANES;
#define LOOP(k) \
  for (size_t i = 0; i < whole; i += CK_LANES) { \
    vf d = vload(dy + i), g = vload(gate + i), u = vload(up + i); \
    vstore(dGate + i, d * u * CK_OWN(incline)(k, g)); \
    vstore(dUp + i, d * CK_OWN(curve)(k, g)); \
  }
  EACH_KIND(LOOP)
#undef LOOP
  ck_gated_backward_scalar(
    kind, dGate + whole, dUp + whole, dy + whole, gate + whole, up + whole, count - whole);
}
#undef EACH_KIND

#endif
