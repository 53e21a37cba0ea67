/** @typedef {{ passed: number, failed: number }} Count */

/**
 * Adds up vitest's lines `Tests  1 failed | 12 passed | 2 skipped (15)`.
 * @param {string} log
 * @returns {Count}
 */
export function countTests(log) {
  const total = { passed: 0, failed: 0 };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are what is removed here
  const plain = log.replace(/\u001b\[[0-9;]*[A-Za-z]/g, "");
  for (const [, counts = ""] of plain.matchAll(/^(?:.*:)?\s*Tests\s+(.*\(\d+\))\s*$/gm)) {
    total.passed += Number(/(\d+) passed/.exec(counts)?.[1] ?? 0);
    total.failed += Number(/(\d+) failed/.exec(counts)?.[1] ?? 0);
  }
  return total;
}
