/** What V8 writes with --cpu-prof. Times are microseconds of the machine's monotonic clock. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  /** Ids of nodes. */
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
  readonly children?: readonly number[];
}

/** The part of a profile between two moments. */
export function slice(profile: CpuProfile, fromUs: number, untilUs: number): CpuProfile {
  const samples: number[] = [];
  const timeDeltas: number[] = [];
  let atUs = profile.startTime;
  for (const [index, sample] of profile.samples.entries()) {
    const deltaUs = profile.timeDeltas[index]!;
    atUs += deltaUs;
    if (atUs < fromUs || atUs >= untilUs) continue;
    samples.push(sample);
    timeDeltas.push(samples.length === 1 ? 0 : deltaUs);
  }
  return { nodes: profile.nodes, startTime: fromUs, endTime: untilUs, samples, timeDeltas };
}

/**
 * Microseconds by stage: each sample belongs to the innermost frame that is a package's, so that what a package calls
 * of Node or of native code is its own. Idle time is left out.
 */
export function stagesOf(profile: CpuProfile): Map<string, number> {
  const stages = new Map<number, string | undefined>();
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const parents = new Map<number, number>();
  for (const { id, children = [] } of profile.nodes) {
    for (const child of children) parents.set(child, id);
  }
  const stage = (id: number): string | undefined => {
    if (stages.has(id)) return stages.get(id);
    const parent = parents.get(id);
    const found = stageOfFrame(byId.get(id)!) ?? (parent === undefined ? undefined : stage(parent));
    stages.set(id, found);
    return found;
  };
  const sums = new Map<string, number>();
  for (const [index, id] of profile.samples.entries()) {
    const name = stage(id) ?? "node";
    if (name === IDLE) continue;
    sums.set(name, (sums.get(name) ?? 0) + profile.timeDeltas[index]!);
  }
  return sums;
}

const IDLE = "idle";

function stageOfFrame({ callFrame: { functionName, url } }: ProfileNode): string | undefined {
  if (functionName === "(idle)") return IDLE;
  if (functionName === "(garbage collector)") return "garbage collection";
  if (functionName === "(program)") return "native, outside JavaScript";
  const library = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1];
  if (library !== undefined) return library;
  return /\/(?:packages|apps)\/([^/]+)\//.exec(url)?.[1];
}
