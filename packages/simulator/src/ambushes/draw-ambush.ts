import { pick, type SeededRandom } from "@coterie/core";
import type { FaultKind } from "../fault.ts";
import { PEACEFUL_RING_FAULTS } from "../ring-fault.ts";
import type { Ambush } from "./ambush.ts";
import { COLLECTION_AMBUSHES } from "./collection-ambushes.ts";
import { RING_AMBUSHES } from "./ring-ambushes.ts";
import type { AmbushScene } from "./scene.ts";
import { WRITE_AMBUSHES } from "./write-ambushes.ts";

/** Which of the ambushes that make sense a run meets, again and again. */
export function drawAmbush(
  random: SeededRandom,
  { deletes = false, ringChanges = false }: { deletes?: boolean; ringChanges?: boolean },
): Ambush {
  const goesOn = { deletes, ringChanges };
  const possible = [...RING_AMBUSHES, ...WRITE_AMBUSHES, ...COLLECTION_AMBUSHES].filter(
    ({ needs }) => {
      return needs.length === 0 ? !deletes && !ringChanges : needs.every((need) => goesOn[need]);
    },
  );
  // Those that need both are the only ones that can be met nowhere else.
  const shares = possible.flatMap((ambush) =>
    Array<Ambush>(Math.max(1, ambush.needs.length ** 2)).fill(ambush),
  );
  return pick(random, shares);
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
