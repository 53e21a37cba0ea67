import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { paste } from "./paste.ts";
import type { Terminal } from "./terminal.ts";

const { stdin, stdout, stderr } = process;
const terminal = (env: Record<string, string> = {}): Terminal => ({ stdin, stdout, stderr, env });

test("a shell reads back the words that were pasted", () => {
  const word = fc.string({ unit: "grapheme" }).filter((text) => !text.includes("\0"));
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      const line = paste(terminal(), words).replace(/^coterie/, "printf '%s\\0'");
      const read = execFileSync("sh", ["-c", line], { encoding: "utf8" });
      expect(read.split("\0").slice(0, -1)).toEqual(words);
    }),
    { numRuns: 50 },
  );
});

test("the cluster is named when it is neither the default nor the environment's", () => {
  const options = { cluster: "127.0.0.1:9", timeoutMs: 1 };
  expect(paste(terminal(), ["status"], options)).toBe("coterie status --cluster 127.0.0.1:9");
  const same = terminal({ COTERIE_CLUSTER: "127.0.0.1:9" });
  expect(paste(same, ["status"], options)).toBe("coterie status");
});
