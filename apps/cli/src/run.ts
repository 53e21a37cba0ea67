import { Command, CommanderError } from "commander";
import { CliError, ExitCode } from "./cli-error.ts";
import { commands } from "./commands.ts";
import { colors, note, programName, type Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** Carries out one command line. Resolves to the exit code; never rejects, never ends the process. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    const program = await build(argv, terminal);
    await program.parseAsync([...argv], { from: "user" });
    return ExitCode.done;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.done;
    const failure = asCliError(error, terminal);
    tell(failure, argv.includes("--json"), terminal);
    return failure.exitCode;
  }
}

/** The program with the command that is asked for; of the others it knows names and summaries only. */
async function build(argv: readonly string[], terminal: Terminal): Promise<Command> {
  const program = new Command("coterie")
    .description(
      "A leaderless, always-writable key-value store: start nodes, read and write, operate a cluster.",
    )
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this")
    .helpCommand("help [command]", "print help for a command")
    .addHelpText("after", overview(terminal));
  settle(program, terminal);
  const words = argv.filter((word) => !word.startsWith("-"));
  const wanted = words[0] === "help" ? words[1] : words[0];
  for (const { name, summary, load } of commands) {
    const command = program.command(name).summary(summary).description(summary);
    settle(command, terminal);
    if (name !== wanted) continue;
    (await load()).define(command, terminal);
    for (const inner of command.commands) settle(inner, terminal);
  }
  return program;
}

function settle(command: Command, terminal: Terminal): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: () => {},
      outputError: () => {},
      getOutHasColors: () => colors(terminal).isColorSupported,
    })
    .configureHelp({ styleTitle: (text) => colors(terminal).bold(text) });
}

function overview(terminal: Terminal): string {
  const program = programName(terminal);
  return `
Examples:
  ${program} dev                        a local cluster of three nodes
  ${program} put carts alice milk       write
  ${program} get carts alice            read
  ${program} status                     who is alive

Exit codes: 0 done, 1 a simulation or chaos found a violation, 2 bad usage or input, 3 not found, 4 failed and nothing was done, 5 in doubt.`;
}

function asCliError(error: unknown, terminal: Terminal): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof CommanderError) return usageError(error, terminal);
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return new CliError("internal", `${message} (a bug of coterie: ${stack ?? "no stack"})`);
}

/** Commander's message as one sentence. */
function usageError({ code, message }: CommanderError, terminal: Terminal): CliError {
  const program = programName(terminal);
  if (code === "commander.help") {
    return new CliError("usage", `which command? \`${program} --help\` lists them`);
  }
  const sentence = message.replace(/^error: /, "").replaceAll(/\s*\n\s*/g, " ");
  return new CliError("usage", `${sentence} (\`${program} --help\` tells more)`);
}

function tell({ code, message, facts }: CliError, json: boolean, terminal: Terminal): void {
  const red = colors(terminal, "stderr").red;
  if (json) note(terminal, JSON.stringify({ error: { code, message, ...facts } }));
  else note(terminal, `${red("coterie:")} ${message}`);
}
