import { assert, type NodeId } from "@coterie/core";
import { type Owner, Ring } from "@coterie/hash-ring";
import type { RecordedChange, RingRecord } from "@coterie/shard-engine";
import { type ChangeVerdict, changeInWords, refused } from "./change-verdict.ts";

/** What an operator asks for. */
export type ChangeRequest =
  /** Nodes that are members come to own their share. */
  | { readonly kind: "join"; readonly nodes: readonly Owner[] }
  /** Owners that work hand over what they hold; they may come back. */
  | { readonly kind: "leave"; readonly nodes: readonly NodeId[] }
  /** A member takes the place, weight and zone of an owner that will not come back. */
  | { readonly kind: "replace"; readonly old: NodeId; readonly by: NodeId }
  /** Nodes that will not come back; their ids are refused for ever. */
  | { readonly kind: "remove"; readonly nodes: readonly NodeId[] }
  | { readonly kind: "weight"; readonly node: NodeId; readonly weight: number };

/** What is known where the change is begun. */
export interface ChangeScene {
  /** For the change: 16 hexadecimal digits, never used before. */
  readonly id: string;
  /** Go on where too few old owners are left to prove a copy complete. */
  readonly acceptLoss: boolean;
  /** All members, and whether each is thought to be alive. */
  readonly members: ReadonlyMap<NodeId, boolean>;
  /** Bytes a second that each node may copy; undefined: it yields to clients. */
  readonly throttle?: number;
}

/** The first step of a ring change (design §9), or a sentence on why there will be none. */
export function beginChange(
  record: RingRecord,
  request: ChangeRequest,
  scene: ChangeScene,
): ChangeVerdict {
  if (record.phase !== "stable") {
    return refused(
      `${changeInWords(record)} is in progress: wait for it, or take it back with \`coterie ring abort\``,
    );
  }
  const nodes = nodesOf(request);
  const fault = faultIn(record, request, nodes, scene);
  if (fault !== undefined) return refused(fault);
  const next = ownersAfter(record.owners, request);
  const faultOfRing = faultOfOwners(record, next) ?? faultOfMajority(next, scene.members);
  if (faultOfRing !== undefined) return refused(faultOfRing);
  const epoch = record.epoch + 1;
  if (sameOwners(record.owners, next)) {
    if (request.kind !== "remove") return refused("nothing would change");
    // Nodes that own nothing leave nothing to copy: being refused is all.
    const removed = [...new Set([...record.removed, ...nodes])].sort();
    return { type: "accepted", record: { ...record, epoch, removed } };
  }
  const change: RecordedChange = {
    id: scene.id,
    kind: request.kind,
    nodes,
    acceptLoss: scene.acceptLoss,
    aborting: false,
    paused: false,
    ...(scene.throttle === undefined ? {} : { throttle: scene.throttle }),
  };
  return { type: "accepted", record: { ...record, epoch, phase: "joining", next, change } };
}

/** Whom it is about; of a replacement first who goes, then who comes. */
export function nodesOf(request: ChangeRequest): readonly NodeId[] {
  switch (request.kind) {
    case "join":
      return request.nodes.map(({ id }) => id);
    case "leave":
    case "remove":
      return request.nodes;
    case "replace":
      return [request.old, request.by];
    case "weight":
      return [request.node];
  }
}

function faultIn(
  record: RingRecord,
  request: ChangeRequest,
  nodes: readonly NodeId[],
  { members }: ChangeScene,
): string | undefined {
  if (nodes.length === 0) return "name at least one node";
  const twice = nodes.find((id, i) => nodes.indexOf(id) !== i);
  if (twice !== undefined) return `${twice} is named twice`;
  const owns = (id: NodeId): boolean => record.owners.some((owner) => owner.id === id);
  const faultOfNewcomer = (id: NodeId): string | undefined => {
    if (owns(id)) return `${id} is an owner already`;
    if (record.removed.includes(id)) {
      return `${id} was removed for ever: give the node an empty directory and another id`;
    }
    if (!members.has(id)) return `${id} is not a member: start it with --join first`;
    return members.get(id) ? undefined : `${id} does not answer: start it before it is to own data`;
  };
  const faultOfOwner = (id: NodeId): string | undefined => {
    if (owns(id)) return undefined;
    return members.has(id)
      ? `${id} owns nothing`
      : `${id} is not an owner: \`coterie ring\` lists them`;
  };
  const faultOfGone = (id: NodeId): string | undefined => {
    if (record.removed.includes(id)) return `${id} was removed already`;
    if (!owns(id) && !members.has(id)) {
      return `the node that was asked knows no ${id}: \`coterie members\` lists whom it knows`;
    }
    return members.get(id)
      ? `${id} is alive, and would be refused for ever: let it leave, or stop it first`
      : undefined;
  };
  switch (request.kind) {
    case "join":
      return firstFault(nodes, faultOfNewcomer);
    case "leave":
    case "weight":
      return firstFault(nodes, faultOfOwner);
    case "replace":
      return faultOfOwner(request.old) ?? faultOfGone(request.old) ?? faultOfNewcomer(request.by);
    case "remove":
      return firstFault(nodes, faultOfGone);
  }
}

function firstFault(
  nodes: readonly NodeId[],
  faultOf: (id: NodeId) => string | undefined,
): string | undefined {
  for (const id of nodes) {
    const fault = faultOf(id);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function ownersAfter(owners: readonly Owner[], request: ChangeRequest): readonly Owner[] {
  switch (request.kind) {
    case "join":
      return byId([...owners, ...request.nodes]);
    case "leave":
    case "remove":
      return owners.filter(({ id }) => !request.nodes.includes(id));
    case "replace":
      return byId(
        owners.map((owner) =>
          // At the same tokens: only what the one held moves, to the other.
          owner.id === request.old ? { seat: owner.id, ...owner, id: request.by } : owner,
        ),
      );
    case "weight":
      return owners.map((owner) =>
        owner.id === request.node ? { ...owner, weight: request.weight } : owner,
      );
  }
}

function faultOfOwners({ partitions }: RingRecord, next: readonly Owner[]): string | undefined {
  if (next.length === 0) return "the last owner cannot go: the data would be nowhere";
  try {
    Ring.build(next, { partitions: Math.min(partitions, 2), replicas: 1 });
    return undefined;
  } catch (error) {
    assert(error instanceof Error, "a ring is refused with an Error");
    return error.message;
  }
}

/** The register's next step takes a majority of the owners that are left. */
function faultOfMajority(
  next: readonly Owner[],
  members: ReadonlyMap<NodeId, boolean>,
): string | undefined {
  const dead = next.filter(({ id }) => members.get(id) === false).map(({ id }) => id);
  if (2 * dead.length < next.length) return undefined;
  return `of the ${next.length} owners that there would be too few answer for the ring to change ever again: start ${dead.join(" and ")} first, or replace or remove what is gone`;
}

function byId(owners: readonly Owner[]): readonly Owner[] {
  return [...owners].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function sameOwners(a: readonly Owner[], b: readonly Owner[]): boolean {
  return (
    a.length === b.length &&
    a.every(({ id, weight, zone, seat }, i) => {
      const other = b[i]!;
      const same = id === other.id && weight === other.weight && zone === other.zone;
      return same && seat === other.seat;
    })
  );
}
