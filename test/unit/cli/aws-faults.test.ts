/** A call without what the SDK needs to reach AWS is told in one sentence, with what to do: the SDK's own errors, not made ones. */
import { expect, it } from 'vitest';
import { runTr1lInto, runTr1lWith, goldenFile } from '../../support/run-tr1l.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

const outputs = temporaryFiles().file('outputs.json', '{"Tr1l-dev":{"RunsTable":"runs"}}');
const NOWHERE = {
  ...{ AWS_REGION: undefined, AWS_PROFILE: undefined, AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
  ...{ AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null', AWS_EC2_METADATA_DISABLED: 'true' },
};
const REGION = { AWS_REGION: 'ap-northeast-2' };
const KEYS = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };

it.each<[string, Record<string, string>, number, RegExp]>([
  ['a region', KEYS, 2, /^tr1l: no AWS region is set that could be one: set AWS_REGION, .*\n$/],
  [
    'a region that could be one',
    { ...KEYS, AWS_REGION: 'a b' },
    2,
    /^tr1l: no AWS region is set that could be one: .*\n$/,
  ],
  ['credentials', REGION, 2, /^tr1l: no AWS credentials were found: set AWS_PROFILE .*\n$/],
  [
    'anybody at the other end',
    { ...REGION, ...KEYS, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
    1,
    /^tr1l: nothing answers at 127\.0\.0\.1:9: .*AWS_ENDPOINT_URL.*\n$/,
  ],
])('a command without %s', async (_, env, code, says) => {
  const told = await runTr1lWith({ ...NOWHERE, ...env }, 'run', 'show', '2026-01', '--outputs', outputs);
  expect([told.code, told.stdout, told.stderr]).toEqual([code, '', expect.stringMatching(says)]);
});

it('a command whose output has no room left', () => {
  const files = ['catalogs.json', 'accounts.jsonl', 'usage.jsonl'].map(goldenFile);
  const [catalogs = '', accounts = '', usage = ''] = files;
  const words = ['--catalogs', catalogs, '--accounts', accounts, '--usage', usage, '--month', '2026-02'];
  const told = runTr1lInto('/dev/full', 'bill', ...words);
  expect([told.code, told.stderr]).toEqual([
    1,
    expect.stringMatching(/^tr1l: the output cannot be written: ENOSPC.*\n$/),
  ]);
});
