/** The commands that work on files, run as a person runs them. */
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expected, type Json } from '../../support/billing-golden.ts';
import { goldenFile, runTr1l } from '../../support/run-tr1l.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

const { folder, file } = temporaryFiles();
const results = (stdout: string): Json[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);

const CATALOGS = ['--catalogs', goldenFile('catalogs.json')];
const GOLDEN = [
  ...CATALOGS,
  ...['--accounts', goldenFile('accounts.jsonl'), '--usage', goldenFile('usage.jsonl'), '--month', '2026-02'],
];

describe('tr1l bill', () => {
  it('gives the golden results, a line each in the order of the accounts, and counts rejections by reason', () => {
    const { code, stdout, stderr } = runTr1l('bill', ...GOLDEN);
    expect(code).toBe(0);
    expect(results(stdout)).toEqual(expected);
    const rejected = expected.filter((one) => 'rejected' in one);
    expect(stderr).toContain(`${expected.length} accounts: ${expected.length - rejected.length} invoices`);
    const malformed = rejected.filter((one) => (one['rejected'] as string[]).includes('MALFORMED'));
    expect(stderr).toContain(`MALFORMED ${malformed.length}\n`);
    expect(stderr).toContain('5 of another month');
  });

  it('finds usage in whatever order it stands', () => {
    const lines = readFileSync(goldenFile('usage.jsonl'), 'utf8').trim().split('\n').reverse();
    const usage = file('reversed.jsonl', ...lines);
    const { stdout } = runTr1l('bill', ...GOLDEN, '--usage', usage);
    expect(results(stdout)).toEqual(expected);
  });

  it('bills nothing of a broken file, and shows 20 broken lines and counts all', () => {
    const accounts = file(
      'broken.jsonl',
      '{"accountId":"A1","dueDay":1}',
      ...new Array<string>(24).fill('{'),
      '{"accountId":"A1"}',
    );
    const usage = file('twice.jsonl', ...new Array<string>(2).fill('{"accountId":"A1","month":"2026-02"}'));
    const { code, stdout, stderr } = runTr1l('bill', ...GOLDEN, '--accounts', accounts, '--usage', usage);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('nothing was billed: 26 broken lines');
    expect(stderr).toContain(`${accounts}:2: (whole): is no JSON`);
    expect(stderr).toContain('… and 6 more');
    expect(stderr.split('\n').filter((line) => line.includes('.jsonl:'))).toHaveLength(20);
  });

  it('bills nothing of a file that is not UTF-8', () => {
    const [accounts, catalogs] = [join(folder, 'cp949.jsonl'), join(folder, 'cp949.json')];
    for (const path of [accounts, catalogs])
      writeFileSync(path, Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xb1, 0xe8]), Buffer.from('"}')]));
    expect(runTr1l('bill', ...GOLDEN, '--accounts', accounts)).toMatchObject({
      code: 2,
      stderr: `tr1l: nothing was billed: 1 broken line\n  ${accounts}:1: (whole): is not UTF-8\n`,
    });
    expect(runTr1l('bill', ...GOLDEN, '--catalogs', catalogs)).toMatchObject({
      code: 2,
      stderr: `tr1l: ${catalogs} is not UTF-8\n`,
    });
  });

  it('refuses a faulty catalog whole, each fault with its path', () => {
    const catalogs = file('catalogs.json', '[{"catalogId":"x","effectiveFrom":"2026-02-30"}]');
    const { code, stderr } = runTr1l('bill', ...GOLDEN, '--catalogs', catalogs);
    expect(code).toBe(2);
    expect(stderr).toContain('[0].effectiveFrom: must be a date');
    expect(stderr).toContain('[0].vatRate: must be');
    const empty = file('empty-catalogs.json', JSON.stringify(new Array(30).fill(null)));
    const told = runTr1l('bill', ...GOLDEN, '--catalogs', empty)
      .stderr.trim()
      .split('\n');
    expect(told).toEqual([
      `tr1l: ${empty} cannot be used: 30 faults`,
      ...Array.from({ length: 30 }, (_, version) => `  [${version}]: must be an object`),
    ]);
  });
});

describe('tr1l explain', () => {
  const explained = (accountId: string, ...more: string[]) =>
    runTr1l('explain', ...GOLDEN, '--account', accountId, ...more);

  it('shows each line with its arithmetic, in both languages', () => {
    const english = explained('A0012893', '--locale', 'en');
    expect(english.code).toBe(0);
    expect(english.stdout).toContain('PLAN_FEE LTE 33, 2/27–2/28, 2 of 28 days: 34,100 × 2 ÷ 28 = 2,435');
    expect(english.stdout).toContain('7,375 used − 178 included = 7,197 MB: 7,197 × 0.22, at most 22,000 = 1,583');
    const korean = explained('A0012893', '--locale', 'ko');
    expect(korean.stdout).toContain('28일 중 2일');
    expect(korean.stdout).toContain('청구금액 4,010');
  });

  it('says why an account is rejected, and which account there is not', () => {
    expect(explained('A0007848').stdout).toContain('INVALID_AMOUNT');
    expect(explained('NOBODY')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no account NOBODY') as string,
    });
  });
});

