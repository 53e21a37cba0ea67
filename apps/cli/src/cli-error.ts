/** Exit codes: stable, documented in `coterie --help`. */
export const ExitCode = {
  done: 0,
  /** A simulation or chaos found a violation. */
  violation: 1,
  /** Bad usage or input: the same command never succeeds. */
  usage: 2,
  notFound: 3,
  /** Nothing was done. */
  failed: 4,
  /** A write that may or may not have happened. */
  inDoubt: 5,
} as const;

export type ErrorCode =
  | "usage"
  | "invalid"
  | "not_found"
  | "unavailable"
  | "in_doubt"
  | "overloaded"
  | "bucket_exists"
  | "bucket_unknown"
  | "not_ready"
  | "wrong_cluster"
  | "start_failed"
  | "storage"
  | "violation"
  | "internal";

const exits: Readonly<Record<ErrorCode, number>> = {
  usage: ExitCode.usage,
  invalid: ExitCode.usage,
  bucket_exists: ExitCode.usage,
  not_found: ExitCode.notFound,
  bucket_unknown: ExitCode.notFound,
  in_doubt: ExitCode.inDoubt,
  unavailable: ExitCode.failed,
  overloaded: ExitCode.failed,
  not_ready: ExitCode.failed,
  wrong_cluster: ExitCode.failed,
  start_failed: ExitCode.failed,
  storage: ExitCode.failed,
  violation: ExitCode.violation,
  internal: ExitCode.failed,
};

/** What ends a command early: a sentence for people, a code for programs. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: ErrorCode;
  /** Beside `code` and `message` in the JSON form. */
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    facts: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.facts = facts;
  }

  get exitCode(): number {
    return exits[this.code];
  }
}
