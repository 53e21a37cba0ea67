import { create } from "@bufbuild/protobuf";
import type { UnaryResult } from "@coterie/transport-grpc";
import { Error_Code as Code, ErrorSchema, type Error as Failure } from "@coterie/wire";
import { cliError } from "./wire-error.ts";

export interface Ask<T> {
  readonly addresses: readonly string[];
  /** When the caller stops waiting, by the clock of `nowMs`. */
  readonly endMs: number;
  /** Both do no harm when carried out twice: a write comes with its operation id. A read is never in doubt. */
  readonly kind: "read" | "write";
  readonly call: (address: string, timeoutMs: number) => Promise<UnaryResult<T>>;
  readonly nowMs: () => number;
}

interface Attempt {
  readonly address: string;
  readonly error: Failure;
}

/** Not worth asking with less time than this. */
const SHARE_MS_MIN = 50;

/**
 * Asks one node after the other until one carries the request out, within the deadline; each gets an equal
 * share of what is left, so that one that hangs leaves time for the next. Throws `CliError`: once an
 * attempt at a write ended in silence, no later refusal can say that nothing was done.
 */
export async function askCluster<T>(ask: Ask<T>): Promise<T> {
  const { addresses, endMs, call, nowMs } = ask;
  const attempts: Attempt[] = [];
  for (const [tried, address] of addresses.entries()) {
    const leftMs = endMs - nowMs();
    if (tried > 0 && leftMs < SHARE_MS_MIN) break;
    const result = await call(address, Math.max(1, leftMs / (addresses.length - tried)));
    if (result.type === "ok") return result.response;
    attempts.push({ address, error: result.error });
    if (!elsewhere.has(result.error.code)) break;
  }
  throw cliError(verdict(attempts, ask.kind));
}

/** What another node may answer otherwise. */
const elsewhere: ReadonlySet<Code> = new Set([
  Code.UNAVAILABLE,
  Code.OVERLOADED,
  Code.NOT_READY,
  Code.IN_DOUBT,
  Code.INTERNAL,
]);

function verdict(attempts: readonly Attempt[], kind: Ask<unknown>["kind"]): Failure {
  const inDoubt = attempts.find(({ error }) => error.code === Code.IN_DOUBT);
  const { error } = inDoubt ?? attempts.at(-1)!;
  const code = kind === "read" && error.code === Code.IN_DOUBT ? Code.UNAVAILABLE : error.code;
  return create(ErrorSchema, { ...error, code, message: tell(attempts, error) });
}

function tell(attempts: readonly Attempt[], { code, message }: Failure): string {
  if (!elsewhere.has(code)) return message;
  const reasons = attempts.map(({ address, error }) => `${address} says: ${error.message}`);
  return reasons.join("; ");
}
