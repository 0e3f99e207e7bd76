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
