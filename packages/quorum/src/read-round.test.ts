import { describe, expect, test } from "vitest";
import { dots, Flow } from "../test/flow.ts";
import {
  after,
  DURABLE,
  LOST,
  NOT_SENT,
  otherEpoch,
  REFUSED,
  versions,
} from "../test/scripted-replicas.ts";
import type { ReplicaRead } from "./replicas.ts";

const OLD = versions(["a1"]);
const NEW = versions(["a2"], ["a1"]);

describe("replacement and failure", () => {
  test.each([
    ["lost", LOST],
    ["not sent", NOT_SENT],
    ["refused", REFUSED],
    ["nonsense", { type: "row", versions: new Uint8Array([77]), recovering: false }],
  ] as [string, ReplicaRead][])("%s: the next replica takes its turn at once", async (_, reply) => {
    const flow = new Flow();
    flow.replicas.holds("a", OLD);
    flow.replicas.node("b").read = () => after(3, reply);
    flow.replicas.holds("c", OLD);
    expect(await flow.get()).toMatchObject({ type: "ok", atMs: 4 });
    expect(flow.reads).toEqual(["a:versions", "b:causality", "c:causality"]);
  });

  test("when the one with the versions fails, its successor is asked for them", async () => {
    const flow = new Flow();
    flow.replicas.node("a").read = () => after(3, REFUSED);
    for (const node of ["b", "c"]) flow.replicas.holds(node, OLD);
    expect(dots(await flow.get())).toEqual(["a1"]);
    expect(flow.reads).toEqual(["a:versions", "b:causality", "c:versions"]);
  });

  test("when nobody else is left, one that gave its clock is asked for the versions", async () => {
    const flow = new Flow();
    let epoch = 0;
    flow.replicas.node("a").read = (want) =>
      epoch === 0
        ? after(1, otherEpoch(0))
        : after(want === "versions" ? 50 : 1, { type: "row", versions: OLD, recovering: false });
    flow.replicas.onAgree = () => {
      epoch = 1;
    };
    flow.replicas.holds("b", OLD);
    flow.replicas.node("c").read = () => after(1, LOST);
    expect(await flow.get()).toMatchObject({ type: "ok", receipt: { acknowledged: ["b", "a"] } });
    expect(flow.reads).toEqual([
      "a:versions",
      "b:causality",
      "c:versions",
      "b:versions",
      "a:versions",
    ]);
  });

  test("a recovering replica that says `not found` completes no read [trap 14b]", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", versions([]), { recovering: true });
    for (const node of ["b", "c"]) flow.replicas.holds(node, OLD);
    const outcome = await flow.get();
    expect(dots(outcome)).toEqual(["a1"]);
    expect(outcome).toMatchObject({ receipt: { acknowledged: ["b", "c"] } });
    expect(flow.repaired).toEqual(["a"]);
  });

  test("what a recovering replica has is returned, though it does not count", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", NEW, { recovering: true });
    for (const node of ["b", "c"]) flow.replicas.holds(node, OLD);
    expect(dots(await flow.get())).toEqual(["a2"]);
  });

  test("it fails as soon as R is out of reach, with the numbers and the reasons", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", OLD);
    flow.replicas.holds("b", OLD, { recovering: true });
    flow.replicas.node("c").read = () => after(2, NOT_SENT);
    expect(await flow.get()).toMatchObject({
      type: "failed",
      reason: "unreachable",
      required: 2,
      received: 1,
      atMs: 3,
      detail:
        "the read needs 2 answers and has 1 (too few can answer; b: is recovering, its data may be incomplete; c: no connection)",
    });
  });

  test("a ring with too few owners fails before anyone is asked", async () => {
    const flow = new Flow({ readGroups: [["a"]], writeGroups: [["a"]] });
    expect(await flow.get()).toMatchObject({ type: "failed", required: 2, atMs: 0 });
    expect(flow.reads).toEqual([]);
  });

  test("the deadline ends a read that nothing else ends", async () => {
    const flow = new Flow();
    for (const node of ["a", "b", "c"]) flow.replicas.node(node).read = () => "silence";
    expect(await flow.get()).toMatchObject({ type: "failed", reason: "deadline", atMs: 100 });
    expect(await flow.get({}, { timeoutMs: 0 })).toMatchObject({ type: "failed", atMs: 20_000 });
  });
});

describe("epochs", () => {
  test("a replica that lags is replaced at once, and asked again when the rings agree", async () => {
    const flow = new Flow();
    let epoch = 0;
    flow.replicas.holds("a", OLD);
    flow.replicas.node("b").read = () =>
      epoch === 1
        ? after(1, { type: "row", versions: undefined, recovering: false })
        : after(1, otherEpoch(epoch));
    flow.replicas.node("c").read = () => "silence";
    flow.replicas.onAgree = () => {
      epoch = 1;
    };
    expect(await flow.get()).toMatchObject({ type: "ok", receipt: { acknowledged: ["a", "b"] } });
    expect(flow.reads).toEqual(["a:versions", "b:causality", "c:causality", "b:causality"]);
  });

  test("when this node lagged all starts anew under the new ring", async () => {
    const flow = new Flow();
    const { replicas } = flow;
    replicas.holds("a", NEW);
    for (const node of ["b", "c", "d"]) {
      replicas.node(node).read = (want, { epoch }) =>
        after(
          1,
          epoch === 2
            ? { type: "row", versions: want === "versions" ? OLD : undefined, recovering: false }
            : otherEpoch(2),
        );
    }
    replicas.onAgree = () => {
      replicas.current = {
        ...replicas.current,
        epoch: 2,
        readGroups: [["b", "c", "d"]],
        writeGroups: [["b", "c", "d"]],
      };
    };
    const outcome = await flow.get();
    expect(outcome).toMatchObject({ receipt: { epoch: 2, acknowledged: ["b", "c"] } });
    expect(dots(outcome)).toEqual(["a1"]);
  });

  test("a write-back under an old ring is given up, and the read starts anew", async () => {
    const flow = new Flow();
    const { replicas } = flow;
    replicas.holds("a", NEW);
    replicas.holds("b", OLD);
    for (const node of ["b", "c"]) {
      replicas.node(node).merge = ({ epoch }) => after(1, epoch === 2 ? DURABLE : otherEpoch(2));
    }
    replicas.onAgree = () => {
      replicas.current = { ...replicas.current, epoch: 2 };
    };
    expect(await flow.get({ monotonic: true })).toMatchObject({
      type: "ok",
      receipt: { epoch: 2 },
    });
  });

  test("rings that never agree fail the read within its deadline", async () => {
    const flow = new Flow();
    for (const node of ["a", "b", "c"]) {
      flow.replicas.node(node).read = () => after(1, otherEpoch(2));
    }
    const outcome = await flow.get();
    expect(outcome.type).toBe("failed");
    expect(outcome.atMs).toBeLessThanOrEqual(100);
  });
});
