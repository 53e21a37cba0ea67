import { SeededRandom, shuffle } from "@coterie/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { swimConfig } from "./config.ts";
import type { Effect } from "./effects.ts";
import { type MemberRecord, type MemberState, supersedes } from "./member-record.ts";
import { changed, memberRecord } from "./testing/live-swim.ts";
import { View } from "./view.ts";

const config = swimConfig({});

function viewOf(...records: MemberRecord[]) {
  const effects: Effect[] = [];
  const view = new View(config, new SeededRandom(1), "self", (effect) => effects.push(effect));
  view.setSelf(memberRecord("self"));
  for (const record of records) view.hear(record, "gossip", record.id, 0);
  const changes = (): string[] => changed(effects.splice(0));
  changes();
  return { view, changes, effects };
}

const x = (state: MemberState, incarnation = 1, given: Partial<MemberRecord> = {}): MemberRecord =>
  memberRecord("x", {
    ...{ state, incarnation, accuser: state === "suspect" ? "a" : undefined },
    ...given,
  });

describe("changes", () => {
  test.each([
    ["nothing", undefined, x("alive"), ["joined x"]],
    ["nothing, as a suspect", undefined, x("suspect"), ["joined x", "suspected x"]],
    ["nothing, as a dead one", undefined, x("dead"), ["dead x"]],
    ["alive", x("alive"), x("suspect"), ["suspected x"]],
    ["alive", x("alive"), x("dead"), ["dead x"]],
    ["alive", x("alive"), x("left"), ["left x"]],
    ["alive", x("alive"), x("alive", 2), []],
    ["alive", x("alive"), x("alive", 2, { address: "x:2" }), ["updated x"]],
    ["alive", x("alive"), x("alive", 2, { session: 9 }), ["updated x"]],
    ["alive", x("alive"), x("alive", 2, { metadata: new Uint8Array(1) }), ["updated x"]],
    ["suspect", x("suspect"), x("alive", 2), ["alive x"]],
    ["suspect", x("suspect"), x("suspect", 2), []],
    ["suspect", x("suspect"), x("dead"), ["dead x"]],
    ["dead", x("dead"), x("alive", 2), ["alive x"]],
    ["dead", x("dead"), x("alive", 2, { session: 9 }), ["alive x", "updated x"]],
    ["dead", x("dead"), x("suspect", 2), ["alive x", "suspected x"]],
    ["dead", x("dead"), x("dead", 2), []],
    ["dead", x("dead"), x("left"), ["left x"]],
    ["left", x("left"), x("alive", 2), ["joined x"]],
    ["forgotten", x("forgotten"), x("alive", 2), ["joined x"]],
  ])("from %s", (_, held, told, expected) => {
    const { view, changes } = viewOf();
    if (held?.state === "forgotten") view.forget(x("dead"), 0);
    else if (held !== undefined) view.hear(held, "gossip", "x", 0);
    changes();
    view.hear(told, "gossip", "b", 0);
    expect(changes()).toEqual(expected);
  });
});

