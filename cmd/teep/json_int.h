/*
 * json_int: between the files that turn CBOR into JSON and back.
 */
#ifndef TEEP_JSON_INT_H
#define TEEP_JSON_INT_H

#include "json.h"

/* One item by its shape. */
json_t *json_out(
    struct json *j, const struct item *i, const struct shape *shape);

/* NULL: j->message is filled. */
struct item *json_in(struct json *j, const json_t *v, const struct shape *shape,
    const struct trail *at);

/* The first member's name if it begins with $, else NULL. */
const char *json_word(const json_t *v);
/* The CBOR type that such a form stands for; CBOR_ANY: any, or unknown. */
enum cbor_type json_form_type(const char *word);
/* What is behind functions of the printer. */
const struct shape *json_behind(const struct shape *shape);
const struct shape *json_value_shape(
    const struct shape *shape, const struct item *key);
const struct shape *json_argument_shape(
    const struct shape *shape, int64_t code);
/* May an item of this type stand where shape is? */
bool json_fits(const struct shape *shape, const struct item *i);
/* The alternative that a reader takes for v; NULL: none. */
const struct shape *json_pick(const struct shape *shape, const json_t *v);

/* The name of a number of this shape, if that leads back; and back. */
const char *json_name(const struct shape *shape, int64_t v);
bool json_number(const struct shape *shape, const char *name, int64_t *out);
/* A number as text without anything else: -5, 0, 17. */
bool json_decimal(const char *text, int64_t *out);

/* Floats: the value of bits of a width of 2, 4 or 8 octets; and the bits of
 * one, false if that width does not hold it. */
double json_float(uint64_t bits, unsigned width);
bool json_float_bits(double v, unsigned width, uint64_t *bits);

/* ---- items as JSON ----------------------------------------------------------
 */

/* An object of one member, of two. */
json_t *json_one(const char *word, json_t *v);
json_t *json_two(const char *word, json_t *v, const char *other, json_t *w);
json_t *json_hex_string(struct bytes b);
/* Leaves without a shape; a text, a number, a simple value or float. */
json_t *json_any_text(const struct item *i);
json_t *json_any_int(const struct item *i);
json_t *json_any_simple(const struct item *i);
/* By their shapes; NULL: it has no such form. */
json_t *json_time_out(struct json *j, const struct item *i);
json_t *json_name_out(const struct item *i, const struct shape *shape);
json_t *json_bits_out(const struct item *i, const struct shape *shape);
json_t *json_id_out(struct json *j, const struct item *i);
/* An array, each item by the same shape. */
json_t *json_list_out(
    struct json *j, const struct item *i, const struct shape *of);

/* ---- JSON as items: all answer NULL on error --------------------------------
 */

struct item *json_hex_in(struct json *j, const json_t *v, enum cbor_type type,
    const struct trail *at);
struct item *json_text_in(
    struct json *j, const json_t *v, const struct trail *at);
struct item *json_int_in(
    struct json *j, const json_t *v, const struct trail *at);
/* The shortest float of width octets or more that holds v. */
struct item *json_real_in(struct json *j, double v, unsigned width);
struct item *json_float_in(
    struct json *j, const json_t *v, const struct trail *at);
struct item *json_simple_in(
    struct json *j, const json_t *v, const struct trail *at);
struct item *json_time_in(
    struct json *j, const json_t *v, const struct trail *at);
struct item *json_name_in(struct json *j, const json_t *v,
    const struct shape *shape, const struct trail *at);
struct item *json_bits_in(struct json *j, const json_t *v,
    const struct shape *shape, const struct trail *up);
struct item *json_id_in(
    struct json *j, const json_t *v, const struct trail *at);
/* An object that begins with this word. */
struct item *json_form_in(struct json *j, const json_t *v, const char *word,
    const struct shape *shape, const struct trail *at);
/* Put an item at the end of a list that is being made; false: it is NULL. */
bool json_chain(struct item ***end, struct item *i);

#endif
