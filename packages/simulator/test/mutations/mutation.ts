/** One change to a built module, as text that occurs there exactly once. */
interface Edit {
  /** Package and file, as "quorum/dist/put.js". */
  readonly module: string;
  readonly find: string;
  readonly replace: string;
}

/** What is other than usual in the runs that look for a bug (see `SimulationOptions`). */
export interface Setting {
  readonly nodes?: number;
  readonly operations?: number;
  readonly deletes?: boolean;
  readonly ringChanges?: boolean;
  readonly ambushes?: boolean;
}

/** A bug put into the store on purpose. */
export interface Mutation {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly setting: Setting;
}

export function edit(module: string, find: string, replace: string): Edit {
  return { module: module.replace("/", "/dist/"), find, replace };
}

export function mutation(name: string, ...edits: readonly Edit[]): Mutation {
  return { name, edits, setting: {} };
}

/** One that matters only while more goes on than faults by lot. */
export function mutationIn(setting: Setting, name: string, ...edits: readonly Edit[]): Mutation {
  return { name, edits, setting };
}
