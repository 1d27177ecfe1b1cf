/** The operator's program. Each command stands in a file of its own in tools/cli/, which is loaded when it is named. */
import { runProgram, type Commands } from '../tools/cli/program.ts';

/** In the order in which the help lists them. */
const COMMANDS: Commands = {
  start: async () => (await import('../tools/cli/start.ts')).startCommand(),
  generate: async () => (await import('../tools/cli/generate.ts')).generateCommand(),
  import: async () => (await import('../tools/cli/import.ts')).importCommand(),
  bill: async () => (await import('../tools/cli/bill.ts')).billCommand(),
  explain: async () => (await import('../tools/cli/explain.ts')).explainCommand(),
  run: async () => (await import('../tools/cli/run.ts')).runCommand(),
  rejections: async () => (await import('../tools/cli/rejections.ts')).rejectionsCommand(),
  policy: async () => (await import('../tools/cli/policy.ts')).policyCommand(),
  dispatch: async () => (await import('../tools/cli/dispatch.ts')).dispatchCommand(),
  notice: async () => (await import('../tools/cli/notice.ts')).noticeCommand(),
  dlq: async () => (await import('../tools/cli/dlq.ts')).dlqCommand(),
  bench: async () => (await import('../tools/cli/bench.ts')).benchCommand(),
};

await runProgram(COMMANDS);
