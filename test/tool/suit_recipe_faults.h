/* Recipes that are wrong, and what is said about them. */
// clang-format off
#define HEAD "manifest:\n  manifest-sequence-number: 1\n" \
	     "  components: {app: ta/app}\n"
#define SHARED "  shared-sequence:\n    - override-parameters:\n"

{"", "recipe: there is nothing in it"},
{"- 1\n", "recipe:1:1: a mapping is wanted"},
{"manifest: [\n", "recipe:2:1: "},
{"{\"manifest\": {\"components\": {}}, \"manifest\": 1}", "stands twice"},
{"colour: red\n", "recipe:1:1: there is no field \"colour\" here"},
{"manifest: {components: {}}\n", "manifest-sequence-number: is missing"},
{HEAD "  frobnicate: 1\n", "recipe:4:3: there is no \"frobnicate\" here"},
{HEAD "  install:\n    - fetsh\n", "recipe:5:7: install: there is no \"fetsh\""},
{HEAD "  install:\n    - set-component-index: apq\n",
 "recipe:5:28: set-component-index: there is no component \"apq\""},
{HEAD "  install:\n    - override-parameters\n", "wants an argument"},
{HEAD "  install:\n    - {fetch: 1, copy: 2}\n", "recipe:5:7: "},
{HEAD SHARED "        image-size: much\n",
 "recipe:6:21: image-size: a number from 0"},
{HEAD SHARED "        image-digest: abcd\n",
 "recipe:6:23: image-digest: the 32 octets of a SHA-256"},
{HEAD SHARED "        vendor-identifier: acme\n",
 "recipe:6:28: vendor-identifier: a UUID, a domain"},
{HEAD SHARED "        class-identifier: board\n", "needs a vendor-identifier"},
{HEAD SHARED "        version: 1.2\n", "a comparison such as"},
{HEAD SHARED "        version: \">= 1.x\"\n", "a version such as"},
{HEAD SHARED "        image-size: 1\n        14: 2\n",
 "one key stands twice"},
{HEAD SHARED "        encryption-info: ff\n", "not one CBOR item"},
/* no build metadata, and nothing begins with a class */
{HEAD "  set-version: \"1.2+5\"\n", "a version such as"},
{HEAD "  set-version: rc.1\n", "a version such as"},
{HEAD "  text: {en: {manifest-descriptions: x}}\n",
 "recipe:4:15: there is no \"manifest-descriptions\""},
{HEAD "sever: [install]\n", "recipe:4:9: sever: the manifest has no such"},
{HEAD "  validate: [image-match]\nsever: [validate]\n",
 "can be severed"},
{HEAD "payloads:\n  - uri: x\n", "uri and one of file"},
{HEAD "payloads:\n  - {uri: x, file: none}\n", "no file is opened here"},
{"manifest: {manifest-sequence-number: 1, components: {\"1\": a}}\n",
 "cannot be a name"},
/* anchors: one within itself, and one that stands for too many */
{"manifest: &a [*a]\n", "too-deep"},
{"a: &a [1, 1, 1, 1, 1, 1, 1, 1]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
 "c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n"
 "d: &d [*c, *c, *c, *c, *c, *c, *c, *c]\n"
 "e: &e [*d, *d, *d, *d, *d, *d, *d, *d]\n"
 "f: &f [*e, *e, *e, *e, *e, *e, *e, *e]\n"
 "g: &g [*f, *f, *f, *f, *f, *f, *f, *f]\n",
 "too-deep"},
{"{\"manifest\": \"\\ud83d\"}", "recipe:"},
/* what only somebody who knows manifests would see */
{HEAD "  install:\n    - fetch\n",
 "recipe:5:7: fetch: wants uri of component app, which is not set"},
{HEAD "  validate: [image-match]\n",
 "image-match: wants image-digest of component app"},
{HEAD "  install:\n    - try-each:\n"
      "        - [override-parameters: {uri: \"#a\"}]\n        - [abort]\n"
      "    - fetch\n",
 "recipe:8:7: fetch: wants uri"},
{HEAD "  shared-sequence:\n    - -300: 1\n", "no custom command"},
{HEAD SHARED "        -300: 1\n", "no custom parameter"},
{HEAD "  shared-sequence:\n    - set-parameters: {image-size: 1}\n",
 "recipe:5:24: image-size: what keeps a device safe"},
{"manifest:\n  manifest-sequence-number: 1\n"
 "  components: {a: a, b: b}\n  install: [unlink]\n",
 "recipe:4:13: unlink: with several components"},
/* what the device says, at its place in the recipe */
{HEAD "  install:\n    - 99: 1\n", "recipe:5:7: 99: unsupported-command"},
{HEAD SHARED "        99: 1\n", "recipe:6:9: 99: unsupported-parameter"},
{HEAD "  validate:\n    - invoke\n", "recipe:5:7: invoke: "},
{HEAD "  install:\n    - set-component-index: 7\n", "out-of-range"},
{HEAD SHARED "        image-digest: {text: one}\n        image-size: 3\n"
      "  install:\n    - override-parameters: {uri: \"#p\"}\n    - fetch\n"
      "    - image-match\npayloads:\n  - {uri: \"#p\", text: two}\n",
 "image-digest: "},
/* signatures that a recipe brings along: of what, and of this manifest? */
{HEAD "authentication: {blocks: [d28440a0f640]}\n",
 "recipe:4:17: authentication: blocks are of the digest beside them"},
{HEAD "authentication:\n  digest: \"0000000000000000000000000000000000000000"
 "000000000000000000000000\"\n  blocks: [d28440a0f640]\n",
 "delete authentication from the recipe first"},
