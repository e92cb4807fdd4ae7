// SPDX-License-Identifier: MIT
#include "lettering_net.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

// The figures as tools/lettering/export.py writes them, little-endian.
#if defined(__GNUC__)
__asm__(".section .rodata\n"
        ".balign 16\n"
        "lettering_figures:\n"
        ".incbin \"" LETTERING_FIGURES "\"\n"
        "lettering_figures_end:\n"
        ".byte 0\n"
        ".text\n");
#endif
extern const uint8_t lettering_figures[], lettering_figures_end[];

// Signs are computed TILE at a time, for PIXELS neighbours at once: twelve sums
// that stay in registers.
enum { TILE = 16, HALF = TILE / 2, PIXELS = 6 };
enum { LAYERS_MAX = 12, SIGNS_MAX = 256, SIGN_BYTES = 5, CHANNELS_MAX = 512 };

typedef float half __attribute__((vector_size(HALF * sizeof(float)),
                                  aligned(sizeof(float)), may_alias));

typedef struct layer {
  int in, out, tiles;
  int kernel_rows, kernel_columns;
  int pad_rows, pad_columns;
  int pool_rows, pool_columns;
  bool rectified;
  float *weights; // [tile][kernel row][kernel column][in][TILE]
  float *bias;    // [tiles * TILE]
} layer;

struct lettering_net {
  int signs, layers;
  char sign[SIGNS_MAX][SIGN_BYTES];
  layer layer[LAYERS_MAX];
};

// ---- opening ----

typedef struct figures {
  const uint8_t *at, *end;
} figures;

static int take_integer(figures *f) {
  if (f->end - f->at < 4)
    return -1;
  uint32_t value = f->at[0] | (uint32_t)f->at[1] << 8 |
                   (uint32_t)f->at[2] << 16 | (uint32_t)f->at[3] << 24;
  f->at += 4;
  return value <= INT32_MAX ? (int)value : -1;
}

// The upper half of a float.
static bool take_floats(figures *f, float *out, size_t count) {
  if ((size_t)(f->end - f->at) < 2 * count)
    return false;
  for (size_t i = 0; i < count; i++, f->at += 2) {
    uint32_t bits = (uint32_t)f->at[0] << 16 | (uint32_t)f->at[1] << 24;
    memcpy(out + i, &bits, sizeof bits);
  }
  return true;
}

static size_t weight_count(const layer *l) {
  return (size_t)l->tiles * (size_t)l->kernel_rows * (size_t)l->kernel_columns *
         (size_t)l->in * TILE;
}

static bool take_layer(figures *f, layer *l) {
  int *const fields[] = {
      &l->in,       &l->out,         &l->kernel_rows, &l->kernel_columns,
      &l->pad_rows, &l->pad_columns, &l->pool_rows,   &l->pool_columns};
  for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
    *fields[i] = take_integer(f);
    if (*fields[i] < 0 || *fields[i] > CHANNELS_MAX)
      return false;
  }
  l->rectified = take_integer(f) == 1;
  l->tiles = (l->out + TILE - 1) / TILE;
  l->weights = calloc(weight_count(l), sizeof(float));
  l->bias = calloc((size_t)l->tiles * TILE, sizeof(float));
  return l->weights && l->bias &&
         take_floats(f, l->bias, (size_t)l->tiles * TILE) &&
         take_floats(f, l->weights, weight_count(l));
}

