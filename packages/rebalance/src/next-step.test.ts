import type { NodeId } from "@coterie/core";
import { type RingRecord, RingView, stableRing } from "@coterie/shard-engine";
import { describe, expect, test } from "vitest";
import { beginChange, type ChangeRequest } from "./begin-change.ts";
import { abortChange, pauseChange } from "./change-orders.ts";
import { nextStep, type RingReports } from "./next-step.ts";
import type { NodeRingReport, ScanReport } from "./report.ts";
import { type ScanDuty, scanDuties } from "./scan-duties.ts";
import { copyProgress } from "./scan-progress.ts";

const ID = "00c0ffee00c0ffee";
const RULES = { n: 3, rMin: 2, wMin: 2 };
const owner = (id: NodeId) => ({ id, weight: 1, zone: "" });
const abc = stableRing({ epoch: 7, partitions: 16, owners: ["a", "b", "c"].map(owner) });

function begun(request: ChangeRequest, from = abc, acceptLoss = false): RingView {
  const members = new Map(["a", "b", "d", "e"].map((id) => [id, true]));
  const verdict = beginChange(from, request, { id: ID, acceptLoss, members });
  if (verdict.type === "refused") throw new Error(verdict.reason);
  return new RingView(verdict.record);
}

const report = (epoch: number, scans?: Partial<ScanReport>): NodeRingReport => ({
  epoch,
  rules: [RULES],
  scans: scans && {
    change: ID,
    whole: new Map(),
    partial: new Map(),
    obstacles: new Map(),
    ...scans,
  },
  leftovers: { partitions: 0, obstacles: new Map() },
});

/** Everybody is at the record's epoch, and has read what it is to, from so many of the sources. */
function reportsOf(
  { record }: RingView,
  duties: readonly ScanDuty[],
  {
    scans = 2,
    but = {},
  }: { scans?: number; but?: Record<NodeId, NodeRingReport | undefined> } = {},
): RingReports {
  const reports = new Map<NodeId, NodeRingReport>();
  for (const { id } of [...record.owners, ...record.next]) {
    const whole = new Map<NodeId, Set<number>>();
    for (const { node, partition, sources } of duties) {
      if (node !== id) continue;
      for (const source of sources.slice(0, scans)) {
        whole.set(source, (whole.get(source) ?? new Set()).add(partition));
      }
    }
    reports.set(id, report(record.epoch, { whole }));
  }
  for (const [id, other] of Object.entries(but)) {
    if (other === undefined) reports.delete(id);
    else reports.set(id, other);
  }
  return reports;
}

const join = begun({ kind: "join", nodes: [owner("d")] });
const duties = scanDuties(join, [RULES]);
const after = (view: RingView, reports: RingReports): RingRecord => {
  const step = nextStep(view, reports);
  if (step.type !== "advance") throw new Error(JSON.stringify(step));
  return step.record;
};
const blockersOf = (view: RingView, reports: RingReports): string[] => {
  const step = nextStep(view, reports);
  if (step.type !== "wait") throw new Error(`${step.type}, without waiting`);
  return step.blockers.map(({ node, reason }) => `${node}: ${reason}`);
};

describe("joining", () => {
  test("the ring switches when every gainer has read N - wMin + 1 old owners [design §9]", () => {
    expect(after(join, reportsOf(join, duties))).toEqual({
      ...join.record,
      epoch: 9,
      phase: "switched",
    });
  });

  test("with one source read of two it waits, and names the gainer", () => {
    const reports = reportsOf(join, duties, { scans: 1 });
    expect(blockersOf(join, reports)).toEqual([
      `d: it is still to copy ${duties.length} partitions`,
    ]);
    expect(copyProgress(join, reports)).toEqual({ done: 0, total: duties.length });
  });

  test("what was read for another change counts for nothing", () => {
    const reports = reportsOf(join, duties);
    const of = { ...reports.get("d")!.scans!, change: "0000000000000000" };
    const but = { d: report(8, of) };
    expect(nextStep(join, reportsOf(join, duties, { but })).type).toBe("wait");
  });

  test("a gainer that says nothing, or has not learned of the change, is named", () => {
    expect(blockersOf(join, reportsOf(join, duties, { but: { d: undefined } }))).toEqual([
      `d: it does not answer, and is to copy ${duties.length} partitions`,
    ]);
    expect(blockersOf(join, reportsOf(join, duties, { but: { d: report(7) } }))).toEqual([
      `d: it has not learned of the change, and is to copy ${duties.length} partitions`,
    ]);
  });

  test("one silent source of three leaves enough, two are named", () => {
    const one = { b: undefined, d: report(8, {}) };
    expect(blockersOf(join, reportsOf(join, duties, { but: one }))).toEqual([
      `d: it is still to copy ${duties.length} partitions`,
    ]);
    const two = { b: undefined, d: report(8, { obstacles: new Map([["c", "its disk fails"]]) }) };
    expect(blockersOf(join, reportsOf(join, duties, { but: two }))).toEqual([
      `b: it does not answer, and without it nothing proves complete the copies of ${duties.length} partitions`,
      `c: its disk fails, and without it nothing proves complete the copies of ${duties.length} partitions`,
    ]);
  });

  test("a majority of the old owners, in the phase, says which buckets there are, though all copies are made", () => {
    const silent = { b: undefined, c: report(7) };
    expect(blockersOf(join, reportsOf(join, duties, { but: silent }))).toEqual([
      "b: it does not answer, and a majority of the owners is to say which buckets there are",
      "c: it has not learned of the phase, and a majority of the owners is to say which buckets there are",
    ]);
    const one = reportsOf(join, duties, { but: { b: undefined } });
    expect(nextStep(join, one).type).toBe("advance");
  });

  test("paused it waits for nobody but the operator", () => {
    const verdict = pauseChange(join.record);
    if (verdict.type === "refused") throw new Error(verdict.reason);
    const view = new RingView(verdict.record);
    expect(nextStep(view, reportsOf(view, duties))).toEqual({ type: "wait", blockers: [] });
  });

  test("all gainers of all N count: the bounded loads make some of old owners [design §9.1]", () => {
    const two = { n: 2, rMin: 2, wMin: 1 };
    const gainers = new Set(scanDuties(join, [RULES, two]).map(({ node }) => node));
    expect([...gainers]).toContain("d");
    expect(gainers.size).toBeGreaterThan(1);
    const but = { a: { ...report(8), rules: [two] } };
    expect(nextStep(join, reportsOf(join, duties, { but })).type).toBe("wait");
    const all = scanDuties(join, [RULES, two]);
    expect(nextStep(join, reportsOf(join, all, { but })).type).toBe("wait");
    expect(nextStep(join, reportsOf(join, all)).type).toBe("advance");
  });
});

