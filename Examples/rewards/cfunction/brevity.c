// A reward that pays for the right answer and charges for every word around it:
//   score = max(0, 1 - penalty * (words of response - words of reference)), 0 without the answer.
//
// cc -shared -fPIC -O2 -o libbrevity.so brevity.c
#include <ctype.h>
#include <string.h>

static int words(const char *text) {
  int count = 0, inside = 0;
  for (; *text; text++) {
    int blank = isspace((unsigned char)*text) != 0;
    count += !blank && !inside;
    inside = !blank;
  }
  return count;
}

double brevity(const char *response, const char *reference, double penalty) {
  if (!strstr(response, reference)) return 0;
  double score = 1 - penalty * (words(response) - words(reference));
  return score < 0 ? 0 : score;
}
