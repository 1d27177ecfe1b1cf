/** Where a deployed stack's tables, bucket and key are: the file that `cdk deploy --outputs-file` writes. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { problemsOf } from '../../lambdas/platform/decode.ts';
import { CallerFault } from './options.ts';

const outputs = z.object({
  AccountsTable: z.string(),
  UsageTable: z.string(),
  RunsTable: z.string(),
  CatalogsBucket: z.string(),
  ContactKeyArn: z.string(),
  BucketCount: z.coerce.number().int().min(1),
});

/** What the import needs of a stack's outputs. */
export type ImportOutputs = z.output<typeof outputs>;

/** The part of a stack's outputs that a schema names, or what is missing of it. */
function outputsBy<S extends z.ZodType>(schema: S, all: unknown, where: string): z.output<S> {
  const result = schema.safeParse(all);
  if (result.success) return result.data;
  throw new CallerFault(`${where} lacks outputs of the stack: ${problemsOf(result.error)}`);
}

/** What the import needs, from the file of `cdk deploy --outputs-file`. */
export const readOutputs = (path: string, stack: string): ImportOutputs =>
  outputsBy(outputs, stackOutputs(path, stack), `${path}, ${stack},`);

/** Outputs of these names, from the same file. */
export function namedOutputs<const K extends string>(
  path: string,
  stack: string,
  names: readonly K[],
): Readonly<Record<K, string>> {
  const schema = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  return outputsBy(schema, stackOutputs(path, stack), `${path}, ${stack},`) as Record<K, string>;
}

/** The outputs of one stack in that file. */
function stackOutputs(path: string, stack: string): unknown {
  let file: unknown;
  try {
    file = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw new CallerFault(`${path} is no JSON: ${error.message}`);
    throw error;
  }
  const stacks = (file ?? {}) as Readonly<Record<string, unknown>>;
  if (!(stack in stacks))
    throw new CallerFault(`${path} has no stack ${stack}; it has ${Object.keys(stacks).join(', ') || 'none'}`);
  return stacks[stack];
}
