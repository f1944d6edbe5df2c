// SPDX-License-Identifier: Apache-2.0
// How a driver program talks to its test: one JSON object a line, commands in, events out.
"use strict";

const readline = require("node:readline");

/** Tells the test what happened. */
function tell(event, facts) {
  process.stdout.write(JSON.stringify({ event, ...facts }) + "\n");
}

/** Calls the handler named by each command's `do`; the end of the input ends the program. */
function obey(handlers, leave) {
  const input = readline.createInterface({ input: process.stdin });
  input.on("line", async (line) => {
    const command = JSON.parse(line);
    try {
      await handlers[command.do](command);
    } catch (error) {
      tell("refused", { command: command.do, why: error.message });
    }
  });
  input.on("close", async () => {
    await leave();
    process.exit(0);
  });
}

/** `--broker URL --interface NAME ...` as an object. */
function options() {
  const words = process.argv.slice(2);
  const found = {};
  for (let at = 0; at < words.length; at += 2) {
    found[words[at].replace(/^--/, "")] = words[at + 1];
  }
  return found;
}

module.exports = { obey, options, tell };
