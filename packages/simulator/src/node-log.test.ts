import { expect, it } from "vitest";
import { EventLog } from "./event-log.ts";
import { logNodeEvent } from "./node-log.ts";

/** The log of a node that met a fault, installed in this directory. */
function logIn(directory: string): EventLog {
  const log = new EventLog({ monotonicMs: () => 7 });
  const stack = `    at mint (${directory}/mint-row.js:12:3)\n    at ${directory}/engine.js:9:1`;
  logNodeEvent(log, "n1", { type: "born", clusterId: "c", owners: 3 });
  logNodeEvent(log, "n1", { type: "fault", doing: "a put", detail: `Error: torn\n${stack}` });
  return log;
}

it("the stack of a fault stands beside the log, which is the same in every directory", () => {
  const [here, there] = [logIn("/here"), logIn("/there")];
  expect(here.events[1]!.aside).toContain("/here/mint-row.js");
  expect(here.lines()[1]).toContain('"detail":"Error: torn"');
  expect(here.lines()).toEqual(there.lines());
  expect(here.digest()).toBe(there.digest());
});
