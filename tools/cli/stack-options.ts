/** The options by which a command finds a deployed stack. */
import { existsSync } from 'node:fs';
import { inputToRead } from './files.ts';
import { anyText, CallerFault, option } from './options.ts';

/** The file that `cdk deploy --outputs-file` writes: who has not deployed yet is told where it comes from. */
const outputsFile = (path: string): string => {
  if (existsSync(path)) return inputToRead(path);
  throw new CallerFault(`names a file that is not there: ${path}, which "cdk deploy --outputs-file ${path}" writes`);
};

export const STACK = {
  outputs: option('--outputs <file>', 'what cdk deploy --outputs-file wrote', outputsFile, 'cdk.out/outputs.json'),
  stack: option('--stack <name>', 'the stack in that file', anyText, 'Tr1l-dev'),
};
