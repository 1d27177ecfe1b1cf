/**
 * The options of a command, declared once: flags, what they say in the help, how their text is read. Everything that is
 * wrong with a call is told at once, not one problem a try.
 */
import { Command, Option } from 'commander';
import { clampedDate, isBillingMonth, seoulInstant, type Instant, type Month } from '../../lambdas/kernel/dates.ts';
import { ACCOUNT_ID } from '../../lambdas/kernel/ids.ts';

/** The caller asked for something that cannot be done as asked: exit code 2, and one clear message. */
export class CallerFault extends Error {
  override readonly name = 'CallerFault';
}

/** A person or the system ended the command: the exit code says by which signal. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`stopped by ${signal}`);
    this.exitCode = signal === 'SIGINT' ? 130 : 143;
  }
}

/**
 * One option, or a word without a flag where `flags` is `<its name>`. `read` answers with the value, or throws
 * `CallerFault` with what is allowed.
 */
export interface OptionSpec<T> {
  readonly flags: string;
  readonly description: string;
  readonly read: (text: string) => T;
  /** The text that is read when the option is not given; without it, the option must be given. */
  readonly fallback?: string;
  /** What an option that is not given is worth, where no text says it. */
  readonly absent?: { readonly value: T };
  /** It may be given several times: its texts are read as one, with commas between. */
  readonly repeats?: true;
}

type Specs = Readonly<Record<string, OptionSpec<unknown>>>;
/** The values of a command's options, by their names. */
export type Values<S extends Specs> = { readonly [K in keyof S]: S[K] extends OptionSpec<infer T> ? T : never };

/** What is wrong with options beside each other. `given` is the text of an option that was given, else null. */
type Together<S extends Specs> = (given: (name: keyof S & string) => string | null) => readonly string[];

/** An option that must be given, or that has a default text. */
export const option = <T>(
  flags: string,
  description: string,
  read: (text: string) => T,
  fallback?: string,
): OptionSpec<T> => ({ flags, description, read, ...(fallback === undefined ? {} : { fallback }) });

/** A word of the command line by its place: `tr1l run show 2026-01`. It must be given. */
export const word = <T>(name: string, description: string, read: (text: string) => T): OptionSpec<T> => ({
  flags: `<${name}>`,
  description,
  read,
});

/** An option that is null when it is not given. */
export const optional = <T>(flags: string, description: string, read: (text: string) => T): OptionSpec<T | null> => ({
  flags,
  description,
  read,
  absent: { value: null },
});

/** An option that may be given several times, or with commas; null when it is not given. `read` is asked for each text. */
export const repeated = <T>(
  flags: string,
  description: string,
  read: (text: string) => T,
): OptionSpec<readonly T[] | null> => ({
  ...optional(flags, description, (texts) => texts.split(',').map(read)),
  repeats: true,
});

/** An option without a value: given or not. */
export const flag = (flags: string, description: string): OptionSpec<boolean> => ({
  flags,
  description,
  read: () => true,
  absent: { value: false },
});

/** A whole number from `min` to `max`. */
export const wholeNumber =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new CallerFault(`must be a whole number from ${min} to ${max}, not "${text}"`);
  };

/** A billing month. */
export const month = (text: string): Month => {
  if (isBillingMonth(text)) return text;
  throw new CallerFault(`must be a month YYYY-MM of the years 2000 to 2199, such as 2026-01, not "${text}"`);
};

/** An account. */
export const accountId = (text: string): string => {
  if (ACCOUNT_ID.test(text)) return text;
  throw new CallerFault(`must be 1 to 32 of A–Z, a–z, 0–9, "_" and "-", not "${text}"`);
};

/** Any text but an empty one: a path, a name, a seed. */
export const anyText = (text: string): string => {
  if (text !== '') return text;
  throw new CallerFault('must not be empty');
};

/** A local time in Asia/Seoul; a day past its month's end means the last one. */
export const seoulTimeText = (text: string): Instant => {
  const [, month = '', day = '', time = ''] =
    /^(\d{4}-\d{2})-(\d{2})[ T]([01]\d:[0-5]\d|2[0-3]:[0-5]\d)$/.exec(text) ?? [];
  if (isBillingMonth(month) && Number(day) >= 1 && Number(day) <= 31)
    return seoulInstant(clampedDate(month, Number(day)), time);
  throw new CallerFault(`must be a local time in Seoul such as "2026-02-10 09:00", not "${text}"`);
};

