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

/** Reads the outputs of a stack from a set of them, or says what is missing. */
export function importOutputs(all: unknown, where: string): ImportOutputs {
  const result = outputs.safeParse(all);
  if (result.success) return result.data;
  throw new CallerFault(`${where} lacks outputs of the stack: ${problemsOf(result.error)}`);
}

/** The outputs of one stack in a file of `cdk deploy --outputs-file`. */
export function readOutputs(path: string, stack: string): ImportOutputs {
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
  return importOutputs(stacks[stack], `${path}, ${stack},`);
}
