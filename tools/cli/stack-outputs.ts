/** Where a deployed stack's tables, bucket and key are: the file that `cdk deploy --outputs-file` writes. */
import { z } from 'zod';
import { isMembers } from '../../lambdas/settlement/domain/form.ts';
import { readJson } from './files.ts';
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
function outputsBy<S extends z.ZodType>(schema: S, path: string, stack: string): z.output<S> {
  const result = schema.safeParse(stackOutputs(path, stack));
  if (result.success) return result.data;
  const missing = [...new Set(result.error.issues.map((issue) => String(issue.path[0])))];
  throw new CallerFault(
    `${path} lacks outputs of ${stack}: ${missing.join(', ')}; deploy it again with --outputs-file`,
  );
}

/** What the import needs, from the file of `cdk deploy --outputs-file`. */
export const readOutputs = (path: string, stack: string): ImportOutputs => outputsBy(outputs, path, stack);

/** Outputs of these names, from the same file. */
export function namedOutputs<const K extends string>(
  path: string,
  stack: string,
  names: readonly K[],
): Readonly<Record<K, string>> {
  const schema = z.object(Object.fromEntries(names.map((name) => [name, z.string()])));
  return outputsBy(schema, path, stack) as Record<K, string>;
}

/** The outputs of one stack in that file. */
function stackOutputs(path: string, stack: string): unknown {
  const file = readJson(path);
  const stacks = isMembers(file) ? file : {};
  if (!Object.hasOwn(stacks, stack))
    throw new CallerFault(`${path} has no stack ${stack}; it has ${Object.keys(stacks).join(', ') || 'none'}`);
  return isMembers(stacks[stack]) ? stacks[stack] : {};
}
