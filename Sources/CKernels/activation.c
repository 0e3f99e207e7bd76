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
