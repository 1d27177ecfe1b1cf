/** `cdk synth`, as a person would call it: the template that runs here is the one that deploys. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CDK = fileURLToPath(new URL('../../node_modules/aws-cdk/bin/cdk', import.meta.url));

/** Writes the cloud assembly of the stage dev into the folder. Throws with what the CLI said. */
export async function synthesize(folder: string, signal: AbortSignal): Promise<void> {
  const path = `${ROOT}node_modules/.bin:${process.env['PATH'] ?? ''}`;
  const args = [CDK, 'synth', '--quiet', '--no-notices', '--output', folder];
  try {
    await promisify(execFile)(process.execPath, args, { cwd: ROOT, env: { ...process.env, PATH: path }, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const said = (error as { stderr?: string }).stderr?.trim() ?? '';
    throw new Error(`cdk synth failed:\n${said}`, { cause: error });
  }
}
