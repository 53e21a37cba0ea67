/** How V8 is to run a node. For node's command line: V8 promises nothing for flags that are set once it runs. */
export const V8_FLAGS: readonly string[] = [
  // V8 uses quiet to collect what the quiet does not need, and this takes what it has learnt of the hot code along: after 20 s without
  // load some hundred functions of each shard's thread were compiled anew. Together: 0.92 × the CPU for puts.
  "--no-flush-bytecode",
  "--no-memory-reducer",
  // V8 inlines functions of up to 460 bytes of bytecode, and 920 in all into one. What a put goes through is larger in places.
  "--max-inlined-bytecode-size=1000",
  "--max-inlined-bytecode-size-cumulative=2500",
];
