import { describe, expect, test } from "vitest";
import { explore } from "../../test/collection-search.ts";
import { RULES, type Rule } from "../../test/collection-state.ts";

/** Which violation shows when a rule is taken away, and how long the search may take for it. */
const NEEDED: Readonly<Record<Rule, RegExp>> = {
  allPrimariesVote: /is back|is lost/,
  everyOwnerIsSwept: /is back|is lost/,
  hintsComeHomeFirst: /is back|is lost/,
  oldErasAreRefused: /is back|is lost/,
  unchangedOnly: /is back|is lost/,
  votesComeBeforeSweeps: /is back|is lost/,
  ownSweepOnly: /is back|is lost/,
  theBehindDiscard: /is back|is lost/,
  readsHaveOneEra: /is back|is lost/,
  noRestartAfterTheVote: /is back|is lost/,
  copiesAreRenewedFromTheRow: /is back|is lost/,
};

describe("every interleaving of a round with a write, a delete, a hint, a late copy, a read and a restore", () => {
  test("brings nothing back and loses nothing", { timeout: 60_000 }, () => {
    const { states, collected, violation } = explore();
    expect(violation).toBe(undefined);
    expect(states).toBeGreaterThan(4_000);
    expect(collected).toBeGreaterThan(100);
  });

  test.each(RULES)("shows a violation without the rule %s", { timeout: 60_000 }, (rule) => {
    expect(explore(rule).violation).toMatch(NEEDED[rule]);
  });
});
