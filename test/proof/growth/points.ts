/** One row of the table: a cluster of its own, loaded, measured, and removed. */
export interface Point {
  readonly nodes: number;
  readonly keys: number;
  readonly valueBytes: number;
  /** Operations in flight. */
  readonly clients: number;
}

/** What grows while the rest stays: its first point is what the others are told as a ratio to. */
export interface Axis {
  readonly name: string;
  readonly points: readonly Point[];
}

const MEBIBYTE = 1 << 20;
/** Bytes of values in one cluster, before they are copied to three nodes. */
const VALUES_BYTES_MAX = 512 * MEBIBYTE;

/** The rows of the quick form, of the long one, and of the long one with ten million keys. */
export function axesOf(form: "quick" | "long", withTenMillion: boolean): Axis[] {
  const isQuick = form === "quick";
  const base: Point = { nodes: 3, keys: isQuick ? 10_000 : 100_000, valueBytes: 100, clients: 64 };
  const nodes = isQuick ? [3, 5, 9] : [3, 5, 7, 9];
  const keys = isQuick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000];
  const values = isQuick
    ? [10, 1 << 10, 1 << 16, MEBIBYTE]
    : [10, 100, 1 << 10, 10 << 10, 100 << 10, MEBIBYTE];
  const clients = isQuick ? [1, 64, 256, 1_024] : [1, 16, 64, 256, 1_024];
  return [
    { name: "nodes", points: nodes.map((each) => ({ ...base, nodes: each })) },
    {
      name: "keys",
      points: [...keys, ...(withTenMillion ? [10_000_000] : [])].map((each) => ({
        ...base,
        keys: each,
      })),
    },
    {
      // Fewer clients: with few large values, 64 would mostly write the same keys at once.
      name: "value",
      points: values.map((valueBytes) => ({
        ...base,
        valueBytes,
        clients: 16,
        keys: Math.min(base.keys, Math.floor(VALUES_BYTES_MAX / valueBytes)),
      })),
    },
    { name: "clients", points: clients.map((each) => ({ ...base, clients: each })) },
  ];
}

/** The same for two points that ask for the same measurement. */
export function nameOf({ nodes, keys, valueBytes, clients }: Point): string {
  return `${nodes}-nodes-${keys}-keys-${valueBytes}-bytes-${clients}-clients`;
}

const COPIES = 3;
/** Clock, checksum, key, and the room that half-full pages leave. */
const ROW_EXTRA_BYTES = 400;
/** Of each node: two write-ahead logs' worth of pages, and what it keeps besides. */
const NODE_BYTES = 256 * MEBIBYTE;

/** A bound of what a point's nodes put on the disk: rows, the log, and pages of values that were replaced. */
export function diskBytesOf({ nodes, keys, valueBytes }: Point): number {
  return 2 * COPIES * keys * (valueBytes + ROW_EXTRA_BYTES) + nodes * NODE_BYTES;
}
