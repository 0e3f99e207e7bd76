#ifndef CK_VARIANT
#include "variants.h"

#include <math.h>

void ck_adamw_scalar(
  float *parameter, float *m, float *v, const float *gradient, size_t count,
  const ck_adamw_step *step) {
  for (size_t i = 0; i < count; i++) {
    float g = gradient[i] * step->gradient_scale;
    m[i] += (1 - step->beta1) * (g - m[i]);
    v[i] = step->beta2 * v[i] + (1 - step->beta2) * g * g;
    float root = sqrtf(v[i]) / step->root_correction + step->epsilon;
    parameter[i] = parameter[i] * step->decay - step->step_size * m[i] / root;
  }
}

#define CK_BODY "adamw.c"
#include "each_variant.h"

#else  // the loops over vectors, once for each width

void V(adamw)(
  float *parameter, float *m, float *v, const float *gradient, size_t count,
  const ck_adamw_step *step) {
  float fresh1 = 1 - step->beta1, fresh2 = 1 - step->beta2;
  size_t i = 0;
  for (; i + CK_LANES <= count; i += CK_LANES) {
    vf g = vload(gradient + i) * step->gradient_scale, first = vload(m + i);
    first = vfma(g - first, (vf)fresh1, first);
    vf second = vload(v + i) * step->beta2 + fresh2 * g * g;
    vf root = __builtin_elementwise_sqrt(second) / step->root_correction + step->epsilon;
    vstore(m + i, first);
    vstore(v + i, second);
    vstore(parameter + i, vload(parameter + i) * step->decay - step->step_size * first / root);
  }
  ck_adamw_scalar(parameter + i, m + i, v + i, gradient + i, count - i, step);
}

#endif
