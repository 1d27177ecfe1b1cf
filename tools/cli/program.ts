/** The shell around every command: help, unknown commands, and what the process says and answers when something fails. */
import { Command, CommanderError } from 'commander';
import { InvalidImportInput } from '../../lambdas/import/domain/faults.ts';
import { awsFault } from './aws-faults.ts';
import { CallerFault, Stopped } from './options.ts';

/** The caller asked for something that cannot be done as asked. */
const CALLERS_FAULT = 2;
/** Everything else. */
const OUR_FAULT = 1;

/** The commands by name, each loaded when it is needed: the packages of one are half a second of another. */
export type Commands = Readonly<Record<string, () => Promise<Command>>>;

/** The command of that name alone; all of them for the help, and for a name that there is not. */
const namedBy = (name: string | undefined, commands: Commands): readonly (() => Promise<Command>)[] => {
  const named = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  return named ? [named] : Object.values(commands);
};

/** Whoever finds a problem, the program is the one who says it. */
const OUTPUT = {
  outputError: (text: string, write: (text: string) => void): void => {
    write(text.replace(/^error:/, 'tr1l:'));
  },
};

/** A command, and those under it, that never end the process themselves. */
function quiet(command: Command): Command {
  command.commands.forEach(quiet);
  return command
    .configureOutput(OUTPUT)
    .exitOverride()
    .showHelpAfterError(
      command.commands.length === 0 ? false : `("tr1l ${command.name()} --help" says what is allowed)`,
    );
}

/** Runs the command that the arguments name, and sets the exit code. */
export async function runProgram(commands: Commands): Promise<void> {
  endWithLauncher();
  // A reader that has seen enough (`tr1l bill … | head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    process.stderr.write(`tr1l: the output cannot be written: ${error.message}\n`);
    process.exit(OUR_FAULT);
  });
  const program = new Command('tr1l')
    .description('Settlement and dispatch of telecom bills: on AWS, and on this machine.')
    .showHelpAfterError('("tr1l --help" says what is allowed)')
    .configureOutput(OUTPUT)
    .exitOverride();
  try {
    for (const load of namedBy(process.argv[2], commands)) program.addCommand(quiet(await load()));
    await program.parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Says what went wrong, unless that has been said already, and answers with the exit code. */
function report(thrown: unknown): number {
  const error = awsFault(thrown);
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : CALLERS_FAULT;
  const isCallers = error instanceof CallerFault || error instanceof InvalidImportInput;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`tr1l: ${message}\n`);
  if (!isCallers && process.env['TR1L_DEBUG'] && thrown instanceof Error)
    process.stderr.write(`${thrown.stack ?? ''}\n`);
  if (error instanceof Stopped) return error.exitCode;
  return isCallers ? CALLERS_FAULT : OUR_FAULT;
}

/** The launcher holds a channel to this process: when it is killed, we end as if we had been told to. */
function endWithLauncher(): void {
  if (!process.channel) return;
  process.channel.unref();
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
}
