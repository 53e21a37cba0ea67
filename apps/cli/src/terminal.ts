import pc from "picocolors";

/** What commands see of the world around the process, so that tests can stand in for it. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Results: one or more lines on stdout. */
export function print({ stdout }: Terminal, text: string): void {
  stdout.write(`${text}\n`);
}

/** Everything that is no result goes to stderr, so that stdout can be piped. */
export function note({ stderr }: Terminal, text: string): void {
  stderr.write(`${text}\n`);
}

/** Colours for one of the two streams: none when it is no terminal, or NO_COLOR is set. */
export function colors(
  terminal: Terminal,
  stream: "stdout" | "stderr" = "stdout",
): ReturnType<typeof pc.createColors> {
  const { NO_COLOR, FORCE_COLOR, TERM } = terminal.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return pc.createColors(false);
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== "" && FORCE_COLOR !== "0";
  return pc.createColors(forced || (terminal[stream].isTTY === true && TERM !== "dumb"));
}

/** How the user called this program, for commands to paste. */
export function programName({ env }: Terminal): string {
  const throughNpm = env["npm_command"] !== undefined || env["npm_lifecycle_event"] !== undefined;
  return throughNpm ? "npx coterie" : "coterie";
}
