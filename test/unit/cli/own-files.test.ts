/** `npm start` with a person's own files: what is refused before anything is started. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { goldenFile, runTr1l } from '../../support/run-tr1l.ts';
import { temporaryFiles } from '../../support/temporary-files.ts';

const { folder, file } = temporaryFiles();
let runs = 0;
/** A start that must not come to anything: it is told in words, without a stack trace. */
const refused = (words: Readonly<Record<string, string>>) => {
  const out = join(folder, `out-${++runs}`);
  const options = Object.entries({ '--out': out, ...words }).flat();
  const { code, stdout, stderr } = runTr1l('start', ...options);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).not.toMatch(/^\s+at /m);
  const list = join(out, 'refused.jsonl');
  return {
    stderr,
    written: existsSync(out) ? readdirSync(out) : [],
    list: existsSync(list)
      ? readFileSync(list, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown)
      : [],
  };
};

const ACCOUNT = '{"accountId":"A1","dueDay":10}';
const USAGE = '{"accountId":"A1","month":"2026-02","lines":[]}';
const own = (accounts: string, usage: string, catalogs = goldenFile('catalogs.json')) => ({
  ...{ '--accounts-file': accounts, '--usage-file': usage, '--catalogs-file': catalogs },
  '--month': '2026-02',
});

describe('npm start with files of its own refuses', () => {
  it('a call in which things do not go together, all at once, with nothing written', () => {
    const { stderr, written } = refused({
      ...{ '--accounts-file': folder, '--accounts': '5', '--month': 'May', '--max-refused': 'some' },
      '--usage-file': join(folder, 'nowhere'),
    });
    for (const part of [
      '--accounts-file names a folder',
      '--usage-file names a file that is not there',
      '--catalogs-file must be given with the other files',
      '--accounts makes customers up',
      '--month must be a month',
      '--max-refused must be a whole number',
    ])
      expect(stderr).toContain(part);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(written).toEqual([]);
  });

  it('what only holds for files, and a month of no population, when there are none', () => {
    const { stderr } = refused({ '--max-refused': '3', '--month': '2005-06' });
    expect(stderr).toContain('--max-refused is for your own files');
    expect(stderr).toContain('--month must be from');
  });

  it('broken lines: 20 shown, all counted and listed with line, field and reason, and nothing started', () => {
    const accounts = file('broken.jsonl', ACCOUNT, ...new Array<string>(24).fill('{'), ACCOUNT);
    const usage = file('usage.csv', 'accountId,month,lineId,dataMb', 'A1,2026-02,L1,much');
    const { stderr, written, list } = refused(own(accounts, usage));
    expect(stderr).toContain(`${accounts}:2: (whole): is no JSON`);
    expect(stderr).toContain('… and 6 more');
    expect(stderr).toContain('nothing was run: 26 records were refused, 1 of them because they stand twice');
    expect(written).toEqual(['refused.jsonl']);
    expect(list).toHaveLength(26);
    expect(list).toContainEqual(expect.objectContaining({ file: 'accounts', line: 26, field: 'accountId' }));
    expect(list).toContainEqual(expect.objectContaining({ file: 'usage', line: 2, field: 'dataMb' }));
  });

  it('more than --max-refused, and says which number would do', () => {
    const accounts = file('one-broken.jsonl', ACCOUNT, '[]');
    expect(refused(own(accounts, file('usage.jsonl', USAGE))).stderr).toContain(
      'nothing was run: 1 record was refused; mend them, or leave them out with --max-refused 1',
    );
  });

  it('a faulty catalog whole, each fault with its path; and one that is no JSON', () => {
    const [accounts, usage] = [file('accounts.jsonl', ACCOUNT), file('usage.jsonl', USAGE)];
    const faulty = file('faulty.json', '[{"catalogId":"x","effectiveFrom":"2026-02-30"}]');
    const { stderr, written } = refused(own(accounts, usage, faulty));
    expect(stderr).toContain('[0].effectiveFrom: must be a date');
    expect(stderr).toContain('[0].vatRate: must be');
    expect(written).toEqual([]);
    expect(refused(own(accounts, usage, file('no.json', '{'))).stderr).toContain('is no JSON');
  });

  it('a folder that others filled, and one with a file that it is to read, and touches neither', () => {
    const [accounts, usage] = [file('a.jsonl', ACCOUNT), file('u.jsonl', USAGE)];
    const strange = join(folder, 'strange');
    mkdirSync(join(strange, 'logs'), { recursive: true });
    writeFileSync(join(strange, 'logs', 'mine.txt'), 'mine');
    writeFileSync(join(strange, 'inbox.jsonl'), 'mine');
    expect(refused({ '--out': strange }).stderr).toContain(
      `--out must be an empty or a new folder, or one of an earlier run: others' files are in ${strange}`,
    );
    expect(readFileSync(join(strange, 'logs', 'mine.txt'), 'utf8')).toBe('mine');
    expect(readFileSync(join(strange, 'inbox.jsonl'), 'utf8')).toBe('mine');

    const earlier = join(folder, 'earlier');
    mkdirSync(join(earlier, 'cdk'), { recursive: true });
    writeFileSync(join(earlier, 'report.html'), '');
    for (const name of ['refused.jsonl', 'cdk/accounts.jsonl']) {
      const inside = join(earlier, name);
      copyFileSync(accounts, inside);
      expect(refused({ ...own(inside, usage), '--out': earlier }).stderr).toContain(
        `--out would write over ${inside}, which is to be read`,
      );
      expect(readFileSync(inside, 'utf8')).toBe(`${ACCOUNT}\n`);
    }
    const broken = file('broken-again.jsonl', '{');
    expect(refused({ ...own(broken, usage), '--out': earlier }).stderr).toContain('1 record was refused');
  });

  it('files without any account', () => {
    expect(refused(own(file('none.jsonl'), file('usage.jsonl', USAGE))).stderr).toContain('holds no account to bill');
  });
});
