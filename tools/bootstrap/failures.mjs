const LINES_MAX = 80;

/**
 * What a log says of its failures: vitest's part about them, or the end of any other tool's log.
 * At most 80 lines.
 *
 * @param {string} log
 * @returns {string}
 */
export function failuresOf(log) {
  const lines = log.trimEnd().split("\n");
  const first = lines.findIndex((line) => /Failed (Tests|Suites)|Unhandled Errors/.test(line));
  if (first < 0) return lines.slice(-LINES_MAX / 2).join("\n");
  return lines.slice(first, first + LINES_MAX).join("\n");
}
