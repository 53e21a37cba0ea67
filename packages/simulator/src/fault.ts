import type { NodeId } from "@coterie/core";
import { RING_FAULT_KINDS, type RingFault } from "./ring-fault.ts";

/** What a run can suffer. Every one of them heals before the run is judged. */
export const HARM_KINDS = [
  "crash",
  "pause",
  "partition",
  "oneWay",
  "reset",
  "hang",
  "slowNetwork",
  "slowDisk",
  "diskError",
  "diskFull",
  "clockJump",
  "clockDrift",
  "wipe",
  "restore",
  "rot",
  "clientVanish",
] as const;

/** Everything that a run can meet. */
export const FAULT_KINDS = [...HARM_KINDS, ...RING_FAULT_KINDS] as const;

export type HarmKind = (typeof HARM_KINDS)[number];

export type FaultKind = (typeof FAULT_KINDS)[number];

export function isFaultKind(text: string): text is FaultKind {
  return (FAULT_KINDS as readonly string[]).includes(text);
}

/** One fault, with everything that chance has to say about it; `forMs` and `downMs`: until it is undone. */
export type Fault = Harm | RingFault;

export type Harm =
  | {
      readonly kind: "crash";
      readonly node: NodeId;
      /** The machine loses its power: the other ends of its connections are not told. */
      readonly power: boolean;
      /** The process dies in place of, or in the middle of, this many-th event of its ports from now. */
      readonly atCall: number;
      /** So many `await`s into that event; 0: before it. */
      readonly awaits: number;
      readonly downMs: number;
    }
  | { readonly kind: "pause"; readonly node: NodeId; readonly forMs: number }
  | {
      readonly kind: "partition";
      readonly some: readonly NodeId[];
      readonly others: readonly NodeId[];
      readonly forMs: number;
    }
  | {
      readonly kind: "oneWay";
      readonly from: NodeId;
      readonly to: NodeId;
      readonly forMs: number;
    }
  | { readonly kind: "reset" | "hang"; readonly from: NodeId; readonly to: NodeId }
  | {
      readonly kind: "slowNetwork";
      readonly node: NodeId;
      readonly delayMs: number;
      readonly forMs: number;
    }
  | {
      readonly kind: "slowDisk";
      readonly node: NodeId;
      readonly commitMs: number;
      readonly forMs: number;
    }
  | { readonly kind: "diskError"; readonly nodes: readonly NodeId[] }
  | { readonly kind: "diskFull"; readonly nodes: readonly NodeId[]; readonly forMs: number }
  | { readonly kind: "clockJump"; readonly node: NodeId; readonly byMs: number }
  | { readonly kind: "clockDrift"; readonly node: NodeId; readonly rate: number }
  | {
      readonly kind: "wipe";
      readonly node: NodeId;
      readonly downMs: number;
      /** So long after its start it crashes again, likely before it has recovered. */
      readonly againMs: number;
    }
  | {
      readonly kind: "restore";
      readonly node: NodeId;
      /** The copy that comes back is this old. */
      readonly ageMs: number;
      readonly downMs: number;
      readonly againMs: number;
    }
  /** Bits of stored rows flip, unnoticed; these rows in the order of the disk, counted round and round. */
  | { readonly kind: "rot"; readonly node: NodeId; readonly rows: readonly number[] }
  | { readonly kind: "clientVanish"; readonly client: number };

/** A fault and its moment. */
export interface PlannedFault {
  /** Its place in the plan of the seed: how a replay names it. */
  readonly number: number;
  /** Virtual milliseconds since the work began. */
  readonly atMs: number;
  readonly fault: Fault;
}

/** One line for people. */
export function describeFault({ number, atMs, fault }: PlannedFault): string {
  const { kind, ...facts } = fault;
  const described = Object.entries(facts).map(([name, value]) => `${name} ${textOf(value)}`);
  return `${String(number).padStart(4)}  ${atMs.toFixed(1).padStart(9)} ms  ${kind}  ${described.join(", ")}`;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join("+");
  return typeof value === "number" ? String(Math.round(value * 1_000) / 1_000) : String(value);
}
