import { describe, expect, test } from "vitest";
import { dots, Flow } from "../test/flow.ts";
import { after, NOT_SENT, versions } from "../test/scripted-replicas.ts";

const OLD = versions(["a1"]);
const NEW = versions(["a2"], ["a1"]);

describe("ok", () => {
  test("this node is asked for the versions and the best other for its clock", async () => {
    const flow = new Flow();
    flow.replicas.order = ["a", "c", "b"];
    for (const node of ["a", "b", "c"]) flow.replicas.holds(node, OLD);
    const outcome = await flow.get();
    expect(dots(outcome)).toEqual(["a1"]);
    expect(flow.reads).toEqual(["a:versions", "c:causality"]);
    expect(outcome).toMatchObject({
      receipt: { epoch: 1, acknowledged: ["a", "c"], primaries: 2, required: 2, intersects: true },
    });
    expect(flow.repaired).toEqual([]);
  });

  test("a node that is no primary asks the best two", async () => {
    const flow = new Flow({ readGroups: [["b", "c", "d"]], writeGroups: [["b", "c", "d"]] });
    for (const node of ["b", "c", "d"]) flow.replicas.holds(node, OLD);
    await flow.get();
    expect(flow.reads).toEqual(["b:versions", "c:causality"]);
  });

  test("a clock that shows a newer version has it fetched from that replica, and the stale one is repaired", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", OLD);
    flow.replicas.holds("b", NEW);
    const outcome = await flow.get();
    expect(dots(outcome)).toEqual(["a2"]);
    expect(flow.reads).toEqual(["a:versions", "b:causality", "b:versions"]);
    expect(flow.repaired).toEqual(["a"]);
  });

  test("a replica that lacks the newest version is repaired, and the read does not wait for that", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", NEW);
    flow.replicas.holds("b", OLD);
    flow.replicas.node("b").merge = () => "silence";
    expect(await flow.get()).toMatchObject({ type: "ok", atMs: 1 });
    expect(flow.reads).toEqual(["a:versions", "b:causality"]);
    expect(flow.repaired).toEqual(["b"]);
  });

  test("of two that know more, one is asked for what both have", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", OLD);
    for (const node of ["b", "c"]) flow.replicas.holds(node, NEW);
    await flow.get({ consistency: { level: "all", strict: false } });
    expect(flow.reads).toEqual(["a:versions", "b:causality", "c:causality", "b:versions"]);
  });

  test("concurrent versions are merged, and both replicas get what they lack", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", versions(["a1"]));
    flow.replicas.holds("b", versions(["b1"]));
    expect(dots(await flow.get())).toEqual(["a1", "b1"]);
    expect(flow.repaired).toEqual(["a", "b"]);
  });

  test("a key that nobody has is an empty set, from R replicas", async () => {
    const flow = new Flow();
    expect(dots(await flow.get())).toEqual([]);
  });

  test("a sloppy read reaches fallbacks when primaries fail, and the receipt does not hide it", async () => {
    const flow = new Flow({ fallbacks: ["d"] });
    flow.replicas.holds("a", OLD);
    flow.replicas.holds("d", NEW);
    for (const node of ["b", "c"]) flow.replicas.node(node).read = () => after(1, NOT_SENT);
    const outcome = await flow.get();
    expect(dots(outcome)).toEqual(["a2"]);
    expect(outcome).toMatchObject({ receipt: { primaries: 1, intersects: false } });
    expect(flow.repaired).toEqual(["a"]);
  });
});

describe("hedges", () => {
  test("silence beyond the p95 sends one hedge to a replica that was not asked [trap 15]", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", OLD);
    flow.replicas.node("b").read = () => "silence";
    flow.replicas.p95Ms.set("b", 20);
    flow.replicas.holds("c", OLD);
    expect(await flow.get()).toMatchObject({ type: "ok", atMs: 21 });
    expect(flow.reads).toEqual(["a:versions", "b:causality", "c:causality"]);
  });

  test("a hedge asks for the versions when it is those that are late", async () => {
    const flow = new Flow();
    flow.replicas.node("a").read = () => "silence";
    for (const node of ["b", "c"]) flow.replicas.holds(node, OLD);
    expect(dots(await flow.get())).toEqual(["a1"]);
    expect(flow.reads).toEqual(["a:versions", "b:causality", "c:versions"]);
  });

  test("without budget there is no hedge", async () => {
    const flow = new Flow({}, { hedge: { ratio: 0.25, burst: 1 } });
    flow.replicas.holds("a", OLD);
    flow.replicas.node("b").read = () => "silence";
    flow.replicas.holds("c", OLD);
    const types: string[] = [];
    for (let i = 0; i < 22; i++) types.push((await flow.get()).type);
    expect(types.filter((type) => type === "ok").length).toBe(6);
    expect(flow.coordinator.counts).toMatchObject({ hedges: 6, hedgesWithheld: 16 });
  });

  test("a replica that is down is not hedged to", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", OLD);
    flow.replicas.node("b").read = () => "silence";
    flow.replicas.down.add("c");
    expect(await flow.get()).toMatchObject({ type: "failed", reason: "deadline" });
    expect(flow.reads).toEqual(["a:versions", "b:causality"]);
  });

  test("the reply that lost the race still reaches read repair", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", NEW);
    flow.replicas.holds("b", OLD, { afterMs: 60 });
    flow.replicas.holds("c", NEW);
    expect(await flow.get()).toMatchObject({ type: "ok", atMs: 11 });
    expect(flow.repaired).toEqual(["b"]);
  });

  test("a late reply that knows more is fetched, and the others are repaired with it", async () => {
    const flow = new Flow();
    flow.replicas.holds("a", OLD);
    flow.replicas.holds("b", NEW, { afterMs: 60 });
    flow.replicas.holds("c", OLD);
    expect(dots(await flow.get())).toEqual(["a1"]);
    expect(flow.reads.at(-1)).toBe("b:versions");
    expect(flow.repaired).toEqual(["a", "c"]);
  });
});

test("an r above N is refused with a sentence", async () => {
  const flow = new Flow();
  expect(await flow.get({ consistency: { count: 4, strict: true } })).toMatchObject({
    type: "invalid",
  });
});
