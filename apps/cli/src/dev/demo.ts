import { bytesEqual, encodeUtf8 } from "@coterie/core";
import type { GetResponse } from "@coterie/wire";
import { CliError } from "../cli-error.ts";
import { KvSession } from "./kv-session.ts";
import { languages } from "./languages.ts";

export const DEMO_BUCKET = "languages";

/** In flight at each node. */
const CONCURRENCY = 64;

export interface DemoReport {
  readonly bucket: string;
  readonly records: number;
  /** The others were there, and right, from an earlier start. */
  readonly written: number;
  readonly writeSeconds: number;
  readonly reads: number;
  readonly readSeconds: number;
}

export interface DemoProgress {
  /** `of` steps lie ahead. */
  begin(doing: string, of: number): void;
  step(): void;
  end(): void;
}

interface Item {
  readonly name: string;
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * Loads the data set through all nodes and reads it back through each of them. What is there and right from
 * an earlier start is left alone. Throws `CliError` when a node shows anything else than what was written,
 * and soon after `cancelled` settles.
 */
export async function loadDemo(
  addresses: readonly string[],
  progress: DemoProgress,
  cancelled: Promise<unknown>,
): Promise<DemoReport> {
  const items = languages().map(({ key, value }) => ({
    name: key,
    key: encodeUtf8(key),
    value: encodeUtf8(value),
  }));
  const sessions = addresses.map((address) => new KvSession(address));
  const close = (): void => {
    for (const session of sessions) session.close();
  };
  void cancelled.then(close);
  try {
    const missing = await lookFor(items, sessions, progress);
    const writeSeconds = await write(missing, sessions, progress);
    const readSeconds = await verify(items, addresses, sessions, progress);
    return {
      bucket: DEMO_BUCKET,
      records: items.length,
      written: missing.length,
      writeSeconds,
      reads: items.length * sessions.length,
      readSeconds,
    };
  } finally {
    close();
  }
}

interface Missing extends Item {
  readonly context: Uint8Array;
}

/** Whatever is absent, or not what it should be, with the context that replaces it. */
async function lookFor(
  items: readonly Item[],
  sessions: readonly KvSession[],
  progress: DemoProgress,
): Promise<Missing[]> {
  const missing: Missing[] = [];
  await timed(progress, "looking at what is there", items, sessions, async (item, session) => {
    const found = await session.get(DEMO_BUCKET, item.key);
    if (!isRight(found, item)) missing.push({ ...item, context: found.context });
  });
  return missing;
}

function write(
  missing: readonly Missing[],
  sessions: readonly KvSession[],
  progress: DemoProgress,
): Promise<number> {
  return timed(progress, "writing", missing, sessions, ({ key, value, context }, session) =>
    session.putJson(DEMO_BUCKET, key, value, context),
  );
}

function verify(
  items: readonly Item[],
  addresses: readonly string[],
  sessions: readonly KvSession[],
  progress: DemoProgress,
): Promise<number> {
  const reads = sessions.flatMap((session, index) =>
    items.map((item) => ({ item, session, address: addresses[index]! })),
  );
  return timed(progress, "reading back", reads, sessions, async ({ item, session, address }) => {
    const found = await session.get(DEMO_BUCKET, item.key);
    if (isRight(found, item)) return;
    throw new CliError(
      "internal",
      `${DEMO_BUCKET}/${item.name} read through ${address} is not what was written (${found.siblings.length} values)`,
    );
  });
}

function isRight({ siblings }: GetResponse, { value }: Item): boolean {
  const [first] = siblings;
  return siblings.length === 1 && first !== undefined && bytesEqual(first.value, value);
}

/** Does `work` for every item, a bounded number at a time, spread over the sessions. Resolves to seconds. */
async function timed<T>(
  progress: DemoProgress,
  doing: string,
  items: readonly T[],
  sessions: readonly KvSession[],
  work: (item: T, session: KvSession) => Promise<void>,
): Promise<number> {
  progress.begin(doing, items.length);
  const beganMs = performance.now();
  try {
    let next = 0;
    const worker = async (session: KvSession): Promise<void> => {
      for (let index = next++; index < items.length; index = next++) {
        await work(items[index]!, session);
        progress.step();
      }
    };
    const workers = sessions.flatMap((session) =>
      Array.from({ length: CONCURRENCY }, () => worker(session)),
    );
    await Promise.all(workers);
  } finally {
    progress.end();
  }
  return (performance.now() - beganMs) / 1000;
}