describe("hearsay", () => {
  test("[SWIM §4.2] views that heard the same gossip agree, in whatever order it came", () => {
    const rumour = fc
      .record({
        incarnation: fc.integer({ min: 1, max: 4 }),
        state: fc.constantFrom<MemberState>("alive", "suspect", "dead", "left"),
      })
      .map(({ incarnation, state }) => x(state, incarnation));
    fc.assert(
      fc.property(fc.array(rumour, { minLength: 1 }), fc.integer(), (rumours, seed) => {
        const highest = rumours.reduce((a, b) => (supersedes(b, a) ? b : a));
        const shuffled = shuffle(new SeededRandom(seed), [...rumours]);
        for (const order of [rumours, shuffled]) {
          const { view } = viewOf();
          for (const record of order) view.hear(record, "gossip", "b", 0);
          expect(view.members.get("x")).toEqual(highest);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("gossip that is news is passed on; what a newcomer learns by sync is news to itself only", () => {
    const { view } = viewOf();
    view.hear(memberRecord("x"), "sync", "a", 0);
    expect(view.news.take(1_000, 3, []).map(({ id }) => id)).toEqual(["self"]);
    view.hear(memberRecord("y"), "gossip", "a", 0);
    expect(view.news.take(1_000, 3, []).map(({ id }) => id)).toContain("y");
    view.hear(memberRecord("x", { incarnation: 2 }), "sync", "a", 0);
    expect(view.news.take(1_000, 3, []).map(({ id }) => id)).toContain("x");
  });

  test("[Lifeguard §IV.B] a further accuser confirms a suspicion and is passed on, the same one is not", () => {
    const { view } = viewOf(memberRecord("b"), memberRecord("c"), x("suspect"));
    const before = view.suspicions.deadlineMs;
    view.hear(x("suspect"), "gossip", "b", 0);
    expect(view.suspicions.deadlineMs).toBe(before);
    view.hear(x("suspect", 1, { accuser: "c" }), "gossip", "b", 0);
    expect(view.suspicions.deadlineMs).toBeLessThan(before);
    expect(view.members.get("x")!.accuser).toBe("c");
  });

  test("a suspicion runs out into death", () => {
    const { view, changes } = viewOf(memberRecord("b"), x("suspect"));
    view.buryExpired(view.suspicions.deadlineMs - 1);
    expect(changes()).toEqual([]);
    view.buryExpired(view.suspicions.deadlineMs);
    expect(changes()).toEqual(["dead x"]);
    expect(view.members.get("x")).toEqual(x("dead"));
  });

  test("a refutation ends the suspicion", () => {
    const { view } = viewOf(memberRecord("b"), x("suspect"));
    view.hear(x("alive", 2), "gossip", "b", 0);
    expect(view.suspicions.deadlineMs).toBe(Number.POSITIVE_INFINITY);
  });

  test("the dead accuse nobody, but bring news of life", () => {
    const { view, changes } = viewOf(memberRecord("b", { state: "dead" }), x("alive"));
    expect(view.hear(x("suspect"), "gossip", "b", 0)).toBe("nothing");
    expect(view.hear(x("dead"), "gossip", "b", 0)).toBe("nothing");
    expect(view.hear(x("dead"), "sync", "b", 0)).toBe("nothing");
    expect(changes()).toEqual([]);
    expect(view.hear(x("alive", 2), "gossip", "b", 0)).toBe("news");
  });

  test("death by gossip is final, death by sync is a suspicion that others' repeating does not confirm", () => {
    const { view, changes } = viewOf(memberRecord("b"), memberRecord("c"), x("alive"));
    expect(view.hear(x("dead"), "sync", "b", 0)).toBe("accused");
    expect(changes()).toEqual(["suspected x"]);
    const deadlineMs = view.suspicions.deadlineMs;
    view.hear(x("dead"), "sync", "c", 0);
    expect(view.suspicions.deadlineMs).toBe(deadlineMs);
    expect(view.hear(x("dead"), "gossip", "b", 0)).toBe("news");
    expect(changes()).toEqual(["dead x"]);
  });

  test("[trap 22] who speaks of a dead member as alive is to be told, unless it is that member", () => {
    const { view } = viewOf(x("dead", 5));
    expect(view.hear(x("alive", 1), "gossip", "b", 0)).toBe("outdated");
    expect(view.hear(x("suspect", 1), "gossip", "b", 0)).toBe("nothing");
    expect(view.hear(x("alive", 1), "gossip", "x", 0)).toBe("nothing");
  });

  test("[trap 24] an incarnation from the far future is refused and reported", () => {
    const { view, effects } = viewOf(x("alive"));
    const record = x("dead", 2 ** 50);
    expect(view.hear(record, "gossip", "b", 0)).toBe("nothing");
    expect(effects).toEqual([{ type: "implausible", record, from: "b" }]);
    expect(view.members.get("x")).toEqual(x("alive"));
  });

  test("[trap 24] a false record that came first gives way to the member's own claim", () => {
    const { view } = viewOf(x("alive", 2 ** 50));
    view.hearClaim("x", 1, 3);
    view.hear(x("alive", 3, { address: "x:3" }), "gossip", "x", 0);
    expect(view.members.get("x")).toEqual(x("alive", 3, { address: "x:3" }));
    view.hear(x("alive", 2 ** 50), "gossip", "b", 0);
    expect(view.members.get("x")!.incarnation).toBe(3);
  });

  test("a claim that is behind within reason changes nothing: the member will outbid the record", () => {
    const { view } = viewOf(x("dead", 500));
    view.hearClaim("x", 1, 3);
    expect(view.members.get("x")).toEqual(x("dead", 500));
  });
});

describe("forgetting", () => {
  test("a forgotten member is not brought back by a late rumour, and its mark goes after a while", () => {
    const { view, changes } = viewOf(x("dead"));
    view.forget(x("dead"), 1_000);
    expect(changes()).toEqual(["forgotten x"]);
    expect(view.hear(x("dead"), "sync", "b", 0)).toBe("outdated");
    expect(view.members.get("x")!.state).toBe("forgotten");
    view.dropForgotten(1_000 + config.forgottenForMs - 1);
    expect(view.members.get("x")).toBeDefined();
    view.dropForgotten(1_000 + config.forgottenForMs);
    expect(view.members.get("x")).toBeUndefined();
  });

  test("the mark means nothing to who never knew the member", () => {
    const { view, changes } = viewOf();
    view.hear(x("forgotten"), "gossip", "b", 0);
    expect(changes()).toEqual([]);
    expect(view.members.get("x")).toBeUndefined();
  });

  test("a member that lives here is not forgotten on hearsay, only suspected", () => {
    const { view, changes } = viewOf(x("alive"));
    expect(view.hear(x("forgotten"), "gossip", "b", 0)).toBe("accused");
    expect(changes()).toEqual(["suspected x"]);
  });
});
