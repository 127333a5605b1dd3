export { anchorRows } from "./anchorRows";
export { execute } from "./run";
export { alignRows } from "./wire/align";
export { decodeRows } from "./wire/decodeRows";
export { encodeRows } from "./wire/encodeRows";
export { fillKeys, scanRows } from "./wire/scan";
export { unframe } from "./wire/unframe";

/** First byte that the host may use; everything below is static data of the module. */
export function heapBase(): usize {
  return __heap_base;
}
