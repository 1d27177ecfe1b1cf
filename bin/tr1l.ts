/** The operator's program. Each command stands in a file of its own in tools/cli/. */
import type { Command } from 'commander';
import { billCommand } from '../tools/cli/bill.ts';
import { explainCommand } from '../tools/cli/explain.ts';
import { generateCommand } from '../tools/cli/generate.ts';
import { importCommand } from '../tools/cli/import.ts';
import { runProgram } from '../tools/cli/program.ts';
import { startCommand } from '../tools/cli/start.ts';

/** In the order in which the help lists them. */
const COMMANDS: readonly (() => Command)[] = [
  startCommand,
  generateCommand,
  importCommand,
  billCommand,
  explainCommand,
];

await runProgram(COMMANDS);
