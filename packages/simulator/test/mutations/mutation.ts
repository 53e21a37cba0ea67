/** One change to a built module, as text that occurs there exactly once. */
interface Edit {
  /** Package and file, as "quorum/dist/put.js". */
  readonly module: string;
  readonly find: string;
  readonly replace: string;
}

/** A bug put into the store on purpose. */
export interface Mutation {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** What has to go on beside the faults for it to matter; nothing else by default. */
  readonly during?: "deletes" | "ringChanges";
}

export function edit(module: string, find: string, replace: string): Edit {
  return { module: module.replace("/", "/dist/"), find, replace };
}

export function mutation(name: string, ...edits: readonly Edit[]): Mutation {
  return { name, edits };
}

export function duringDeletes(name: string, ...edits: readonly Edit[]): Mutation {
  return { name, edits, during: "deletes" };
}

export function duringRingChanges(name: string, ...edits: readonly Edit[]): Mutation {
  return { name, edits, during: "ringChanges" };
}
