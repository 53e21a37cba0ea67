/** The faults that a run can meet. Every one of them heals before the run is judged. */
export const FAULT_KINDS = [
  "crash",
  "pause",
  "partition",
  "oneWay",
  "reset",
  "hang",
  "slowNetwork",
  "slowDisk",
  "diskError",
  "diskFull",
  "clockJump",
  "clockDrift",
  "wipe",
  "restore",
  "clientVanish",
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

export function isFaultKind(text: string): text is FaultKind {
  return (FAULT_KINDS as readonly string[]).includes(text);
}
