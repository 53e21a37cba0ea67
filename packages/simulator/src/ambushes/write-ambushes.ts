import { below, fraction } from "@coterie/core";
import type { Ambush } from "./ambush.ts";

/**
 * A coordinator that cannot commit leads writes that fallbacks alone keep; then these are away, while the
 * primaries are together again.
 */
const lonelyFallbacks: Ambush = {
  name: "fallbacks alone hold a write, and are away",
  needs: ["deletes"],
  thinkMs: 600,
  async play(scene) {
    const { key } = await scene.mint();
    const { primaries, others } = scene.aroundKey(key);
    const coordinator = primaries[0]!;
    scene.part([coordinator, ...others]);
    let isOver = false;
    const over = scene.sleep(2_500, 2_500).then(() => {
      isOver = true;
    });
    while (!isOver && scene.isActive) {
      await Promise.race([scene.mint(({ node }) => node === coordinator), over]);
      if (fraction(scene.random) < 0.3) scene.failNextCommit(coordinator);
    }
    scene.part(others);
    await scene.sleep(1_500, 2_500);
  },
};

/** Who has lost its disk meets only the one replica that lacks what the third and the lost disk held. */
const oneSource: Ambush = {
  name: "who lost its disk meets one source that has missed writes",
  needs: [],
  thinkMs: 300,
  async play(scene) {
    const { key } = await scene.mint();
    const { primaries, others } = scene.aroundKey(key);
    const founder = scene.ids[0]!;
    const [lost, third] = primaries.filter((id) => id !== founder);
    if (lost === undefined || third === undefined) return;
    const lacking = primaries.filter((id) => id !== lost && id !== third);
    scene.part([lost, third]);
    await scene.sleep(600, 1_500);
    scene.part([third]);
    if (!(await scene.wipe(lost))) return;
    scene.note(`${lost} recovers; ${[...lacking, ...others].join("+")} can be reached`);
    await scene.sleep(3_000, 4_000);
  },
};

/** What rows have lost is known to one who cannot be asked, and several writes at a time go over the damage. */
const writesOverRot: Ambush = {
  name: "damaged rows are written over, several times in one commit, while who knows better is away",
  needs: [],
  thinkMs: 50,
  async play(scene) {
    const { key } = await scene.mint();
    const [rotting, third] = scene.aroundKey(key).primaries;
    if (rotting === undefined || third === undefined) return;
    scene.part([rotting, third]);
    await scene.sleep(300, 600);
    if (!(await scene.rot(rotting))) return;
    scene.part([third]);
    scene.slowDisk(rotting, 150 + below(scene.random, 250));
    // What it remembers of its rows is whole.
    await scene.crash(rotting, 5 + below(scene.random, 20));
    await scene.sleep(1_500, 1_500);
  },
};

/** No replica takes a write, but another write that carries it comes right behind, or goes to a fallback. */
const failingTogether: Ambush = {
  name: "all replicas fail one commit, with W = 1",
  needs: [],
  bucket: { r: 3, w: 1, rMin: 3, wMin: 1 },
  async play(scene) {
    const { key } = await scene.mint();
    const { primaries } = scene.aroundKey(key);
    const coordinator = primaries[0]!;
    scene.slowDisk(coordinator, 50 + below(scene.random, 200));
    scene.fillDisk(coordinator);
    await scene.mint((mint) => mint.node === coordinator && mint.key === key);
    // Where no primary takes anything for a while, fallbacks keep what strict writes beside theirs are told to be nowhere.
    const isLong = below(scene.random, 2) === 0;
    for (const id of primaries.slice(1)) {
      if (isLong) scene.fillDisk(id);
      else scene.failNextCommit(id);
    }
    await scene.sleep(300, 300);
  },
};

export const WRITE_AMBUSHES: readonly Ambush[] = [
  lonelyFallbacks,
  oneSource,
  writesOverRot,
  failingTogether,
];
