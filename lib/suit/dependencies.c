/*
 * dependencies: what a manifest says of those that it depends on.
 *                                            [SUIT TD SUIT_Dependencies]
 */
#include "suit_int.h"

/* The prefix of dependency i: empty if it has none. */
struct bytes
dependency_prefix(const struct suit_manifest *m, size_t i)
{
	struct cbor_in r = cbor_items(m->dependencies);

	for (size_t k = 0; k < m->dependencies.n; k++) {
		bool found = cbor_uint(&r, 0, UINT8_MAX) == i;
		size_t n = cbor_map_any(&r, 0, 1);
		struct bytes prefix = BYTES_NONE;

		if (n > 0 && cbor_uint(&r, 1, 1) == 1)
			prefix = cbor_raw(&r, CBOR_ARRAY);
		if (found)
			return prefix;
	}
	return BYTES_NONE;
}

/*
 * A dependency is one of the components, or is numbered from where these end.
 * Metadata is its prefix, or nothing.  A prefix says where the dependency
 * stands: one that names another place than the component does would have to
 * be put before all of its identifiers, which nobody does the same way.
 *                                     [SUIT TD SUIT_Dependency_Metadata]
 */
enum err
dependencies_read(
    struct bytes map, struct suit_manifest *m, const struct suit_fault *f)
{
	struct cbor_in r = cbor_open(map);
	size_t n = cbor_map_any(&r, 1, SUIT_COMPONENTS_MAX), start = r.at;
	unsigned beyond = 0;

	for (size_t k = 0; k < n && r.err == OK; k++) {
		uint64_t i = cbor_uint(&r, 0, SUIT_COMPONENTS_MAX - 1);

		if ((m->depends >> i & 1) != 0)
			cbor_fail(&r, ERR_DUPLICATE);
		m->depends |= UINT32_C(1) << i;
		beyond += i >= m->components.n;
		if (cbor_map_any(&r, 0, 1) > 0) {
			(void)cbor_uint(&r, 1, 1);
			(void)cbor_raw(&r, CBOR_ARRAY);
		}
	}
	TRY(suit_close(f, &r, "dependencies"));
	m->dependencies.raw = (struct bytes){map.p + start, map.n - start};
	m->dependencies.n = n;
	if (beyond > SUIT_COMPONENTS_MAX - m->components.n)
		return suit_refuse(f, ERR_LIMIT, "dependencies", map.p);
	m->n_indexes = (uint8_t)(m->components.n + beyond);
	/* those beyond leave no gap */
	for (size_t i = m->components.n; i < m->n_indexes; i++)
		if ((m->depends >> i & 1) == 0)
			return suit_refuse(f, ERR_RANGE, "dependencies", map.p);
	for (size_t i = 0; i < m->components.n; i++) {
		struct bytes prefix = dependency_prefix(m, i);

		if (prefix.n > 0 && !bytes_same(prefix, suit_component(m, i)))
			return suit_refuse(
			    f, ERR_DEPENDENCY, "dependency-prefix", prefix.p);
	}
	return OK;
}
