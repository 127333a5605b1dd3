export { execute } from "./run";

/** First byte that the host may use; everything below is static data of the module. */
export function heapBase(): usize {
  return __heap_base;
}
