/** The options by which a command finds a deployed stack. */
import { fileToRead } from './files.ts';
import { anyText, option } from './options.ts';

export const STACK = {
  outputs: option('--outputs <file>', 'what cdk deploy --outputs-file wrote', fileToRead, 'cdk.out/outputs.json'),
  stack: option('--stack <name>', 'the stack in that file', anyText, 'Tr1l-dev'),
};