describe("fewer owners than before and than N", () => {
  const leave = begun({ kind: "leave", nodes: ["c"] });

  test("those that stay read one another and who goes, or shrinking on would lose a write", () => {
    const first = scanDuties(leave, [RULES]).filter(({ partition }) => partition === 0);
    expect(first.map(({ node, required }) => [node, required]).sort()).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
  });
});

describe("an owner that is dead", () => {
  const weak = { n: 3, rMin: 3, wMin: 1 };
  const four = { ...abc, owners: ["a", "b", "c", "e"].map(owner) };
  const removal = (acceptLoss: boolean) =>
    begun({ kind: "remove", nodes: ["c"] }, four, acceptLoss);

  test("blocks where its copy may be the only one, and names the way on", () => {
    const view = removal(false);
    const said = { ...report(8), rules: [weak] };
    const [blocker] = blockersOf(
      view,
      reportsOf(view, scanDuties(view, [weak]), { scans: 0, but: { a: said, c: undefined } }),
    );
    expect(blocker).toMatch(
      /^c: it is to be removed, and without it .see `coterie ring resume --accept-loss`. .* \d+ partitions$/,
    );
  });

  test("is done without where loss is accepted, is refused from then on", () => {
    const view = removal(true);
    const all = scanDuties(view, [weak]).map((duty) => ({
      ...duty,
      sources: duty.sources.filter((id) => id !== "c"),
    }));
    const but = { c: undefined };
    const switched = new RingView(after(view, reportsOf(view, all, { scans: 3, but })));
    const stable = after(switched, reportsOf(switched, [], { but }));
    expect(stable).toEqual({
      ...four,
      epoch: 10,
      owners: ["a", "b", "e"].map(owner),
      removed: ["c"],
    });
  });

  test("a source that is recovering itself counts only where loss is accepted", () => {
    const every = new Set(Array.from({ length: 16 }, (_, p) => p));
    const partial = new Map(["a", "b", "c", "e"].map((id) => [id, every]));
    const reports = new Map(["a", "b", "e"].map((id) => [id, report(8, { partial })]));
    expect(nextStep(removal(false), reports).type).toBe("wait");
    expect(nextStep(removal(true), reports).type).toBe("advance");
  });
});

describe("switched", () => {
  const switched = new RingView(after(join, reportsOf(join, duties)));

  test("the new ring is stable when N - rMin + 1 old owners know of the switch", () => {
    const but = { a: report(8) };
    expect(after(switched, reportsOf(switched, [], { but }))).toEqual({
      ...abc,
      epoch: 10,
      owners: ["a", "b", "c", "d"].map(owner),
    });
  });

  test("with one old owner fewer it waits, and names those that do not know", () => {
    const but = { a: report(8), b: undefined };
    const blockers = blockersOf(switched, reportsOf(switched, [], { but }));
    expect(blockers).toEqual([
      "a: it has not learned of epoch 9, which matters to 10 partitions",
      "b: it does not answer, and must know of the step for 10 partitions",
    ]);
  });

  test("taken back, it waits for N - rMin + 1 new owners before the old ones are alone [design §9.6]", () => {
    const verdict = abortChange(switched.record);
    if (verdict.type === "refused") throw new Error(verdict.reason);
    const aborting = new RingView(verdict.record);
    const two = { a: report(9), d: report(9) };
    expect(nextStep(aborting, reportsOf(aborting, [], { but: two })).type).toBe("wait");
    const one = { d: report(9) };
    expect(after(aborting, reportsOf(aborting, [], { but: one }))).toEqual({ ...abc, epoch: 11 });
  });
});

describe("stable", () => {
  const stable = new RingView(abc);

  test("there is rest when nobody holds what it gave up", () => {
    expect(nextStep(stable, reportsOf(stable, []))).toEqual({ type: "rest" });
  });

  test("who holds something still is named, and who keeps it from the last exchange", () => {
    const leftovers = { partitions: 1, obstacles: new Map([["b", "it does not answer"]]) };
    const but = { d: { ...report(7), leftovers } };
    expect(blockersOf(stable, reportsOf(stable, [], { but }))).toEqual([
      "d: it still holds 1 partition that it gave up",
      "b: d cannot compare with it: it does not answer",
    ]);
  });
});
