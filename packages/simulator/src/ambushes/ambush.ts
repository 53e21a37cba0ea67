import { pick, type SeededRandom } from "@coterie/core";
import type { Bucket } from "@coterie/quorum";
import type { FaultKind } from "../fault.ts";
import { PEACEFUL_RING_FAULTS } from "../ring-fault.ts";
import { RING_AMBUSHES } from "./ring-ambushes.ts";
import type { AmbushScene } from "./scene.ts";
import { WRITE_AMBUSHES } from "./write-ambushes.ts";

/**
 * A fault that is aimed: it waits for a step of a protocol, and does its harm just then. Faults by lot seldom
 * meet the few milliseconds on which a rule depends; what they are good for is what nobody thought of.
 */
export interface Ambush {
  /** What it does, as half a sentence. */
  readonly name: string;
  /** What has to go on for it to make sense; without it: nothing. */
  readonly needs?: "ringChanges" | "deletes";
  /** The longest that a client rests between two calls: for ambushes that take seconds. Default: drawn, short. */
  readonly thinkMs?: number;
  /** What is other than usual in the bucket that clients use. */
  readonly bucket?: Partial<Bucket>;
  /** Once; what it leaves behind is healed. */
  readonly play: (scene: AmbushScene) => Promise<void>;
}

/** Which of the ambushes that make sense a run meets, again and again. */
export function drawAmbush(
  random: SeededRandom,
  { deletes = false, ringChanges = false }: { deletes?: boolean; ringChanges?: boolean },
): Ambush {
  const goesOn = { deletes, ringChanges };
  const possible = [...RING_AMBUSHES, ...WRITE_AMBUSHES].filter(({ needs }) => {
    return needs === undefined ? !deletes && !ringChanges : goesOn[needs];
  });
  return pick(random, possible);
}

/**
 * What else a run may meet by lot. Every second ambush is disturbed by nothing but ring changes; and where one copy
 * is enough no disk may be lost.
 */
export function faultsBeside(
  { bucket }: Ambush,
  {
    seed,
    faults,
    ringChanges = false,
  }: { seed: number; faults: readonly FaultKind[]; ringChanges?: boolean },
): readonly FaultKind[] {
  const peaceful: readonly FaultKind[] = ringChanges ? PEACEFUL_RING_FAULTS : [];
  if (seed % 2 === 0) return faults.filter((kind) => peaceful.includes(kind));
  return bucket === undefined ? faults : faults.filter((kind) => !LOSSES.includes(kind));
}

const LOSSES: readonly FaultKind[] = ["wipe", "restore", "rot", "ringReplace", "ringRemove"];

/** Plays it until the scene is over. */
export async function playAmbush(scene: AmbushScene, { name, play }: Ambush): Promise<void> {
  scene.note(name);
  while (scene.isActive) {
    await scene.sleep(0, 400);
    await play(scene);
    scene.heal();
  }
}
