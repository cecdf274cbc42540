/*
 * Finds the words whose gumbel score is hardest to round: 2^20 * -ln(1 - u / 2^32) close to an integer, over all u.
 *
 *     cc -O2 nearest_words.c -lm && ./a.out | sort -g | head -16
 *
 * Prints each word closer than 4e-9 after its distance, as long double sees it (x86: 64 bits, so good to 2e-12). A double
 * may be off by 1.5e-8 here and only sorts out words that are farther than 3e-8. scheme.py computes the distances of the
 * nearest ones again, to 60 digits.
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>

int main(void) {
  const double ln_2_32 = 22.180709777918249;
  const long double ln_2_32_long = 22.18070977791824990135L;
  for (uint64_t w = 1; w < (1ULL << 32); w++) {
    const double rough = (ln_2_32 - log((double)w)) * 1048576.0;
    if (fabs(rough - nearbyint(rough)) > 3e-8) continue;
    const long double scaled = (ln_2_32_long - logl((long double)w)) * 1048576.0L;
    const long double distance = fabsl(scaled - nearbyintl(scaled));
    if (distance < 4e-9L) printf("%.5Le %llu\n", distance, (unsigned long long)((1ULL << 32) - w));
  }
}