/** One of a few words. */
export const oneOf =
  <const T extends string>(words: readonly T[]) =>
  (text: string): T => {
    const found = words.find((word) => word === text);
    if (found !== undefined) return found;
    throw new CallerFault(`must be ${words.join(' or ')}, not "${text}"`);
  };

/** Why a person does what changes something: it goes to the audit log. */
export const REASON = option('--reason <text>', 'why, for the audit log', anyText);

/** Commands that change something are dry runs without it. */
export const APPLY = flag('--apply', 'do it; without it, only say what would be done');

/** A command with these options. The keys of `specs` are the options' names in camel case; words stand in the order of their places. */
export function optionCommand<const S extends Specs>(
  name: string,
  description: string,
  specs: S,
  run: (values: Values<S>) => Promise<void>,
  together: Together<S> = () => [],
): Command {
  // Unknown options and words are let through, as commander would stop at the first of them.
  const command = new Command(name).description(description).allowUnknownOption().allowExcessArguments();
  for (const { flags, description: says, fallback, repeats } of Object.values(specs)) {
    // Commander must not be the one who misses a word: it would tell that problem alone.
    if (isWord(flags)) command.argument(`[${nameOf(flags)}]`, says);
    else {
      const added = fallback === undefined ? new Option(flags, says) : new Option(flags, says).default(fallback);
      command.addOption(repeats ? added.argParser(joined) : added);
    }
  }
  const words = Object.values(specs).flatMap(({ flags }) => (isWord(flags) ? [flags] : []));
  // Commander would show them as words that may be left out.
  command.usage(['[options]', ...words].join(' '));
  return command.action(async () => {
    await run(readValues(command, specs, together));
  });
}

/** Commands under one name: `tr1l policy show`, `tr1l policy list`. */
export function commandGroup(name: string, description: string, commands: readonly Command[]): Command {
  const group = new Command(name)
    .description(description)
    .configureHelp({ subcommandTerm: (each) => `${each.name()} ${each.usage()}` });
  for (const command of commands) group.addCommand(command);
  return group;
}

const joined = (text: string, before: string | undefined): string =>
  before === undefined ? text : `${before},${text}`;
const isWord = (flags: string): boolean => flags.startsWith('<');
const nameOf = (flags: string): string => flags.slice(1, -1);

function readValues<S extends Specs>(command: Command, specs: S, together: Together<S>): Values<S> {
  const raw: Readonly<Record<string, unknown>> = command.opts();
  const { words, problems } = given(command);
  const values: Record<string, unknown> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const called = isWord(spec.flags) ? nameOf(spec.flags) : (new Option(spec.flags).long ?? name);
    const text = isWord(spec.flags) ? words.shift() : raw[name];
    if (text === undefined) {
      if (spec.absent) values[name] = spec.absent.value;
      else problems.push(`${called} must be given`);
      continue;
    }
    try {
      values[name] = spec.read(typeof text === 'string' ? text : '');
    } catch (error) {
      if (!(error instanceof CallerFault)) throw error;
      problems.push(`${called} ${error.message}`);
    }
  }
  problems.push(...together((name) => (command.getOptionValueSource(name) === 'cli' ? String(raw[name]) : null)));
  problems.push(...words.map((excess) => `unexpected "${excess}"`));
  if (problems.length > 0)
    throw new CallerFault(`${problems.join('; ')} ("${fullName(command)} --help" says what is allowed)`);
  return values as Values<S>;
}

/** `tr1l policy show`: the words by which the command is called. */
const fullName = (command: Command): string =>
  command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();

/** The words of the command line by their places. A word after an unknown option is taken for that option's value. */
function given({ args }: Command): { words: string[]; problems: string[] } {
  const words: string[] = [];
  const problems: string[] = [];
  args.forEach((text, index) => {
    if (text.startsWith('-')) problems.push(`unknown option ${text.split('=')[0] ?? text}`);
    else if (!args[index - 1]?.startsWith('-')) words.push(text);
  });
  return { words, problems };
}
