/** How V8 is to run a node. For node's command line: V8 promises nothing for flags that are set once it runs. */
export const V8_FLAGS: readonly string[] = [
  // V8 uses quiet to collect what the quiet does not need, and this takes what it has learnt of the hot code along: after 20 s without
  // load some hundred functions of each shard's thread were compiled anew. Together: 0.92 × the CPU for puts.
  "--no-flush-bytecode",
  "--no-memory-reducer",
  // A put goes through some hundred functions a little larger than the 460 bytes up to which V8 inlines.
  "--max-inlined-bytecode-size=1000",
];

/**
 * How glibc is to: an environment with `GLIBC_TUNABLES`, of which other libraries of C take no notice. Caches of rows and of SQLite's
 * pages are tens of MiB, of which each operation touches a few places far from each other. In huge pages
 * (`/sys/kernel/mm/transparent_hugepage/enabled`: `madvise` or `always`) the processor finds them sooner: 0.97 × the CPU for puts and A.
 */
export const LIBC_SETTINGS: Readonly<Record<string, string>> = {
  GLIBC_TUNABLES: "glibc.malloc.hugetlb=1",
};
