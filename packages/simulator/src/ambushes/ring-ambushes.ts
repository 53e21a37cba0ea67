import { below, type NodeId, pick, shuffle } from "@coterie/core";
import type { Ambush } from "./ambush.ts";
import type { AmbushScene } from "./scene.ts";

/** So long a change may take before an ambush gives up on it. */
const CHANGE_MS = 12_000;
const THINK_MS = 600;

/**
 * It learns of a change late, as its disk is slow, and leads writes under the ring before while one of the others
 * does not hear of them.
 */
const slowLeaver: Ambush = {
  name: "who leaves is slow to store that the ring changes",
  needs: ["ringChanges"],
  thinkMs: THINK_MS,
  async play(scene) {
    const { node } = await scene.phase("joining");
    const { owners, next } = scene.cluster.ring.record;
    const goes = owners.filter(({ id }) => id !== node && next.every((owner) => owner.id !== id));
    const slow = goes[0]?.id ?? pick(scene.random, ownersOf(scene));
    scene.note(`${slow} is slow`);
    scene.slowDisk(slow, 500);
    const deaf = shuffle(
      scene.random,
      scene.ids.filter((id) => id !== slow),
    );
    for (const id of deaf.slice(0, 2)) scene.hold(slow, id);
    await Promise.race([scene.phase("switched"), scene.sleep(6_000)]);
    await scene.sleep(1_500);
  },
};

/** A node that cannot store the steps of a change goes on under the ring before it, until the change is over. */
const laggard: Ambush = {
  name: "an old owner's disk is full for a whole ring change",
  needs: ["ringChanges"],
  thinkMs: THINK_MS,
  async play(scene) {
    const { node } = await scene.phase("joining");
    const old = ownersOf(scene).filter((id) => id !== node);
    scene.fillDisk(pick(scene.random, old));
    await Promise.race([scene.phase("stable"), scene.sleep(CHANGE_MS)]);
    await scene.sleep(1_000, 3_000);
  },
};

/** Two that know only of the step before are alone with their clients: as many as a read needs. */
const cutOff: Ambush = {
  name: "two owners are cut off as a step of a ring change begins",
  needs: ["ringChanges"],
  thinkMs: THINK_MS,
  async play(scene) {
    const { node } = await scene.phase(
      pick(scene.random, ["joining", "switched", "switched"] as const),
    );
    scene.part(pairThatMoves(scene).filter((id) => id !== node));
    await scene.sleep(4_000, 6_000);
  },
};

/** Those who come are alone with one another before anybody told them what was collected. */
const newcomersAlone: Ambush = {
  name: "those who join are cut off together",
  needs: ["ringChanges"],
  thinkMs: THINK_MS,
  async play(scene) {
    await scene.phase("joining");
    await scene.sleep(0, 30);
    const { owners, next } = scene.cluster.ring.record;
    const come = next.filter(({ id }) => owners.every((owner) => owner.id !== id));
    if (come.length < 2) return;
    scene.part(come.map(({ id }) => id));
    await scene.sleep(2_000, 4_000);
  },
};

/** They take writes under the old ring, while the others change it without them. */
const writingMinority: Ambush = {
  name: "two owners are cut off for long, while the ring changes",
  needs: ["ringChanges"],
  thinkMs: THINK_MS,
  async play(scene) {
    scene.part(pairThatMoves(scene));
    await scene.sleep(8_000, 6_000);
  },
};

const crashAtPhase: Ambush = {
  name: "a node crashes as a step of a ring change is in force",
  needs: ["ringChanges"],
  thinkMs: THINK_MS,
  async play(scene) {
    await scene.phase(pick(scene.random, ["joining", "switched"] as const));
    await scene.sleep(0, 12);
    const some = 1 + below(scene.random, 3);
    const dying = shuffle(scene.random, scene.ids).slice(0, some);
    await Promise.all(dying.map((id) => scene.crash(id, 20 + below(scene.random, 400))));
  },
};

function ownersOf(scene: AmbushScene): NodeId[] {
  return scene.cluster.ring.record.owners.map(({ id }) => id);
}

/** Two old owners of one partition: of one that moves, if any does. */
function pairThatMoves(scene: AmbushScene): NodeId[] {
  const { ring } = scene.cluster;
  const { n } = scene.bucket;
  const all = shuffle(
    scene.random,
    Array.from({ length: ring.record.partitions }, (_, partition) => partition),
  );
  const partition = all.find((each) => ring.gainers(each, n).length > 0) ?? all[0]!;
  return shuffle(scene.random, [...ring.ring(n).primaries(partition)]).slice(0, 2);
}

export const RING_AMBUSHES: readonly Ambush[] = [
  slowLeaver,
  laggard,
  cutOff,
  newcomersAlone,
  writingMinority,
  crashAtPhase,
];
