import type { z } from 'zod';

/** Something from outside did not have the form it must have. Retrying cannot help: the state machine fails at once. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
}

/** Every problem that zod found, as `path: what is wrong`, joined by `; `. */
export const problemsOf = (error: z.ZodError): string =>
  error.issues.map((issue) => `${issue.path.join('.') || '(whole)'}: ${issue.message}`).join('; ');

/** Decodes a value from outside; throws `InvalidInput` with every problem at once. `what` names the thing in the message. */
export function decode<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value);
  if (!result.success) throw new InvalidInput(`${what} is not valid: ${problemsOf(result.error)}`);
  return result.data;
}
