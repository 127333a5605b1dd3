// TA-Lib and Tulip Indicators in C, without the copies of a binding: each case of cases.ts that they have, over the bars
// of a file, several times; nanoseconds of CPU time a row to standard output, results to a file unless it is called "-".
//
//   native REPETITIONS BUDGET_MS BARS RESULTS CASE...
//
// Bars: rows as i64, then open, high, low, close, volume and two series to correlate as f64 planes. Results: for each case
// that was asked for, its planes, NaN before the first value.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef TALIB
#include "ta_libc.h"
#else
#include "indicators.h"
#endif

enum { OPEN, HIGH, LOW, CLOSE, VOLUME, FIRST, SECOND, COLUMNS };
enum { MOST = 40 };

static int64_t rows;
static double *bars[COLUMNS];
static double *results[MOST];
static int planes;
/** The row of the first value of each plane; it lies in the first place. */
static int begins[MOST];

static double clock_of(clockid_t id) {
  struct timespec t;
  clock_gettime(id, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

static double now(void) { return clock_of(CLOCK_MONOTONIC); }
static double used(void) { return clock_of(CLOCK_PROCESS_CPUTIME_ID); }

static const int windows[] = {15, 30, 45, 60, 75};

#ifdef TALIB


#define ONE(call)                                                              \
  do {                                                                         \
    int begin = 0, count = 0;                                                  \
    double *out = results[planes];                                             \
    if ((call) != TA_SUCCESS) return 0;                                        \
    begins[planes++] = begin;                                                  \
  } while (0)

static int one(const char *kind, int n) {
  const double *x = bars[CLOSE];
  const int last = (int)rows - 1;
  if (!strcmp(kind, "sum")) ONE(TA_SUM(0, last, x, n, &begin, &count, out));
  else if (!strcmp(kind, "mean")) ONE(TA_SMA(0, last, x, n, &begin, &count, out));
  else if (!strcmp(kind, "sd")) ONE(TA_STDDEV(0, last, x, n, 1, &begin, &count, out));
  else if (!strcmp(kind, "max")) ONE(TA_MAX(0, last, x, n, &begin, &count, out));
  else if (!strcmp(kind, "min")) ONE(TA_MIN(0, last, x, n, &begin, &count, out));
  else if (!strcmp(kind, "ema")) ONE(TA_EMA(0, last, x, n, &begin, &count, out));
  else if (!strcmp(kind, "slope")) ONE(TA_LINEARREG_SLOPE(0, last, x, n, &begin, &count, out));
  else if (!strcmp(kind, "corr")) ONE(TA_CORREL(0, last, bars[FIRST], bars[SECOND], n, &begin, &count, out));
  else if (!strcmp(kind, "rsi")) ONE(TA_RSI(0, last, x, n, &begin, &count, out));
  else if (!strcmp(kind, "atr")) ONE(TA_ATR(0, last, bars[HIGH], bars[LOW], x, n, &begin, &count, out));
  else if (!strcmp(kind, "adx")) ONE(TA_ADX(0, last, bars[HIGH], bars[LOW], x, n, &begin, &count, out));
  else return 0;
  return 1;
}

static int run(const char *name) {
  const double *x = bars[CLOSE];
  const int last = (int)rows - 1;
  int begin = 0, count = 0;
  double **r = results;
  planes = 0;
  if (!strcmp(name, "macd")) {
    if (TA_MACD(0, last, x, 12, 26, 9, &begin, &count, r[0], r[1], r[2]) != TA_SUCCESS) return 0;
    planes = 3;
  } else if (!strcmp(name, "bbands")) {
    if (TA_BBANDS(0, last, x, 20, 2, 2, TA_MAType_SMA, &begin, &count, r[0], r[1], r[2]) != TA_SUCCESS) return 0;
    planes = 3;
  } else if (!strcmp(name, "stoch")) {
    if (TA_STOCHF(0, last, bars[HIGH], bars[LOW], x, 14, 3, TA_MAType_SMA, &begin, &count, r[0], r[1]) != TA_SUCCESS)
      return 0;
    planes = 2;
  }
  if (planes > 0) {
    for (int i = 0; i < planes; i++) begins[i] = begin;
    return 1;
  }
  char kind[32];
  int n = 0;
  if (sscanf(name, "%31[a-z] %d", kind, &n) == 2) return one(kind, n);
  if (sscanf(name, "%31[a-z] set", kind) != 1) return 0;
  for (int i = 0; i < 5; i++)
    if (!one(kind, windows[i])) return 0;
  return 1;
}

static const char *version(void) { return TA_GetVersionString(); }

#else

static int one(const char *kind, int n) {
  const double *x[] = {bars[CLOSE]};
  const double *ranges[] = {bars[HIGH], bars[LOW], bars[CLOSE]};
  const double options[] = {n};
  double *out[] = {results[planes]};
  int begin = 0, code = 0;
  if (!strcmp(kind, "sum")) begin = ti_sum_start(options), code = ti_sum((int)rows, x, options, out);
  else if (!strcmp(kind, "mean")) begin = ti_sma_start(options), code = ti_sma((int)rows, x, options, out);
  else if (!strcmp(kind, "sd")) begin = ti_stddev_start(options), code = ti_stddev((int)rows, x, options, out);
  else if (!strcmp(kind, "max")) begin = ti_max_start(options), code = ti_max((int)rows, x, options, out);
  else if (!strcmp(kind, "min")) begin = ti_min_start(options), code = ti_min((int)rows, x, options, out);
  else if (!strcmp(kind, "ema")) begin = ti_ema_start(options), code = ti_ema((int)rows, x, options, out);
  else if (!strcmp(kind, "slope")) begin = ti_linregslope_start(options), code = ti_linregslope((int)rows, x, options, out);
  else if (!strcmp(kind, "rsi")) begin = ti_rsi_start(options), code = ti_rsi((int)rows, x, options, out);
  else if (!strcmp(kind, "atr")) begin = ti_atr_start(options), code = ti_atr((int)rows, ranges, options, out);
  else if (!strcmp(kind, "adx")) begin = ti_adx_start(options), code = ti_adx((int)rows, ranges, options, out);
  else return 0;
  begins[planes++] = begin;
  return code == TI_OKAY;
}

static int run(const char *name) {
  const double *x[] = {bars[CLOSE]};
  const double *ranges[] = {bars[HIGH], bars[LOW], bars[CLOSE]};
  planes = 0;
  if (!strcmp(name, "macd")) {
    const double options[] = {12, 26, 9};
    if (ti_macd((int)rows, x, options, results) != TI_OKAY) return 0;
    planes = 3;
    for (int i = 0; i < 3; i++) begins[i] = ti_macd_start(options);
    return 1;
  }
  if (!strcmp(name, "bbands")) {
    const double options[] = {20, 2};
    double *out[] = {results[2], results[1], results[0]}; // lower, middle, upper
    if (ti_bbands((int)rows, x, options, out) != TI_OKAY) return 0;
    planes = 3;
    for (int i = 0; i < 3; i++) begins[i] = ti_bbands_start(options);
    return 1;
  }
  if (!strcmp(name, "stoch")) {
    const double options[] = {14, 1, 3};
    if (ti_stoch((int)rows, ranges, options, results) != TI_OKAY) return 0;
    planes = 2;
    for (int i = 0; i < 2; i++) begins[i] = ti_stoch_start(options);
    return 1;
  }
  char kind[32];
  int n = 0;
  if (sscanf(name, "%31[a-z] %d", kind, &n) == 2) return one(kind, n);
  if (sscanf(name, "%31[a-z] set", kind) != 1) return 0;
  for (int i = 0; i < 5; i++)
    if (!one(kind, windows[i])) return 0;
  return 1;
}

static const char *version(void) { return TI_VERSION; }

#endif

static int ascending(const void *a, const void *b) {
  const double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  if (argc < 6) return 2;
  const int repetitions = atoi(argv[1]);
  const double budget = atof(argv[2]) * 1e6;
  FILE *in = fopen(argv[3], "rb");
  if (!in || fread(&rows, 8, 1, in) != 1) return 3;
  for (int i = 0; i < COLUMNS; i++) {
    bars[i] = malloc(rows * 8);
    if (fread(bars[i], 8, rows, in) != (size_t)rows) return 3;
  }
  fclose(in);
  for (int i = 0; i < MOST; i++) results[i] = calloc(rows, 8);
#ifdef TALIB
  TA_Initialize();
#endif
  FILE *out = strcmp(argv[4], "-") ? fopen(argv[4], "wb") : NULL;
  double *plane = malloc(rows * 8);
  double *times = malloc(repetitions * sizeof(double));
  printf("{\"version\":\"%s\",\"cases\":{", version());
  int shown = 0;
  for (int c = 5; c < argc; c++) {
    if (!run(argv[c])) continue; // not among its functions
    const double begin = now();
    int count = 0;
    do {
      const double start = used();
      run(argv[c]);
      times[count++] = (used() - start) / rows;
    } while (count < repetitions && now() - begin < budget);
    qsort(times, count, sizeof(double), ascending);
    printf("%s\"%s\":{\"ns\":%.4f,\"planes\":%d}", shown++ ? "," : "", argv[c], times[count / 2], planes);
    for (int i = 0; out && i < planes; i++) {
      const int first = begins[i];
      for (int row = 0; row < first; row++) plane[row] = NAN;
      memcpy(plane + first, results[i], (rows - first) * 8);
      fwrite(plane, 8, rows, out);
    }
  }
  printf("}}\n");
  if (out) fclose(out);
  return 0;
}
