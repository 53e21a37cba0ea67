import { describe, expect, test } from "vitest";
import { Flow } from "../test/flow.ts";
import { after, DURABLE, NOT_SENT, REFUSED, versions } from "../test/scripted-replicas.ts";

const OLD = versions(["a1"]);
const NEW = versions(["a2"], ["a1"]);

describe("monotonic", () => {
  test("what is returned is first on N-R+1 primaries [trap 11]", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", NEW);
    flow.replicas.holds("b", OLD);
    flow.replicas.node("b").merge = () => after(7, DURABLE);
    flow.replicas.node("c").merge = () => after(5, DURABLE);
    expect(await flow.get({ monotonic: true })).toMatchObject({ type: "ok", atMs: 6 });
    expect(flow.repaired).toEqual(["b", "c"]);
  });

  test("when enough replicas have answered with it, nothing is written back", async () => {
    const flow = new Flow();
    for (const node of ["a", "b"]) flow.replicas.holds(node, NEW);
    expect(await flow.get({ monotonic: true })).toMatchObject({ type: "ok", atMs: 1 });
    expect(flow.repaired).toEqual([]);
  });

  test("r=1 has to reach all three", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", NEW);
    flow.replicas.node("b").merge = () => after(7, DURABLE);
    flow.replicas.node("c").merge = () => after(9, DURABLE);
    const consistency = { count: 1, strict: false };
    expect(await flow.get({ monotonic: true, consistency })).toMatchObject({
      type: "ok",
      atMs: 10,
    });
  });

  test("r=N still needs wMin holders, so that a ring change carries it over", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", NEW);
    for (const node of ["b", "c"]) {
      flow.replicas.holds(node, OLD);
      flow.replicas.node(node).merge = () => after(9, DURABLE);
    }
    const consistency = { level: "all", strict: false } as const;
    expect(await flow.get({ monotonic: true, consistency })).toMatchObject({
      type: "ok",
      atMs: 10,
    });
  });

  test("a write-back that cannot succeed fails the read: nothing newer may be shown", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", NEW);
    flow.replicas.holds("b", OLD);
    for (const node of ["b", "c"]) flow.replicas.node(node).merge = () => after(2, REFUSED);
    expect(await flow.get({ monotonic: true })).toMatchObject({
      type: "failed",
      reason: "unreachable",
      required: 2,
      received: 1,
      atMs: 3,
    });
  });

  test("a write-back that is silent ends at the deadline", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", NEW);
    flow.replicas.holds("b", OLD);
    for (const node of ["b", "c"]) flow.replicas.node(node).merge = () => "silence";
    expect(await flow.get({ monotonic: true })).toMatchObject({
      type: "failed",
      reason: "deadline",
      required: 2,
      received: 1,
      atMs: 100,
    });
  });

  test("it counts primaries only", async () => {
    const flow = new Flow({ fallbacks: ["d"] });
    flow.replicas.holds("a", OLD);
    flow.replicas.holds("d", OLD);
    for (const node of ["b", "c"]) flow.replicas.node(node).read = () => after(1, NOT_SENT);
    expect(await flow.get({ monotonic: true })).toMatchObject({ type: "failed" });
  });

  test("while the ring changes it writes back to the old and the new owners", async () => {
    const flow = new Flow({
      writeGroups: [
        ["a", "b", "c"],
        ["b", "c", "d"],
      ],
    });
    for (const node of ["a", "b"]) flow.replicas.holds(node, NEW);
    flow.replicas.node("c").merge = () => "silence";
    flow.replicas.node("d").merge = () => after(9, DURABLE);
    expect(await flow.get({ monotonic: true })).toMatchObject({ type: "ok", atMs: 10 });
  });
});
