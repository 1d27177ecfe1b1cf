import type { IncomingFile, IncomingFiles } from './adapters/incoming-files.ts';
import { InvalidImportInput } from './domain/faults.ts';
import type { ImportInput } from './domain/import-input.ts';

export interface FoundFiles {
  readonly accounts: IncomingFile;
  readonly usage: IncomingFile;
  /** The JSON of the catalog file. */
  readonly catalogs: unknown;
}

/** The files that an input names. Throws `InvalidImportInput` with everything that is missing, or no JSON. */
export async function findFiles(
  files: IncomingFiles,
  { accountsKey, usageKey, catalogsKey }: ImportInput,
): Promise<FoundFiles> {
  const [accounts, usage, text] = await Promise.all([
    files.find(accountsKey),
    files.find(usageKey),
    files.text(catalogsKey),
  ]);
  const problems = [
    ...(accounts ? [] : [`there is no object ${accountsKey}`]),
    ...(usage ? [] : [`there is no object ${usageKey}`]),
    ...(text === null ? [`there is no object ${catalogsKey}`] : []),
  ];
  let catalogs: unknown;
  try {
    if (text !== null) catalogs = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    problems.push(`${catalogsKey} is no JSON: ${(error as Error).message}`);
  }
  if (!accounts || !usage || problems.length > 0)
    throw new InvalidImportInput(`Nothing can be imported by this input: ${problems.join('; ')}.`);
  return { accounts, usage, catalogs };
}