describe('tr1l generate', () => {
  it('writes months that tr1l bill takes, the same for the same seed', () => {
    const generated = (name: string) => {
      const out = join(folder, name);
      expect(runTr1l('generate', '--accounts', '300', '--months', '2', '--seed', '5', '--out', out).code).toBe(0);
      return (path: string) => readFileSync(join(out, path), 'utf8');
    };
    const [one, two] = [generated('one'), generated('two')];
    for (const path of ['catalogs.json', '2026-01/accounts.jsonl', '2026-02/accounts.jsonl', '2026-02/usage.jsonl'])
      expect(one(path)).toBe(two(path));
    const at = (path: string) => join(folder, 'one', path);
    const { code, stdout } = runTr1l(
      ...['bill', '--catalogs', at('catalogs.json'), '--accounts', at('2026-02/accounts.jsonl')],
      ...['--usage', at('2026-02/usage.jsonl'), '--month', '2026-02'],
    );
    expect(code).toBe(0);
    expect(results(stdout)).toHaveLength(300);
  });
});

describe('a call that cannot be', () => {
  it('is told every problem at once, with exit code 2 and nothing written', () => {
    const out = join(folder, 'never');
    const { code, stdout, stderr } = runTr1l(
      'generate',
      '--acounts',
      '5',
      '--months',
      'six',
      '--month',
      '2026-13',
      '--out',
      out,
    );
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('unknown option --acounts');
    expect(stderr).toContain('--months must be a whole number from 1 to 120, not "six"');
    expect(stderr).toContain('--month must be a month YYYY-MM');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(out)).toBe(false);
  });

  it.each([
    [['frobnicate'], "unknown command 'frobnicate'"],
    [['--frob'], "unknown option '--frob'"],
    [['run', 'shwo', '2026-01'], '"tr1l run --help" says what is allowed'],
    [['run', 'show', '2026-01'], 'which "cdk deploy --outputs-file cdk.out/outputs.json" writes'],
    [['bill', '--usage', 'usage.csv'], '--usage must be JSON Lines; CSV is read by "tr1l import"'],
    [['bill', '--month', '9999-12'], '--month must be a month YYYY-MM of the years 2000 to 2199'],
  ] as const)('such as %s ends with 2', (words, message) => {
    expect(runTr1l(...words)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string });
  });

  it.runIf(process.platform === 'linux')('does not read a pipe, which is empty when it is read again', () => {
    const says = (option: string) =>
      `${option} must be a file, as it is read more than once, not a pipe or a device: /dev/stdin`;
    const files = ['--accounts', '--usage', '--catalogs'];
    for (const [command, options] of [
      ['bill', files],
      ['explain', files],
      ['import', files],
      ['start', files.map((option) => `${option}-file`)],
    ] as const) {
      const { code, stdout, stderr } = runTr1l(command, ...options.flatMap((option) => [option, '/dev/stdin']));
      expect([code, stdout]).toEqual([2, '']);
      for (const option of options) expect(stderr).toContain(says(option));
    }
    expect(runTr1l('policy', 'when', '--cases', '/dev/null').code).toBe(0);
  });

  it.runIf(process.platform === 'linux')('cannot write where no folder can be made, and says so at once', () => {
    const told = runTr1l('generate', '--out', '/proc/nowhere/population');
    expect(told).toMatchObject({ code: 2, stdout: '' });
    // Only root learns by trying; to everybody else it is read-only.
    expect(told.stderr).toMatch(/--out (cannot be made: \/proc\/nowhere|may not be written: \/proc)/);
  });

  it('cannot write where a file stands in the way', () => {
    const taken = file('taken');
    const outputs = file('outputs.json', '{"Tr1l-dev":{"RunsTable":"runs"}}');
    const under = join(taken, 'under');
    expect(runTr1l('generate', '--out', under).stderr).toContain(`--out must be a folder: ${taken} is a file`);
    expect(runTr1l('import', '--refused', folder).stderr).toContain(`--refused names a folder, not a file: ${folder}`);
    const { code, stderr } = runTr1l('import', ...GOLDEN, '--outputs', outputs);
    expect([code, stderr]).toEqual([
      2,
      `tr1l: ${outputs} lacks outputs of Tr1l-dev: AccountsTable, UsageTable, CatalogsBucket, ContactKeyArn, BucketCount; deploy it again with --outputs-file\n`,
    ]);
  });

  it('never writes over what it is to read, by whatever name', () => {
    const outputs = file('outputs.json', '{"Tr1l-dev":{"RunsTable":"runs"}}');
    const accounts = file('own-accounts.jsonl', '{"accountId":"A1"}');
    const other = join(folder, 'other-name.jsonl');
    symlinkSync(accounts, other);
    for (const refused of [accounts, other]) {
      const words = [...GOLDEN, '--accounts', accounts, '--outputs', outputs, '--refused', refused];
      expect(runTr1l('import', ...words)).toMatchObject({
        code: 2,
        stderr: `tr1l: --refused would write over ${accounts}, which is to be read\n`,
      });
      expect(readFileSync(refused, 'utf8')).toBe('{"accountId":"A1"}\n');
    }
  });

  it('says in the help which words must be given', () => {
    expect(runTr1l('notice', '--help').stdout).toContain('show [options] <month> <account>');
    expect(runTr1l('notice', 'show', '--help').stdout).toContain('tr1l notice show [options] <month> <account>');
  });

  it('names the files and options that are missing', () => {
    const { code, stderr } = runTr1l('import', ...CATALOGS, '--accounts', join(folder, 'nowhere'));
    expect(code).toBe(2);
    for (const part of ['a file that is not there', '--usage must be given', '--month must be given'])
      expect(stderr).toContain(part);
  });
});