static int sign_length(uint8_t first) {
  return first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

static bool take_signs(figures *f, lettering_net *net) {
  int bytes = take_integer(f);
  if (bytes < 0 || f->end - f->at < bytes)
    return false;
  const uint8_t *end = f->at + bytes;
  net->signs = 1; // number 0 is no sign
  while (f->at < end && net->signs < SIGNS_MAX) {
    int length = sign_length(*f->at);
    memcpy(net->sign[net->signs++], f->at, (size_t)length);
    f->at += length;
  }
  return f->at == end;
}

static bool net_open(lettering_net *net) {
  figures f = {lettering_figures, lettering_figures_end};
  if (!take_signs(&f, net))
    return false;
  net->layers = take_integer(&f);
  if (net->layers < 1 || net->layers > LAYERS_MAX)
    return false;
  for (int i = 0; i < net->layers; i++)
    if (!take_layer(&f, &net->layer[i]))
      return false;
  return net->layer[net->layers - 1].out == net->signs;
}

const lettering_net *lettering_net_get(error *e) {
  static lettering_net net; // kept: a reader reads many pages
  static bool opened;
  opened = opened || net_open(&net);
  if (!opened)
    error_set(e, REASON_INTERNAL, "the lettering model cannot be opened");
  return opened ? &net : NULL;
}

int lettering_net_signs(const lettering_net *net) { return net->signs; }

const char *lettering_net_sign(const lettering_net *net, int number) {
  return net->sign[number];
}

// ---- running ----

// A stack of feature maps, rows by columns by channels, with a border of zeros
// and room for PIXELS more columns on the right.
typedef struct maps {
  int rows, columns, channels;
  int pad_rows, pad_columns;
  float *values;
} maps;

static size_t maps_stride(const maps *m) {
  return (size_t)(m->columns + 2 * m->pad_columns + PIXELS) *
         (size_t)m->channels;
}

static float *maps_at(const maps *m, int row, int column) {
  return m->values + (size_t)(row + m->pad_rows) * maps_stride(m) +
         (size_t)(column + m->pad_columns) * (size_t)m->channels;
}

static bool maps_new(maps *m, int rows, int columns, int channels, int pad_rows,
                     int pad_columns) {
  *m = (maps){rows, columns, channels, pad_rows, pad_columns, NULL};
  m->values =
      calloc((size_t)(rows + 2 * pad_rows) * maps_stride(m), sizeof(float));
  return m->values != NULL;
}

// PIXELS neighbours of one output row, TILE channels of them.
static inline __attribute__((always_inline)) void
convolve(const layer *l, const maps *in, int row, int column, int tile,
         float *out) {
  half sums[PIXELS][2];
  const half *bias = (const half *)(l->bias + (size_t)tile * TILE);
  for (int p = 0; p < PIXELS; p++) {
    sums[p][0] = bias[0];
    sums[p][1] = bias[1];
  }
  const float *weights =
      l->weights + weight_count(l) / (size_t)l->tiles * (size_t)tile;
  for (int y = 0; y < l->kernel_rows; y++) {
    const float *from =
        maps_at(in, row - l->pad_rows + y, column - l->pad_columns);
    for (int x = 0; x < l->kernel_columns; x++) {
      for (int channel = 0; channel < l->in; channel++, weights += TILE) {
        const half *w = (const half *)weights;
        for (int p = 0; p < PIXELS; p++) {
          float v = from[(size_t)(x + p) * (size_t)l->in + (size_t)channel];
          sums[p][0] += w[0] * v;
          sums[p][1] += w[1] * v;
        }
      }
    }
  }
  memcpy(out, sums, sizeof sums);
}

typedef void convolve_row(const layer *l, const maps *in, int row, int columns,
                          float *out);

// One output row of all channels: columns by tiles * TILE.
static inline __attribute__((always_inline)) void
convolve_columns(const layer *l, const maps *in, int row, int columns,
                 float *out) {
  float sums[PIXELS * TILE];
  size_t channels = (size_t)l->tiles * TILE;
  for (int tile = 0; tile < l->tiles; tile++)
    for (int column = 0; column < columns; column += PIXELS) {
      convolve(l, in, row, column, tile, sums);
      int count = columns - column < PIXELS ? columns - column : PIXELS;
      for (int p = 0; p < count; p++)
        memcpy(out + (size_t)(column + p) * channels + (size_t)tile * TILE,
               sums + (size_t)p * TILE, TILE * sizeof(float));
    }
}

static void convolve_row_plain(const layer *l, const maps *in, int row,
                               int columns, float *out) {
  convolve_columns(l, in, row, columns, out);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) static void
convolve_row_avx2(const layer *l, const maps *in, int row, int columns,
                  float *out) {
  convolve_columns(l, in, row, columns, out);
}

static convolve_row *best_convolve_row(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
             ? convolve_row_avx2
             : convolve_row_plain;
}
#else
static convolve_row *best_convolve_row(void) { return convolve_row_plain; }
#endif

// Keeps the largest of each pool; what is below 0 goes where a layer says so.
static void pool_row(const layer *l, const float *row, maps *out, int at) {
  size_t channels = (size_t)l->tiles * TILE;
  for (int column = 0; column < out->columns; column++) {
    float *to = maps_at(out, at, column);
    for (int x = 0; x < l->pool_columns; x++) {
      const float *from =
          row + (size_t)(column * l->pool_columns + x) * channels;
      for (int c = 0; c < out->channels; c++)
        to[c] = fmaxf(to[c], from[c]);
    }
  }
}

static int run_layer(const layer *l, const maps *in, maps *out, int pad_rows,
                     int pad_columns) {
  int rows = in->rows + 2 * l->pad_rows - l->kernel_rows + 1;
  int columns = in->columns + 2 * l->pad_columns - l->kernel_columns + 1;
  float *row = calloc((size_t)columns, (size_t)l->tiles * TILE * sizeof(float));
  if (!row || !maps_new(out, rows / l->pool_rows, columns / l->pool_columns,
                        l->out, pad_rows, pad_columns)) {
    free(row);
    return -1;
  }
  if (!l->rectified) // else the zeros that the maps begin with are the floor
    for (int y = 0; y < out->rows; y++)
      for (int i = 0; i < out->columns * out->channels; i++)
        maps_at(out, y, 0)[i] = -INFINITY;
  convolve_row *run = best_convolve_row();
  for (int y = 0; y < out->rows * l->pool_rows; y++) {
    run(l, in, y, columns, row);
    pool_row(l, row, out, y / l->pool_rows);
  }
  free(row);
  return 0;
}

// Scores to probabilities.
static void normalize(float *scores, int count) {
  float top = scores[0], total = 0;
  for (int i = 1; i < count; i++)
    top = fmaxf(top, scores[i]);
  for (int i = 0; i < count; i++)
    total += scores[i] = expf(scores[i] - top);
  for (int i = 0; i < count; i++)
    scores[i] /= total;
}

int lettering_net_run(const lettering_net *net, const float *picture, int width,
                      float *scores, error *e) {
  const layer *layers = net->layer;
  maps in;
  if (!maps_new(&in, LETTERING_HEIGHT, width, 1, layers[0].pad_rows,
                layers[0].pad_columns))
    return error_memory(e);
  for (int y = 0; y < LETTERING_HEIGHT; y++)
    memcpy(maps_at(&in, y, 0), picture + (size_t)y * (size_t)width,
           (size_t)width * sizeof(float));
  for (int i = 0; i < net->layers; i++) {
    const layer *next = i + 1 < net->layers ? &layers[i + 1] : NULL;
    maps out;
    int status = run_layer(&layers[i], &in, &out, next ? next->pad_rows : 0,
                           next ? next->pad_columns : 0);
    free(in.values);
    if (status < 0)
      return error_memory(e);
    in = out;
  }
  for (int column = 0; column < in.columns; column++) {
    float *of_column = scores + (size_t)column * (size_t)net->signs;
    memcpy(of_column, maps_at(&in, 0, column),
           (size_t)net->signs * sizeof(float));
    normalize(of_column, net->signs);
  }
  free(in.values);
  return 0;
}
