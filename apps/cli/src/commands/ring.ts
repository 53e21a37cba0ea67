import type { Command } from "commander";
import { defineChanges } from "../ring/change-commands.ts";
import { defineShares } from "../ring/shares.ts";
import { programName, type Terminal } from "../terminal.ts";

export function define(command: Command, terminal: Terminal): void {
  defineShares(
    command.command("shares", { isDefault: true }).summary("who owns how much"),
    terminal,
  );
  defineChanges(command, terminal);
  const program = programName(terminal);
  command.addHelpText(
    "after",
    `
One change at a time, while everything is read and written. The command shows how far it is; it goes
on without it, and from any node. docs/ring-changes.md says what blocks one and what to do then.

Examples:
  ${program} ring
  ${program} ring --n 5 --json
  ${program} ring join n4 n5 --plan
  ${program} ring join n4 --zone north
  ${program} ring leave n2
  ${program} ring replace n3 n6
  ${program} ring status`,
  );
}
