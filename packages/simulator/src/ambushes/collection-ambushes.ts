import { below, type NodeId, pick } from "@coterie/core";
import type { Ambush } from "./ambush.ts";
import type { AmbushScene } from "./scene.ts";

/** So long a ring change may take before an ambush gives up on it. */
const CHANGE_MS = 12_000;

/** One replica never hears of a delete, and whoever could have told it, or kept a hint, is gone. */
const missedDelete: Ambush = {
  name: "a coordinator crashes after a delete that one replica has missed",
  needs: ["deletes"],
  thinkMs: 250,
  async play(scene) {
    const { node, key } = await scene.mint(({ tombstone }) => tombstone);
    const [lacking] = scene.aroundKey(key).primaries.filter((id) => id !== node);
    if (lacking === undefined) return;
    scene.hold(node, lacking);
    await scene.sleep(4, 6);
    scene.note(`${lacking} has missed a delete of ${key}`);
    const restarted = scene.crash(node, 5 + below(scene.random, 20));
    scene.heal();
    await restarted;
    await scene.sleep(300, 500);
  },
};

/**
 * The disk of one replica does not take a delete, and no disk takes a hint of it: everybody is there, and nobody
 * knows who lacks what, when the next round begins.
 */
const unhintedDelete: Ambush = {
  name: "no disk takes one replica's copy of a delete, nor a hint of it",
  needs: ["deletes"],
  thinkMs: 900,
  async play(scene) {
    const { key, node } = await scene.mint(({ tombstone }) => tombstone);
    const lacking = bystander(scene, key, node);
    if (lacking === undefined) return;
    scene.note(`${lacking} is to miss a delete of ${key}`);
    scene.failNextCommit(lacking);
    let isOver = false;
    const over = scene.sleep(100).then(() => {
      isOver = true;
    });
    while (!isOver && scene.isActive) {
      const keeper = await Promise.race([scene.hint((hint) => hint.key === key), over]);
      if (keeper !== undefined) scene.failNextCommit(keeper.node);
    }
    await scene.sleep(200, 400);
  },
};

/** What one replica is still to be told of is deleted and collected meanwhile, by way of the others. */
const lateCopy: Ambush = {
  name: "a copy of a write is on its way until what has replaced it is collected",
  needs: ["deletes"],
  thinkMs: 200,
  async play(scene) {
    const { key, node } = await scene.mint(({ tombstone }) => !tombstone);
    const late = bystander(scene, key, node);
    if (late === undefined) return;
    scene.note(`${late} does not hear ${node}`);
    scene.hold(node, late);
    await scene.sleep(300, 600);
  },
};

/**
 * A primary that has lost its disk and an owner that has just come are alone with their clients, before anybody has
 * told either what was collected: what they mint and keep is of before.
 */
const freshHands: Ambush = {
  name: "who lost its disk and who has just joined are alone together",
  needs: ["deletes", "ringChanges"],
  thinkMs: 600,
  async play(scene) {
    const { epoch } = await scene.phase("switched");
    const { owners, next } = scene.cluster.ring.record;
    const come = next.filter(({ id }) => owners.every((owner) => owner.id !== id))[0]?.id;
    if (come === undefined) return;
    const serves = scene.event(
      ({ node, event }) => node === come && event.type === "ringInstalled" && event.epoch > epoch,
    );
    if ((await Promise.race([serves, scene.sleep(CHANGE_MS)])) === undefined) return;
    if (!isOwner(scene, come)) return;
    scene.part([come]);
    const lost = primaryBeside(scene, come);
    if (lost === undefined) return;
    const belongs = scene.event(({ node, event }) => node === lost && event.type === "joined");
    if (!(await scene.wipe(lost))) return;
    if ((await Promise.race([belongs, scene.sleep(5_000)])) === undefined) return;
    scene.part([come, lost]);
    await scene.sleep(5_000, 4_000);
  },
};

/** Rows that a ring change has given to others lie where nobody sweeps, until their node is to own them again. */
const keptLeftovers: Ambush = {
  name: "who left cannot drop what it held, and joins again",
  needs: ["deletes", "ringChanges"],
  thinkMs: 300,
  async play(scene) {
    await scene.phase("switched");
    const { owners, next } = scene.cluster.ring.record;
    const gone = owners.find(({ id }) => next.every((owner) => owner.id !== id))?.id;
    if (gone === undefined) return;
    const ended = await Promise.race([scene.phase("stable"), scene.sleep(CHANGE_MS)]);
    if (ended === undefined || isOwner(scene, gone)) return;
    scene.fillDisk(gone);
    await scene.sleep(3_000, 3_000);
    const others = ownersOf(scene).filter((id) => id !== gone);
    const begun = scene.phase("joining");
    const back = { kind: "join" as const, nodes: [{ id: gone, weight: 1, zone: "" }] };
    await scene.cluster.changeRing(pick(scene.random, others), back, false);
    await Promise.race([begun, scene.sleep(1_000)]);
    scene.heal();
    await scene.sleep(3_000, 3_000);
  },
};

/** A replica of the key that has not minted the write and leads no round of it. */
function bystander(scene: AmbushScene, key: string, minter: NodeId): NodeId | undefined {
  const [leader] = scene.cluster.primaries(scene.bucket, key);
  return scene.aroundKey(key).primaries.find((id) => id !== minter && id !== leader);
}

function ownersOf(scene: AmbushScene): NodeId[] {
  return scene.cluster.ring.record.owners.map(({ id }) => id);
}

function isOwner(scene: AmbushScene, id: NodeId): boolean {
  const { phase, owners } = scene.cluster.ring.record;
  return phase === "stable" && owners.some((owner) => owner.id === id);
}

/** Whoever holds a partition that the other does not, the founder aside: the other may stand in there. */
function primaryBeside(scene: AmbushScene, id: NodeId): NodeId | undefined {
  const { ring } = scene.cluster;
  const founder = scene.ids[0]!;
  const lists = Array.from({ length: ring.record.partitions }, (_, partition) =>
    ring.primaries(partition, scene.bucket.n),
  );
  const beside = lists.filter((list) => !list.includes(id)).flat();
  const able = [...new Set(beside)].filter((each) => each !== founder);
  return able.length === 0 ? undefined : pick(scene.random, able);
}

export const COLLECTION_AMBUSHES: readonly Ambush[] = [
  missedDelete,
  unhintedDelete,
  lateCopy,
  freshHands,
  keptLeftovers,
];
